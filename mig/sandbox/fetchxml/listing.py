"""The answer to `?fetchXml=`: one page, and by annotations how to get the next (dataverse-web-api.md 3.3).

A paging cookie holds for the page right after its own; any other page is found by counting rows, which the
service does for 50,000 rows at most.
"""

import re
from typing import Final
from urllib.parse import quote

from mig.sandbox.call import Call
from mig.sandbox.envelope import applied, context_of, page_size, totals, uncounted
from mig.sandbox.fetchxml.query import Fetch, read_fetch
from mig.sandbox.layout import Layout
from mig.sandbox.odata import options as read
from mig.sandbox.odata import paging
from mig.sandbox.odata.functions import Sql
from mig.sandbox.relational.aggregates import check_size
from mig.sandbox.relational.errors import bad_fetch, other_set
from mig.sandbox.relational.select import TRUE, Found, run
from mig.sandbox.rendering import wanted_annotations
from mig.sandbox.wire import WireResponse, json_response

COOKIE: Final = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
MORE: Final = "Microsoft.Dynamics.CRM.morerecords"

_PAGE: Final = re.compile(r'\s*<cookie page="(\d{1,9})"')


def list_rows(call: Call, layout: Layout) -> WireResponse:
    """One page of what a FetchXML query finds."""
    read.check_options(call.options, {"fetchXml", "$count"})
    wanted = wanted_annotations(call.headers)
    fetch = read_fetch(call.options["fetchXml"], call.world.reader, wanted)
    select = fetch.select
    if select.scope.table.name != layout.name:
        raise other_set(select.scope.table.name, layout.table.entity_set)
    if fetch.aggregate:
        most = call.world.caps.aggregate
        check_size(call, select.source, min(fetch.limit or most, most))
    limit = _limit(call, fetch)
    offset, after = _position(call, fetch, limit)
    found = run(call, select, limit=limit, offset=offset, after=after)
    counted = fetch.counted or read.read_count(call.options)
    document = {
        "@odata.context": context_of(call, select.scope, fetch.shape),
        **(totals(call, select.counted, TRUE) if counted else uncounted(call)),
    }
    if found.more and fetch.top is None:
        after_this = {MORE: True} | ({COOKIE: _cookie(fetch, found)} if fetch.keyed else {})
        document |= {f"@{name}": value for name, value in after_this.items() if wanted(name)}
    return json_response(200, {**document, "value": found.rows}, applied(call))


def _limit(call: Call, fetch: Fetch) -> int:
    most = call.world.caps.page
    if fetch.top is not None and fetch.top > most:
        raise bad_fetch(f"top is {fetch.top}; it cannot exceed {most}.")
    return min(fetch.top or fetch.count or page_size(call) or most, most)


def _position(call: Call, fetch: Fetch, limit: int) -> tuple[int, Sql]:
    """How many rows to pass over, and the condition that holds for those behind the page before."""
    if fetch.cookie and fetch.keyed and _page_of(fetch.cookie) == fetch.page - 1:
        orders = fetch.select.orders
        page = paging.Page(fetch.page, paging.read_cookie(fetch.cookie, orders))
        return 0, paging.after(page, orders)
    reach = call.world.caps.numbered
    if fetch.page * limit > max(reach, limit):
        raise bad_fetch(f"without a paging cookie, pages reach {reach} rows only.")
    return (fetch.page - 1) * limit, TRUE


def _page_of(cookie: str) -> int:
    found = _PAGE.match(cookie)
    if found is None:
        raise paging.malformed()
    return int(found[1])


def _cookie(fetch: Fetch, found: Found) -> str:
    """Inside the outer cookie, the inner one is percent-encoded twice."""
    inner = paging.cookie(paging.Page(fetch.page), fetch.select.orders, found.first, found.last)
    twice = quote(paging.small_hex(quote(inner, safe="")), safe="")
    return f'<cookie pagenumber="{fetch.page + 1}" pagingcookie="{twice}" istracking="False" />'
