"""Query options of a read, one by one: `$select`, `$orderby`, `$top`, `$count` and parameter aliases.

Names are case-sensitive. An option that the service lacks fails as there; one that only the sandbox lacks is
answered as not emulated.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from mig.model.tables import Column, Table
from mig.sandbox.errors import bad_syntax, bad_url, not_emulated, unknown_column, unsupported_option
from mig.sandbox.odata.scope import Place, Scope
from mig.sandbox.odata.url import Options

LIST: Final = frozenset(
    {"$select", "$filter", "$orderby", "$top", "$count", "$expand", "$apply", "$skiptoken"}
)
ONE: Final = frozenset({"$select", "$expand"})
LATER: Final = frozenset({"$deltatoken", "fetchXml", "sql", "savedQuery", "userQuery"})
_IGNORED: Final = frozenset({"tag"})  # reaches plug-ins, of which the sandbox has none


@dataclass(frozen=True, slots=True)
class Order:
    """One value to sort by; `name` is its column's, under which a paging cookie keeps it."""

    name: str
    place: Place
    descending: bool = False


def check_options(options: Options, allowed: Collection[str]) -> None:
    """400 or 501 for the first option that cannot be honoured here."""
    for name in options:
        if name in LATER and name not in allowed:
            raise not_emulated(f"query option {name}")
        if name not in allowed and name not in _IGNORED and not name.startswith("@"):
            raise unsupported_option(name)


def aliases_of(options: Options) -> Options:
    """The parameter aliases among the options, `@` included."""
    return {name: value for name, value in options.items() if name.startswith("@")}


def column_of(table: Table, name: str) -> Column:
    """The column of that Web API name; the service's error when there is none."""
    column = table.by_read_name.get(name)
    if column is None:
        raise unknown_column(name, table.name)
    return column


def selected(options: Options) -> list[str]:
    """The names in `$select`, as written; none without it."""
    return [name.strip() for name in options["$select"].split(",")] if "$select" in options else []


def read_select(options: Options, table: Table) -> tuple[Column, ...]:
    """The columns to answer with, each once; the id is always one of them. All of them without `$select`."""
    if "$select" not in options:
        return tuple(table.columns.values())
    columns = [column_of(table, name) for name in (*selected(options), table.primary_id)]
    return tuple({column.name: column for column in columns}.values())


def read_order(options: Options, scope: Scope) -> tuple[Order, ...]:
    """What to sort by, the id last, so that the order is the same on every page."""
    parts = options["$orderby"].split(",") if "$orderby" in options else []
    read = [_order(part, scope, aliases_of(options)) for part in parts]
    orders = [order for order in read if order is not None]
    key = scope.table.primary_id
    if all(order.name != key for order in orders):
        orders.append(Order(key, scope.place(key)))
    return tuple(orders)


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


def direction_of(part: str) -> tuple[str, bool]:
    """One item of `$orderby`: the name, and whether it descends."""
    name, *direction = part.split() or [""]
    if direction not in ([], ["asc"], ["desc"]):
        raise bad_syntax(f"Syntax error in $orderby at '{part.strip()}'.")
    return name, direction == ["desc"]


def _order(part: str, scope: Scope, aliases: Options) -> Order | None:
    """A lookup sorts by the related row's name, a choice by its number, an alias without a value nothing."""
    name, descending = direction_of(part)
    if name.startswith("@"):
        if name not in aliases:
            return None
        name = aliases[name].strip()
    if "/" in name:
        raise not_emulated(f"$orderby over the relationship {name}")
    column = column_of(scope.table, name)
    place = scope.name_of(column) if column.is_lookup else scope.place(name)
    return Order(column.name, place, descending)
