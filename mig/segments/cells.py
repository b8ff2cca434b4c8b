"""Values of segment rows, in the forms that they are compared in.

Owners and business units are compared and written as the paths of their rows.
"""

from typing import Any

from mig.dataverse.cells import lookup
from mig.dataverse.messages import Row


def owner_of(row: Row) -> str | None:
    """The path of the user or team that owns a row."""
    owner_id = lookup(row, "ownerid")
    return owner_path(owner_id, team=lookup(row, "owningteam") == owner_id) if owner_id else None


def owner_path(owner_id: str, *, team: bool) -> str:
    """The row of an owner."""
    return f"{'teams' if team else 'systemusers'}({owner_id})"


def unit_path(unit_id: str | None) -> str | None:
    """The row of a business unit."""
    return f"businessunits({unit_id})" if unit_id else None


def text_or_none(value: Any) -> Any:
    """Empty text is read back as null by the service."""
    return None if value == "" else value
