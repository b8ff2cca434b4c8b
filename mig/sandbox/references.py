"""`$ref`: rows are related and unrelated by URL (dataverse-web-api.md §4).

PUT, DELETE  set(key)/lookup/$ref              POST  set(key)/collection/$ref
DELETE       set(key)/collection(key)/$ref     DELETE  set(key)/collection/$ref?$id=url
"""

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.changes import bound, check_bindable, cleared
from mig.sandbox.keys import Key, locate, named_row, read_url_key
from mig.sandbox.layout import Layout
from mig.sandbox.linking import Collection, Row, link, members_table, unlink
from mig.sandbox.odata.options import check_options
from mig.sandbox.odata.url import Segment
from mig.sandbox.wire import WireResponse
from mig.sandbox.writing import update_row


def answer(call: Call, layout: Layout, key: Key, nav: Segment) -> WireResponse:
    """204 for every change; the navigation property is one that the table has."""
    if call.method == "GET":
        raise errors.not_emulated("GET of $ref")
    check_options(call.options, {"$id"})
    row, _ = locate(call.world, layout, key)
    collection = call.world.schema.collections[layout.name].get(nav.name)
    if collection is None:
        _lookup(call, layout, row, nav)
    else:
        _collection(call, collection, (layout.name, row), nav)
    return WireResponse(204)


def _lookup(call: Call, layout: Layout, row: str, nav: Segment) -> None:
    if call.method not in ("PUT", "DELETE") or nav.arguments is not None:
        raise errors.wrong_method(call.method, call.path)
    if call.method == "DELETE":
        update_row(call.world, layout, row, cleared(layout, nav.name))
        return
    check_bindable(layout, nav.name)
    update_row(call.world, layout, row, bound(layout, nav.name, *_target(call)))


def _collection(call: Call, collection: Collection, row: Row, nav: Segment) -> None:
    if call.method == "POST" and nav.arguments is None:
        link(call.world, collection, row, _target(call))
    elif call.method == "DELETE":
        unlink(call.world, collection, row, _member(call, collection, row[0], nav))
    else:
        raise errors.wrong_method(call.method, call.path)


def _member(call: Call, collection: Collection, table: str, nav: Segment) -> Row:
    """The row that leaves a collection: by its key in the brackets, or by its URL in `$id`."""
    if nav.arguments is None:
        if "$id" not in call.options:
            raise errors.bad_url("which row leaves the collection is not said: $id is missing.")
        return named_row(call, call.options["$id"])
    member = members_table(collection, table)
    if member not in call.world.layouts:
        raise errors.not_emulated(f"the table {member}")
    layout = call.world.layouts[member]
    return member, locate(call.world, layout, read_url_key(layout, nav.arguments))[0]


def _target(call: Call) -> Row:
    url = call.document().get("@odata.id")
    if not isinstance(url, str):
        raise errors.bad_payload('a reference is written as {"@odata.id": URL}.')
    return named_row(call, url)
