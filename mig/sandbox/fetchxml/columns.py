"""`<attribute>` and `<order>`: what a query tells of its rows or groups, and in what order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mig.model.tables import CHOICES, Column, ColumnType
from mig.sandbox.errors import not_emulated
from mig.sandbox.fetchxml.names import Names, column
from mig.sandbox.fetchxml.vocabulary import flag, needed
from mig.sandbox.fetchxml.xml import Element
from mig.sandbox.odata.options import Order
from mig.sandbox.odata.scope import Place, Scope
from mig.sandbox.relational.aggregates import ROWS, aggregated, counted
from mig.sandbox.relational.cells import Output
from mig.sandbox.relational.errors import bad_fetch
from mig.sandbox.relational.select import sort

# Weeks are those of the service's database: they begin on Sunday, the first one on January 1.
_PARTS: Final[Mapping[str, str]] = {
    "day": "strftime('%d', {0})",
    "week": "(strftime('%j', {0}) + strftime('%w', {0}, 'start of year') - 1) / 7 + 1",
    "month": "strftime('%m', {0})",
    "quarter": "(strftime('%m', {0}) + 2) / 3",
    "year": "strftime('%Y', {0})",
}
_FISCAL: Final = frozenset({"fiscal-period", "fiscal-year"})
_METHODS: Final = frozenset({"sum", "avg", "min", "max"})


def plain(element: Element, scope: Scope, alias: str | None) -> Iterator[Output]:
    """Columns of the rows of an element, all of them for the query's own table; `alias` is that of a link."""
    some = list(element.all("attribute"))
    if any(element.all("all-attributes")) or (alias is None and not some):
        for name in scope.table.columns:
            yield _column(scope, name, alias)
    for attribute in some:
        for only in ("aggregate", "groupby", "dategrouping"):
            if attribute.get(only) is not None:
                raise bad_fetch(f"'{only}' of an attribute needs aggregate='true' of <fetch>.")
        output = _column(scope, needed(attribute, "name"), alias)
        own = attribute.get("alias")
        yield output if own is None else replace(output, name=own, own_name=False)


def _column(scope: Scope, name: str, alias: str | None) -> Output:
    """A column of a link goes by `alias.column`, whatever its type."""
    place = column(scope, name)
    if alias is None:
        return Output(place.column.read_name, place, scope, own_name=True)
    return Output(f"{alias}.{name}", place, scope)


def grouped(element: Element, scope: Scope) -> Iterator[Output]:
    """The groups and aggregates of an element."""
    if any(element.all("all-attributes")):
        raise _neither()
    for attribute in element.all("attribute"):
        place = column(scope, needed(attribute, "name"))
        alias, method = needed(attribute, "alias"), attribute.get("aggregate")
        if flag(attribute, "groupby"):
            yield _group(Output(alias, place, scope), attribute)
        elif method is not None:
            yield _aggregate(Output(alias, place, scope, summed=True), method, attribute)
        else:
            raise _neither()


def _group(output: Output, attribute: Element) -> Output:
    part, place = attribute.get("dategrouping"), output.place
    is_date = place.column.type is ColumnType.DATE_TIME
    if part is None and is_date:
        raise not_emulated("groupby of a date without dategrouping")
    if part is None:
        return output.grouping
    if part in _FISCAL:
        raise not_emulated(f"dategrouping {part}")
    if part not in _PARTS or not is_date:
        raise bad_fetch(f"'{part}' is no dategrouping of the attribute '{place.column.name}'.")
    number = Column(name=place.column.name, type=ColumnType.INTEGER)
    sql = f"CAST({_PARTS[part].format(place.sql)} AS INTEGER)"
    return replace(output, place=Place(sql, number, place.table)).grouping


def _aggregate(output: Output, method: str, attribute: Element) -> Output:
    place = output.place
    match method:
        case "count":
            return replace(output, place=replace(ROWS, column=replace(ROWS.column, name=place.column.name)))
        case "countcolumn":
            return replace(output, place=counted(place, distinct=flag(attribute, "distinct")))
        case method if method in _METHODS:
            found = aggregated(method, place)
            # The sum of nothing is 0 in the documentation's example.
            sql = f"ifnull({found.sql}, 0)" if method == "sum" else found.sql
            return replace(output, place=replace(found, sql=sql))
    raise bad_fetch(f"'{method}' is no aggregate.")


def orders(
    element: Element, scope: Scope, names: Names, outputs: Sequence[Output], *, raw: bool, aggregate: bool
) -> Iterator[tuple[Scope, Order]]:
    """What an element sorts by, and whose column that is. Groups are sorted by what they show."""
    known = {output.name: output for output in outputs}
    for order in element.all("order"):
        descending = flag(order, "descending")
        alias = order.get("alias")
        if alias is None and aggregate:
            raise bad_fetch("an order of an aggregate query needs an alias.")
        if alias is None:
            entity = order.get("entityname")
            found = names.find(entity) if entity is not None else scope
            place = column(found, needed(order, "attribute"))
        elif alias in known:
            found, place = known[alias].scope, known[alias].place
        else:
            raise bad_fetch(f"no attribute has the alias '{alias}'.")
        if alias is not None and aggregate:
            shown = place if known[alias].summed else _sorted(place, found, raw=raw)
            yield found, Order(alias, shown, descending)
        else:
            yield found, sort(_sorted(place, found, raw=raw), found, names.root, descending=descending)


def _sorted(place: Place, scope: Scope, *, raw: bool) -> Place:
    """A lookup sorts by the related row's name, a choice by its label unless raw values are asked for."""
    column = place.column
    if column.is_lookup:
        return scope.name_of(column)
    if column.type not in CHOICES or raw or not column.options:
        return place
    labels = " ".join(
        f"WHEN {number} THEN '{label.replace(chr(39), chr(39) * 2)}'"
        for number, label in column.options.items()
    )
    label = Column(name=column.name, type=ColumnType.STRING)
    return Place(f"CASE {place.sql} {labels} END", label, place.table)


def _neither() -> Exception:
    return bad_fetch(
        "An attribute can not be requested when an aggregate operation has been specified and its neither "
        "groupby nor aggregate."
    )
