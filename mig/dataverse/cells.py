"""Values of a Web API row, read."""

import re
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Row

_USUAL: Final = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
"""As the service writes ids: to read one as an id takes ten times as long as to see that."""


def row_key(row: Row, column: str) -> str:
    """An id column; `BadAnswer` when the row lacks it."""
    found = row.get(column)
    if not isinstance(found, str):
        raise BadAnswer(f"a row came without its {column}")
    return found if _USUAL.fullmatch(found) else plain_id(found)


def lookup(row: Row, column: str) -> str | None:
    """The id that a lookup holds."""
    found = row.get(f"_{column}_value")
    return plain_id(found) if isinstance(found, str) else None


def plain_id(text: str) -> str:
    """An id in lower case, without braces; what is no id, without blanks around it."""
    return guid_in(text) or text.strip().lower()


def guid_in(text: str) -> str | None:
    """An id in lower case, whether written with braces, in capitals or without dashes; None for none."""
    if _USUAL.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        return None


def code(row: Row, column: str) -> int:
    """A choice; 0, which no choice has, for none and for what is no number."""
    found = row.get(column)
    return found if isinstance(found, int) else 0


def word(kind: type[IntEnum], number: int) -> str:
    """The name of a choice."""
    try:
        return kind(number).name.lower().replace("_", "-")
    except ValueError:
        return "unknown"


def moment(text: str | None) -> datetime | None:
    """A date and time; `BadAnswer` for a form that nobody knows."""
    try:
        return datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError) as error:
        raise BadAnswer("a row came with a date in an unknown form") from error
