"""One row: create, read, update, upsert, delete, with the PATCH matrix of dataverse-web-api.md §5.2."""

from typing import Any

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.deleting import remove
from mig.sandbox.inserting import add, edit
from mig.sandbox.keys import Key, absent, find, id_key, locate
from mig.sandbox.layout import Layout, quoted
from mig.sandbox.odata import options as read
from mig.sandbox.odata.options import column_of
from mig.sandbox.odata.query import read_query
from mig.sandbox.odata.scope import root
from mig.sandbox.reading import read_row, row_of
from mig.sandbox.rendering import Renderer, etag, wanted_annotations
from mig.sandbox.wire import WireResponse, json_response, preferences


def create(call: Call, layout: Layout) -> WireResponse:
    """POST to the set."""
    read.check_options(call.options, read.ONE)
    row = add(call, layout, call.document())
    return _written(call, layout, row, id_key(layout.table, row), 201)


def get(call: Call, layout: Layout, key: Key) -> WireResponse:
    """GET of one row; 304 when the client's copy is the newest."""
    read.check_options(call.options, read.ONE)
    row, version = locate(call.world, layout, key)
    if call.headers.get("if-none-match") == etag(version) and _is_conditional(call):
        return WireResponse(304, {"ETag": etag(version)})
    return json_response(200, _representation(call, layout, row), {"ETag": etag(version)})


def patch(call: Call, layout: Layout, key: Key) -> WireResponse:
    """Update, or create where the row is absent and no header forbids it."""
    read.check_options(call.options, read.ONE)
    found = find(call.world, layout, key)
    if found is None:
        if _precondition(call) is not None:
            raise absent(layout, key)
        row = add(call, layout, call.document(), key)
        # Not every organisation gives a new row of segments the id in the URL (switch `own_ids`).
        return _written(call, layout, row, key if key.alternate else id_key(layout.table, row), 201)
    if call.headers.get("if-none-match") == "*":
        raise errors.exists()
    row, version = found
    _check_version(call, layout.table.name, version)
    edit(call, layout, row, call.document(), key)
    return _written(call, layout, row, key, 200)


def delete(call: Call, layout: Layout, key: Key) -> WireResponse:
    """DELETE of one row."""
    read.check_options(call.options, ())
    row, version = locate(call.world, layout, key)
    _check_version(call, layout.table.name, version)
    remove(call.world, layout, row)
    return WireResponse(204)


def get_property(call: Call, layout: Layout, key: Key, name: str) -> WireResponse:
    """GET of one column: `{"value": …}`, or 204 when it is empty."""
    read.check_options(call.options, ())
    column = column_of(layout.table, name)
    row, _ = locate(call.world, layout, key)
    renderer = Renderer(root(call.world.reader, layout.table), [column], wanted_annotations({}))
    value = renderer.rows([_fetch(call, layout, row, renderer.sql)])[0][column.read_name]
    if value is None:
        return WireResponse(204)
    context = f"{call.base}$metadata#{layout.table.entity_set}({row})/{name}"
    return json_response(200, {"@odata.context": context, "value": value})


def put_property(call: Call, layout: Layout, key: Key, name: str) -> WireResponse:
    """PUT of one column with `{"value": …}`; DELETE of one empties it."""
    read.check_options(call.options, ())
    document = call.document() if call.method == "PUT" else {"value": None}
    if set(document) - {"@odata.context"} != {"value"}:
        raise errors.bad_payload('a single property is written as {"value": …}.')
    row, version = locate(call.world, layout, key)
    _check_version(call, layout.table.name, version)
    edit(call, layout, row, {name: document["value"]}, id_key(layout.table, row))
    return WireResponse(204)


def _written(call: Call, layout: Layout, row: str, key: Key, status: int) -> WireResponse:
    """The row when the client wants it, else where it is: in the form of key that the client used."""
    if call.wants_representation:
        applied = {"Preference-Applied": "return=representation"}
        return json_response(status, _representation(call, layout, row), applied)
    url = key.url(call.base, layout.table)
    return WireResponse(204, {"Location": url, "OData-EntityId": url})


def _is_conditional(call: Call) -> bool:
    """Related rows and annotations may have changed though the row has not (dataverse-web-api.md §3.4)."""
    return "$expand" not in call.options and "odata.include-annotations" not in preferences(call.headers)


def _representation(call: Call, layout: Layout, row: str) -> dict[str, Any]:
    scope = root(call.world.reader, layout.table)
    query = read_query(call.options, scope)
    shown = read_row(call, query, row_of(scope, row))
    context = f"{call.base}$metadata#{layout.table.entity_set}{query.shape}/$entity"
    return {"@odata.context": context, **(shown or {})}


def _fetch(call: Call, layout: Layout, row: str, columns: str) -> tuple[Any, ...]:
    table = layout.table
    sql = f"SELECT {columns} FROM {quoted(table.name)} WHERE {quoted(table.primary_id)} = ?"
    found: tuple[Any, ...] = call.world.connection.execute(sql, (row,)).fetchone()
    return found


def _precondition(call: Call) -> str | None:
    """If-Match; some clients write `null` for none."""
    value = call.headers.get("if-match")
    return None if value in (None, "", "null") else value


def _check_version(call: Call, table: str, version: int) -> None:
    wanted = _precondition(call)
    if wanted in (None, "*"):
        return
    if table in call.world.switches.unguarded:
        raise errors.unguarded(table)
    if wanted not in (etag(version), etag(version).removeprefix("W/")):
        raise errors.stale()
