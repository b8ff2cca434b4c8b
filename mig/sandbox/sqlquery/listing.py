"""The answer to `?sql=`: a list as any other, with a next link where there are more rows than a page has."""

from mig.sandbox.call import Call
from mig.sandbox.envelope import applied, context_of, next_link, page_size
from mig.sandbox.layout import Layout
from mig.sandbox.odata import options as read
from mig.sandbox.odata import paging
from mig.sandbox.relational.aggregates import check_size
from mig.sandbox.relational.errors import bad_sql, other_set
from mig.sandbox.relational.select import run
from mig.sandbox.rendering import wanted_annotations
from mig.sandbox.sqlquery.query import read_query
from mig.sandbox.wire import WireResponse, json_response


def list_rows(call: Call, layout: Layout) -> WireResponse:
    """One page of what a SELECT finds. Groups and distinct rows are paged by counting, all others by key."""
    read.check_options(call.options, {"sql", "$skiptoken"})
    query = read_query(call.options["sql"], call.world.reader, wanted_annotations(call.headers))
    select, caps = query.select, call.world.caps
    if select.scope.table.name != layout.name:
        raise other_set(select.scope.table.name, layout.table.entity_set)
    if query.aggregate:
        check_size(call, select.source, caps.aggregate)
    if query.most is not None and query.most > caps.page:
        raise bad_sql(f"a query takes {caps.page} rows at most, not {query.most}.")
    limit = query.most if query.most is not None else min(page_size(call) or caps.page, caps.page)
    orders = select.orders if select.groups is None else ()
    page = paging.read_page(call.options, orders)
    passed = 0 if orders and page.after else query.offset + (page.number - 1) * limit
    found = run(call, select, limit=limit, offset=passed, after=paging.after(page, orders))
    document = {"@odata.context": context_of(call, select.scope, query.shape), "value": found.rows}
    if found.more and query.most is None:
        token = paging.next_token(page, orders, found.first, found.last)
        document["@odata.nextLink"] = next_link(call, token)
    return json_response(200, document, applied(call))
