"""Related rows of `$expand`: one SQL query for each expand, whatever the number of rows it is for."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from mig.sandbox.call import Call
from mig.sandbox.odata import paging
from mig.sandbox.odata.navigation import ToOne
from mig.sandbox.odata.query import Expand, Query
from mig.sandbox.odata.scope import far_rows
from mig.sandbox.rendering import Renderer, Wanted

Row = dict[str, Any]


def add_related(call: Call, query: Query, rows: Sequence[Row], wanted: Wanted, size: int | None) -> None:
    """Put what `query` expands into its rows.

    `size` is the page size of collections, which they have only where an expand holds another (§3.1).
    """
    for expand in query.expands:
        _add(call, query, expand, rows, wanted, size)


def _add(
    call: Call, query: Query, expand: Expand, rows: Sequence[Row], wanted: Wanted, size: int | None
) -> None:
    renderer = Renderer(expand.query.scope, expand.query.columns, wanted)
    key = query.scope.table.primary_id
    found = _found(call, expand, renderer, [row[key] for row in rows])
    limit = min(filter(None, (size, expand.query.top, call.world.caps.page)))
    related = {near: renderer.rows(several[:limit]) for near, several in found.items()}
    everything = [row for several in related.values() for row in several]
    add_related(call, expand.query, everything, wanted, size)
    for row in rows:
        near = row[key]
        if isinstance(expand.link, ToOne):
            row[expand.name] = _one(related.get(near))
            continue
        row[expand.name] = related.get(near, [])
        url = f"{call.base}{query.scope.table.entity_set}({near})/{expand.name}"
        link = _next_link(url, expand, found.get(near, []), limit, paged=size is not None)
        if link is not None:
            row[f"{expand.name}@odata.nextLink"] = link


def _found(
    call: Call, expand: Expand, renderer: Renderer, keys: Sequence[str]
) -> Mapping[str, list[tuple[Any, ...]]]:
    """Rows of the far end in order, by the id of the near row; behind the columns are the order's values."""
    query = expand.query
    far = far_rows(expand.link, query.scope)
    where, values = query.where
    orders = [order.place.sql for order in query.orders]
    found = call.world.connection.execute(
        f"SELECT {', '.join([renderer.sql, *orders, far.near])} FROM {far.source}"
        f" WHERE {far.near} IN (SELECT value FROM json_each(?)) AND {far.where} AND {where}"
        f" ORDER BY {far.near}, {paging.order_by(query.orders)}",
        [json.dumps(keys), *values],
    )
    return {near: list(several) for near, several in groupby(found, key=itemgetter(-1))}


def _one(related: list[Row] | None) -> Row | None:
    """A row over a lookup comes without its ETag."""
    if not related:
        return None
    return {name: value for name, value in related[0].items() if name != "@odata.etag"}


def _next_link(
    url: str, expand: Expand, found: Sequence[tuple[Any, ...]], limit: int, *, paged: bool
) -> str | None:
    """Where to read on, if collections are paged; else where to read the same rows again, without a page."""
    options = [f"{name}={quote(value, safe='$(),/;=@')}" for name, value in expand.options.items()]
    if paged:
        if len(found) <= limit:
            return None
        orders = expand.query.orders
        ends = [row[-len(orders) - 1 : -1] for row in (found[0], found[limit - 1])]
        options.append(f"$skiptoken={paging.next_token(paging.Page(), orders, *ends)}")
    return f"{url}?{'&'.join(options)}" if options else url
