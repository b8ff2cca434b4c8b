"""Rows by a query, with the related rows it expands, as JSON objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mig.sandbox.call import Call
from mig.sandbox.expanding import Row, add_related
from mig.sandbox.layout import quoted
from mig.sandbox.odata import paging
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.navigation import Navigation
from mig.sandbox.odata.query import Query, nests
from mig.sandbox.odata.scope import Scope, far_rows
from mig.sandbox.rendering import Renderer, wanted_annotations


@dataclass(frozen=True, slots=True)
class Source:
    """What a scope's rows are taken from: FROM, and a condition beside that of the query."""

    sql: str
    where: Sql = ("1", [])


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows, and the `$skiptoken` of the next where there is one."""

    rows: list[Row]
    token: str | None = None


def all_rows(scope: Scope) -> Source:
    """Every row of the table."""
    return Source(quoted(scope.table.name))


def row_of(scope: Scope, key: str) -> Source:
    """The row with that id."""
    return Source(quoted(scope.table.name), (f"{scope.key} = ?", [key]))


def rows_beyond(link: Navigation, scope: Scope, key: str) -> Source:
    """The rows of `scope` that `link` leads to from the row with that id."""
    far = far_rows(link, scope)
    return Source(far.source, (f"{far.near} = ? AND {far.where}", [key]))


def read_row(call: Call, query: Query, source: Source) -> Row | None:
    """The only row there is; None when there is none."""
    found = read_page(call, query, source, paging.Page(), size=None, limit=1).rows
    return found[0] if found else None


def read_page(
    call: Call, query: Query, source: Source, page: paging.Page, *, size: int | None, limit: int
) -> Rows:
    """At most `limit` rows; `size` is the page size that the client asks for."""
    wanted = wanted_annotations(call.headers)
    renderer = Renderer(query.scope, query.columns, wanted)
    found = _select(call, query, source, page, renderer, limit + 1)
    rows = renderer.rows(found[:limit])
    add_related(call, query, rows, wanted, size if nests(query.expands) else None)
    if len(found) <= limit:
        return Rows(rows)
    count = len(query.orders)
    ends = (found[0][-count:], found[limit - 1][-count:])
    return Rows(rows, paging.next_token(page, query.orders, *ends))


def _select(
    call: Call, query: Query, source: Source, page: paging.Page, renderer: Renderer, limit: int
) -> Sequence[tuple[Any, ...]]:
    """Behind the columns are the values that the order goes by."""
    where, values = query.where
    inside, keys = source.where
    behind, stops = paging.after(page, query.orders)
    orders = ", ".join(order.place.sql for order in query.orders)
    return call.world.connection.execute(
        f"SELECT {renderer.sql}, {orders} FROM {source.sql} WHERE {inside} AND {where} AND {behind}"
        f" ORDER BY {paging.order_by(query.orders)} LIMIT ?",
        [*keys, *values, *stops, limit],
    ).fetchall()
