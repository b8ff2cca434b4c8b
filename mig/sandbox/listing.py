"""Reading many rows: `GET /contacts?$select=…&$filter=…`, page by page, and `GET /contacts/$count`.

The rows are a whole set, or those that a row's navigation property leads to: `GET /accounts(id)/tasks`.
"""

from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import bad_url, no_resource, no_row, not_emulated
from mig.sandbox.grouping import apply
from mig.sandbox.layout import Layout
from mig.sandbox.odata import options as read
from mig.sandbox.odata import paging
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.navigation import ToOne, find_navigation
from mig.sandbox.odata.query import read_query, read_where
from mig.sandbox.odata.scope import Scope, root
from mig.sandbox.reading import Source, all_rows, read_page, read_row, row_of, rows_beyond
from mig.sandbox.rendering import METADATA_VERSION, TOTAL, TOTAL_EXCEEDED, wanted_annotations
from mig.sandbox.wire import WireResponse, json_response, preferences

_BOM: Final = b"\xef\xbb\xbf"  # the service puts one before the number
_NOT_COUNTED: Final = -1


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
    total, _ = _count(call, all_rows(scope), read_where(call.options, scope))
    return WireResponse(200, {"Content-Type": "text/plain"}, _BOM + str(total).encode())


def _listed(call: Call, scope: Scope, source: Source) -> WireResponse:
    read.check_options(call.options, read.LIST)
    if "odata.track-changes" in preferences(call.headers):
        raise not_emulated("the preference odata.track-changes")
    if "$apply" in call.options:
        value = apply(call, scope, source)
        return json_response(200, {"@odata.context": _context(call, scope, ""), "value": value})
    query = read_query(call.options, scope)
    document = {"@odata.context": _context(call, scope, query.shape), **_totals(call, source, query.where)}
    size, caps = _page_size(call), call.world.caps
    # With a page size asked for, the service ignores $top (§3.1).
    limit = min(size or query.top or caps.page, caps.page)
    page = paging.read_page(call.options, query.orders)
    found = read_page(call, query, source, page, size=size, limit=limit)
    document["value"] = found.rows
    if found.token is not None and (query.top is None or size is not None):
        document["@odata.nextLink"] = _link(call, found.token)
    return json_response(200, document, _applied(call))


def _single(call: Call, scope: Scope, source: Source) -> WireResponse:
    read.check_options(call.options, read.ONE)
    query = read_query(call.options, scope)
    row = read_row(call, query, source)
    if row is None:
        return WireResponse(204)
    context = f"{_context(call, scope, query.shape)}/$entity"
    return json_response(200, {"@odata.context": context, **row}, _applied(call))


def _totals(call: Call, source: Source, where: Sql) -> dict[str, Any]:
    """`@odata.count`, and what annotations say of it: -1 where nobody asked for the count (§3.1)."""
    wanted = wanted_annotations(call.headers)
    found: dict[str, Any] = {}
    total, more = _NOT_COUNTED, False
    if read.read_count(call.options):
        total, more = _count(call, source, where)
        found["@odata.count"] = total
    annotations = {TOTAL: total, TOTAL_EXCEEDED: more, METADATA_VERSION: "1"}
    return found | {f"@{name}": value for name, value in annotations.items() if wanted(name)}


def _link(call: Call, token: str) -> str:
    """This request's URL, as the client wrote it, with the next page's token."""
    kept = [
        part
        for part in call.query.split("&")
        if part and not part.startswith(("$skiptoken=", "%24skiptoken="))
    ]
    path = "/".join(
        segment.name if segment.arguments is None else f"{segment.name}({segment.arguments})"
        for segment in call.segments
    )
    return f"{call.base}{path}?{'&'.join([*kept, f'$skiptoken={token}'])}".replace(" ", "%20")


def _count(call: Call, source: Source, where: Sql) -> tuple[int, bool]:
    """Counts stop at 5,000 without a word (§3.1); whether this one did."""
    cap = call.world.caps.count
    sql = (
        f"SELECT count(*) FROM (SELECT 1 FROM {source.sql} WHERE {source.where[0]} AND {where[0]}"
        f" LIMIT {cap + 1})"
    )
    found = int(call.world.connection.execute(sql, [*source.where[1], *where[1]]).fetchone()[0])
    return min(found, cap), found > cap


def _page_size(call: Call) -> int | None:
    text = preferences(call.headers).get("odata.maxpagesize")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise bad_url(f"Invalid value '{text}' for the preference odata.maxpagesize.")
    return int(text)


def _applied(call: Call) -> dict[str, str]:
    """The preferences that an answer honours, repeated."""
    given = preferences(call.headers)
    applied = [f"odata.maxpagesize={given['odata.maxpagesize']}"] if "odata.maxpagesize" in given else []
    if "odata.include-annotations" in given:
        applied.append(f'odata.include-annotations="{given["odata.include-annotations"]}"')
    return {"Preference-Applied": ",".join(applied)} if applied else {}


def _context(call: Call, scope: Scope, shape: str) -> str:
    return f"{call.base}$metadata#{scope.table.entity_set}{shape}"
