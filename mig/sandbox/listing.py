"""Reading many rows: `GET /contacts?$select=…&$filter=…`, page by page, and `GET /contacts/$count`."""

from typing import Any, Final

from mig.model.tables import Table
from mig.sandbox.call import Call
from mig.sandbox.errors import bad_url
from mig.sandbox.layout import quoted
from mig.sandbox.odata import options as read
from mig.sandbox.odata import paging
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.where import Sql, condition
from mig.sandbox.rendering import TOTAL, TOTAL_EXCEEDED, Renderer, wanted_annotations
from mig.sandbox.wire import WireResponse, json_response, preferences

_BOM: Final = b"\xef\xbb\xbf"  # the service puts one before the number


def list_rows(call: Call, table: Table) -> WireResponse:
    """One page of rows."""
    read.check_options(call.options, read.LIST)
    columns = read.read_select(call.options, table)
    wanted = wanted_annotations(call.headers)
    where = _where(call, table)
    document: dict[str, Any] = {"@odata.context": _context(call, table)}
    if read.read_count(call.options):
        total = _count(call, table, where)
        document["@odata.count"] = total
        if wanted(TOTAL):
            document[f"@{TOTAL}"] = total
        if wanted(TOTAL_EXCEEDED):
            document[f"@{TOTAL_EXCEEDED}"] = total >= paging.LARGEST
    document["value"], link = _page(call, table, Renderer(table, columns, wanted), where)
    if link is not None:
        document["@odata.nextLink"] = link
    applied = {"Preference-Applied": "odata.maxpagesize"} if _page_size(call) is not None else {}
    return json_response(200, document, applied)


def count_rows(call: Call, table: Table) -> WireResponse:
    """The number of rows, as text."""
    read.check_options(call.options, {"$filter"})
    total = _count(call, table, _where(call, table))
    return WireResponse(200, {"Content-Type": "text/plain"}, _BOM + str(total).encode())


def _page(
    call: Call, table: Table, renderer: Renderer, where: Sql
) -> tuple[list[dict[str, Any]], str | None]:
    orders = read.read_order(call.options, table)
    page = paging.read_page(call.options, orders)
    behind, stops = paging.after(page, orders)
    size, top = _page_size(call), read.read_top(call.options)
    # With a page size asked for, the service ignores $top (§3.1).
    limit = min(size or top or paging.LARGEST, paging.LARGEST)
    keys = ", ".join(quoted(order.column.name) for order in orders)
    found = call.world.connection.execute(
        f"SELECT {renderer.sql}, {keys} FROM {quoted(table.name)} WHERE {where[0]} AND {behind}"
        f" ORDER BY {paging.order_by(orders)} LIMIT ?",
        [*where[1], *stops, limit + 1],
    ).fetchall()
    rows = renderer.rows(found[:limit])
    if len(found) <= limit or (top is not None and size is None):
        return rows, None
    count = len(orders)
    return rows, _link(call, paging.next_token(page, orders, found[0][-count:], found[limit - 1][-count:]))


def _link(call: Call, token: str) -> str:
    """This request's URL, as the client wrote it, with the next page's token."""
    kept = [
        part
        for part in call.query.split("&")
        if part and not part.startswith(("$skiptoken=", "%24skiptoken="))
    ]
    return f"{call.base}{call.path}?{'&'.join([*kept, f'$skiptoken={token}'])}".replace(" ", "%20")


def _where(call: Call, table: Table) -> Sql:
    text = call.options.get("$filter")
    return condition(read_filter(text), table) if text is not None else ("1", [])


def _count(call: Call, table: Table, where: Sql) -> int:
    """Counts stop at 5,000 without a word (§3.1)."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {quoted(table.name)} WHERE {where[0]} LIMIT {paging.LARGEST})"
    return int(call.world.connection.execute(sql, where[1]).fetchone()[0])


def _page_size(call: Call) -> int | None:
    text = preferences(call.headers).get("odata.maxpagesize")
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise bad_url(f"Invalid value '{text}' for the preference odata.maxpagesize.")
    return int(text)


def _context(call: Call, table: Table) -> str:
    selected = call.options.get("$select")
    return f"{call.base}$metadata#{table.entity_set}" + (f"({selected.replace(' ', '')})" if selected else "")
