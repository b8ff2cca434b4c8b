"""Reading many rows: `GET /contacts?$select=…&$filter=…`, page by page, and `GET /contacts/$count`.

The rows are a whole set, or those that a row's navigation property leads to: `GET /accounts(id)/tasks`.
"""

from typing import Final

from mig.sandbox.call import Call
from mig.sandbox.envelope import applied, context_of, count, next_link, page_size, totals, uncounted
from mig.sandbox.errors import no_resource, no_row, not_emulated
from mig.sandbox.grouping import apply
from mig.sandbox.layout import Layout
from mig.sandbox.odata import options as read
from mig.sandbox.odata import paging
from mig.sandbox.odata.navigation import ToOne, find_navigation
from mig.sandbox.odata.query import read_query, read_where
from mig.sandbox.odata.scope import Scope, root
from mig.sandbox.reading import Source, all_rows, read_page, read_row, row_of, rows_beyond
from mig.sandbox.wire import WireResponse, json_response, preferences

_BOM: Final = b"\xef\xbb\xbf"  # the service puts one before the number


def list_rows(call: Call, layout: Layout) -> WireResponse:
    """One page of a table's rows."""
    scope = root(call.world.reader, layout.table)
    return _listed(call, scope, all_rows(scope))


def list_related(call: Call, layout: Layout, key: str, name: str) -> WireResponse:
    """What a navigation property of one row leads to: a page of rows, or the one row, 204 without one."""
    near = root(call.world.reader, layout.table)
    link = find_navigation(near.reader.schema, layout.table, name)
    if link is None:
        raise no_resource(name)
    source = row_of(near, key)
    sql = f"SELECT 1 FROM {source.sql} WHERE {source.where[0]}"
    if call.world.connection.execute(sql, source.where[1]).fetchone() is None:
        raise no_row(layout.name, key)
    scope = root(call.world.reader, link.table)
    rows = rows_beyond(link, scope, key)
    return _single(call, scope, rows) if isinstance(link, ToOne) else _listed(call, scope, rows)


def count_rows(call: Call, layout: Layout) -> WireResponse:
    """The number of rows, as text."""
    read.check_options(call.options, {"$filter"})
    scope = root(call.world.reader, layout.table)
    total, _ = count(call, all_rows(scope), read_where(call.options, scope))
    return WireResponse(200, {"Content-Type": "text/plain"}, _BOM + str(total).encode())


def _listed(call: Call, scope: Scope, source: Source) -> WireResponse:
    read.check_options(call.options, read.LIST)
    if "odata.track-changes" in preferences(call.headers):
        raise not_emulated("the preference odata.track-changes")
    if "$apply" in call.options:
        value = apply(call, scope, source)
        return json_response(200, {"@odata.context": context_of(call, scope, ""), "value": value})
    query = read_query(call.options, scope)
    counted = totals(call, source, query.where) if read.read_count(call.options) else uncounted(call)
    document = {"@odata.context": context_of(call, scope, query.shape), **counted}
    size, caps = page_size(call), call.world.caps
    # With a page size asked for, the service ignores $top (§3.1).
    limit = min(size or query.top or caps.page, caps.page)
    page = paging.read_page(call.options, query.orders)
    found = read_page(call, query, source, page, size=size, limit=limit)
    document["value"] = found.rows
    if found.token is not None and (query.top is None or size is not None):
        document["@odata.nextLink"] = next_link(call, found.token)
    return json_response(200, document, applied(call))


def _single(call: Call, scope: Scope, source: Source) -> WireResponse:
    read.check_options(call.options, read.ONE)
    query = read_query(call.options, scope)
    row = read_row(call, query, source)
    if row is None:
        return WireResponse(204)
    context = f"{context_of(call, scope, query.shape)}/$entity"
    return json_response(200, {"@odata.context": context, **row}, applied(call))
