"""`$apply` answered: the rows of a set grouped and summed up (dataverse-web-api.md 3.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mig.model.tables import ColumnType
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.formats import format_of
from mig.sandbox.odata import options as read
from mig.sandbox.odata.apply import Aggregate, Apply, read_apply
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.scope import Place, Scope
from mig.sandbox.odata.where import condition
from mig.sandbox.reading import Source
from mig.sandbox.relational.aggregates import ROWS, aggregated, check_size
from mig.sandbox.relational.cells import writer
from mig.sandbox.rendering import FORMATTED, wanted_annotations

_WITH: Final = frozenset({"$apply", "$orderby", "$top"})
_METHODS: Final[Mapping[str, str]] = {"sum": "sum", "average": "avg", "min": "min", "max": "max"}


@dataclass(frozen=True, slots=True)
class Result:
    """One value of each group: its name in the answer, its SQL, and the column it is shown like."""

    name: str
    place: Place
    summed: bool


def apply(call: Call, scope: Scope, source: Source) -> list[dict[str, Any]]:
    """The rows of the answer; they have no id, no ETag, and leave out what is empty."""
    for name in call.options:
        if name not in _WITH and not name.startswith("@"):
            raise errors.not_emulated(f"{name} together with $apply")
    wish = read_apply(call.options["$apply"], read.aliases_of(call.options))
    where = _where(wish, scope, source)
    check_size(call, Source(source.sql, where), call.world.caps.aggregate)
    groups = [_group(path, scope) for path in wish.groups]
    results = [*groups, *(_aggregated(aggregate, scope) for aggregate in wish.aggregates)]
    found = _select(call, source, where, groups, results)
    shown = wanted_annotations(call.headers)(FORMATTED)
    return [_row(results, values, shown=shown) for values in found]


def _where(wish: Apply, scope: Scope, source: Source) -> Sql:
    sql, values = condition(wish.filter, scope) if wish.filter is not None else ("1", [])
    return f"{source.where[0]} AND {sql}", [*source.where[1], *values]


def _group(path: str, scope: Scope) -> Result:
    """A path is named by its last table and column: `contact_fullname` for `primarycontactid/fullname`."""
    place = scope.place(path)
    if place.column.type is ColumnType.DATE_TIME:
        raise errors.bad_url(f"groupby does not take the date and time column '{path}'.")
    name = path.rpartition("/")[2]
    return Result(f"{place.table}_{name}" if "/" in path else name, place, summed=False)


def _aggregated(aggregate: Aggregate, scope: Scope) -> Result:
    if not aggregate.method:
        return Result(aggregate.name, ROWS, summed=True)
    place = aggregated(_METHODS[aggregate.method], scope.place(aggregate.column))
    return Result(aggregate.name, place, summed=True)


def _select(
    call: Call, source: Source, where: Sql, groups: Sequence[Result], results: Sequence[Result]
) -> list[tuple[Any, ...]]:
    """One row a group; there are no pages over groups here, so too many are refused rather than cut off.

    Texts that differ in case only are one group, which is called by the first of them.
    """
    columns = ", ".join(
        result.place.sql if result.summed else f"min({result.place.sql})" for result in results
    )
    by = f" GROUP BY {', '.join(group.place.expression for group in groups)}" if groups else ""
    ordered = ", ".join([*_orders(call, groups), *(group.place.expression for group in groups)])
    order = f" ORDER BY {ordered}" if ordered else ""
    top, page = read.read_top(call.options), call.world.caps.page
    sql = f"SELECT {columns} FROM {source.sql} WHERE {where[0]}{by}{order} LIMIT ?"
    found = call.world.connection.execute(sql, [*where[1], min(top or page + 1, page + 1)]).fetchall()
    if len(found) > page:
        raise errors.not_emulated(f"$apply with more than {page} groups")
    return found


def _orders(call: Call, groups: Sequence[Result]) -> list[str]:
    """`$orderby` takes the columns grouped by; by an aggregate the service does not sort."""
    known = {group.name: group.place.expression for group in groups}
    orders: list[str] = []
    for part in call.options.get("$orderby", "").split(",") if "$orderby" in call.options else ():
        name, descending = read.direction_of(part)
        if name not in known:
            raise errors.bad_url("The query node SingleValueOpenPropertyAccess is not supported.")
        orders.append(f"{known[name]} {'DESC' if descending else 'ASC'}")
    return orders


def _row(results: Sequence[Result], values: Sequence[Any], *, shown: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for result, value in zip(results, values, strict=True):
        if value is None:
            continue
        column = result.place.column
        row[result.name] = writer(column, summed=result.summed)(value)
        format_ = format_of(column) if shown else None
        if format_ is not None and (text := format_(value)) is not None:
            row[f"{result.name}@{FORMATTED}"] = text
    return row
