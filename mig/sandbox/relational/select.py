"""A SELECT as an immutable value, and how it is run.

Readers of query languages resolve all names first: what is here is SQL of known columns, with values as
parameters. Distinct rows are groups by everything that is selected, because texts that differ in case only
are the same to the service's database.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import not_emulated
from mig.sandbox.layout import quoted
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.options import Order
from mig.sandbox.odata.paging import order_by
from mig.sandbox.odata.scope import Place, Scope
from mig.sandbox.reading import Source

Row = dict[str, Any]

TRUE: Sql = ("1", [])
MOST_CELLS: Final = 1_900  # SQLite selects 2,000 columns at most
MOST_JOINS: Final = 60  # and joins 64 tables


@dataclass(frozen=True, slots=True)
class Join:
    """Another table under the alias of its scope; an outer one keeps rows that it has nothing for."""

    scope: Scope
    on: Sql
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One member of a row: its name, the SQL it comes from, and how it is written.

    An empty one is left out of the row, unless it is `kept` as null.
    """

    name: str
    sql: str
    made: Callable[[Any], Any]
    kept: bool = False

    @property
    def grouped(self) -> "Cell":
        """This cell in a row that stands for a group, all of whose rows have the same value here."""
        return replace(self, sql=f"min({self.sql})")


def sort(place: Place, scope: Scope, root: Scope, *, descending: bool = False) -> Order:
    """An order by a value of `scope`. Only columns of the query's own table go by their bare name."""
    name = place.column.name
    return Order(name if scope is root else f"{scope.alias}.{name}", place, descending)


def decisive(orders: Iterable[Order]) -> tuple[Order, ...]:
    """Without those that repeat one: they decide nothing more, and a paging cookie has each name once."""
    found: dict[tuple[str, str], Order] = {}
    for order in orders:
        found.setdefault((order.name, order.place.sql), order)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Select:
    """Which cells of which rows in what order; with `groups`, one row for each combination of their values.

    No groups at all, `()`, is one row for everything; None is one row a row. More columns or tables than
    SQLite reads at once are refused.
    """

    scope: Scope
    cells: tuple[Cell, ...]
    orders: tuple[Order, ...]
    joins: tuple[Join, ...] = ()
    where: Sql = TRUE
    groups: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.cells) > MOST_CELLS:
            raise not_emulated(f"a query of {len(self.cells)} columns and annotations")
        if len(self.joins) > MOST_JOINS:
            raise not_emulated(f"a query that joins {len(self.joins)} tables")

    @property
    def source(self) -> Source:
        """The rows before they are grouped."""
        tables = [quoted(self.scope.table.name)]
        values: list[object] = []
        for join in self.joins:
            kind = "LEFT JOIN" if join.outer else "JOIN"
            table = f"{quoted(join.scope.table.name)} AS {join.scope.alias}"
            tables.append(f"{kind} {table} ON {join.on[0]}")
            values += join.on[1]
        return Source(" ".join(tables), (self.where[0], [*values, *self.where[1]]))

    @property
    def counted(self) -> Source:
        """As many rows as the answer has, over all pages."""
        source, by = self.source, self._group_by
        if not by:
            return source
        return Source(f"(SELECT 1 FROM {source.sql} WHERE {source.where[0]}{by})", ("1", source.where[1]))

    @property
    def _group_by(self) -> str:
        return f" GROUP BY {', '.join(self.groups)}" if self.groups else ""

    def statement(self, after: Sql, limit: int, offset: int) -> Sql:
        """The whole SELECT; behind the cells are the values of the order, unless rows are groups."""
        source = self.source
        keys = [order.place.sql for order in self.orders] if self.groups is None else []
        order = f" ORDER BY {order_by(self.orders)}" if self.orders else ""
        sql = (
            f"SELECT {', '.join([*(cell.sql for cell in self.cells), *keys])} FROM {source.sql}"
            f" WHERE {source.where[0]} AND {after[0]}{self._group_by}{order} LIMIT ? OFFSET ?"
        )
        return sql, [*source.where[1], *after[1], limit, offset]


@dataclass(frozen=True, slots=True)
class Found:
    """Rows, whether there are more behind them, and the order's values of the first and the last of them."""

    rows: list[Row]
    more: bool
    first: Sequence[object] = ()
    last: Sequence[object] = ()


def run(call: Call, select: Select, *, limit: int, offset: int = 0, after: Sql = TRUE) -> Found:
    """At most `limit` rows, after passing over `offset`, of those for which `after` holds."""
    found = call.world.connection.execute(*select.statement(after, limit + 1, offset)).fetchall()
    rows = [_row(select.cells, values) for values in found[:limit]]
    if len(found) <= limit or not rows:
        return Found(rows, len(found) > limit)
    behind = len(select.cells)
    return Found(rows, True, found[0][behind:], found[limit - 1][behind:])


def _row(cells: Sequence[Cell], values: Sequence[Any]) -> Row:
    row: Row = {}
    for cell, value in zip(cells, values, strict=False):
        made = cell.made(value) if value is not None else None
        if made is not None or cell.kept:
            row[cell.name] = made
    return row
