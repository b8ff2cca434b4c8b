"""Query options of a read: `$select`, `$filter`, `$orderby`, `$top`, `$count`, `$skiptoken`.

Names are case-sensitive. An option that the service lacks fails as there; one that only the sandbox lacks is
answered as not emulated.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from mig.model.tables import Column, Table
from mig.sandbox.errors import bad_syntax, bad_url, not_emulated, unsupported_option
from mig.sandbox.odata.url import Options
from mig.sandbox.odata.where import column_of

LIST: Final = frozenset({"$select", "$filter", "$orderby", "$top", "$count", "$skiptoken"})
ONE: Final = frozenset({"$select"})
_LATER: Final = frozenset({"$expand", "$apply", "$deltatoken", "fetchXml", "sql", "savedQuery", "userQuery"})
_IGNORED: Final = frozenset({"tag"})  # reaches plug-ins, of which the sandbox has none


@dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    column: Column
    descending: bool = False


def check_options(options: Options, allowed: Collection[str]) -> None:
    """400 or 501 for the first option that cannot be honoured here."""
    for name in options:
        if name in _LATER or name.startswith("@"):
            raise not_emulated(f"query option {name}")
        if name not in allowed and name not in _IGNORED:
            raise unsupported_option(name)


def read_select(options: Options, table: Table) -> tuple[Column, ...]:
    """The columns to answer with, each once; the id is always one of them. All of them without `$select`."""
    if "$select" not in options:
        return tuple(table.columns.values())
    names = [name.strip() for name in options["$select"].split(",")]
    columns = [column_of(table, name) for name in (*names, table.primary_id)]
    return tuple({column.name: column for column in columns}.values())


def read_order(options: Options, table: Table) -> tuple[Order, ...]:
    """What to sort by, the id last, so that the order is the same on every page."""
    items = [_order(part, table) for part in options["$orderby"].split(",")] if "$orderby" in options else []
    if all(order.column.name != table.primary_id for order in items):
        items.append(Order(table.columns[table.primary_id]))
    return tuple(items)


def read_top(options: Options) -> int | None:
    """`$top`, or None."""
    text = options.get("$top")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise bad_url(f"Invalid value '{text}' for $top query option found. It requires a positive integer.")
    return int(text)


def read_count(options: Options) -> bool:
    """Whether `$count=true`."""
    text = options.get("$count", "false")
    if text not in ("true", "false"):
        raise bad_url(
            f"Invalid value '{text}' for $count query option found. Valid values are 'true' or 'false'."
        )
    return text == "true"


def _order(part: str, table: Table) -> Order:
    name, *direction = part.split() or [""]
    if direction not in ([], ["asc"], ["desc"]):
        raise bad_syntax(f"Syntax error in $orderby at '{part.strip()}'.")
    column = column_of(table, name)
    if column.is_lookup:  # the service sorts these by the related row's name
        raise not_emulated(f"$orderby on the lookup {name}")
    return Order(column, direction == ["desc"])
