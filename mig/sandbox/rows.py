"""One row: create, read, update, upsert, delete, with the PATCH matrix of dataverse-web-api.md §5.2."""

import sqlite3
from typing import Any
from uuid import UUID, uuid5

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.changes import Changes, read_changes
from mig.sandbox.layout import Layout, quoted
from mig.sandbox.odata import options as read
from mig.sandbox.odata.options import column_of
from mig.sandbox.odata.query import read_query
from mig.sandbox.odata.scope import root
from mig.sandbox.odata.url import guid_key
from mig.sandbox.platform import complete_edit, complete_new
from mig.sandbox.reading import read_row, row_of
from mig.sandbox.rendering import Renderer, etag, wanted_annotations
from mig.sandbox.wire import WireResponse, json_response, preferences


def key_of(layout: Layout, arguments: str) -> str:
    """The id in a row's URL. A quoted id is refused, another column is no key of the bundled tables."""
    key = guid_key(arguments, layout.table.primary_id)
    if key is not None:
        return key
    if "=" in arguments:
        raise errors.no_such_key(layout.name)
    raise errors.bad_url(f"Error in the URL: '{arguments}' is not a GUID.")


def create(call: Call, layout: Layout, key: str | None = None) -> WireResponse:
    """POST to the set, or PATCH of a row that is not there, whose URL then gives the `key`."""
    read.check_options(call.options, read.ONE)
    values = read_changes(call, layout, call.document(), creating=True)
    primary = layout.table.primary_id
    if key is not None:
        values[primary] = key
    complete_new(call.world, layout, values)
    values[primary] = values.get(primary) or _made_id(call, layout, values)
    try:
        layout.insert(call.world.connection, [values])
    except sqlite3.IntegrityError:
        raise errors.exists() from None
    return _written(call, layout, str(values[primary]), 201)


def get(call: Call, layout: Layout, key: str) -> WireResponse:
    """GET of one row; 304 when the client's copy is the newest."""
    read.check_options(call.options, read.ONE)
    version = _version(call, layout, key)
    if version is None:
        raise errors.no_row(layout.name, key)
    if call.headers.get("if-none-match") == etag(version) and _is_conditional(call):
        return WireResponse(304, {"ETag": etag(version)})
    return json_response(200, _representation(call, layout, key), {"ETag": etag(version)})


def get_property(call: Call, layout: Layout, key: str, name: str) -> WireResponse:
    """GET of one column: `{"value": …}`, or 204 when it is empty."""
    read.check_options(call.options, ())
    column = column_of(layout.table, name)
    if _version(call, layout, key) is None:
        raise errors.no_row(layout.name, key)
    renderer = Renderer(root(call.world.reader, layout.table), [column], wanted_annotations({}))
    value = renderer.rows([_fetch(call, layout, key, renderer.sql)])[0][column.read_name]
    if value is None:
        return WireResponse(204)
    context = f"{call.base}$metadata#{layout.table.entity_set}({key})/{name}"
    return json_response(200, {"@odata.context": context, "value": value})


def patch(call: Call, layout: Layout, key: str) -> WireResponse:
    """Update, or create where the row is absent and no header forbids it."""
    read.check_options(call.options, read.ONE)
    version = _version(call, layout, key)
    if version is None:
        if _precondition(call) is not None:
            raise errors.no_row(layout.name, key)
        return create(call, layout, key)
    if call.headers.get("if-none-match") == "*":
        raise errors.exists()
    _check_version(call, version)
    changes = read_changes(call, layout, call.document(), creating=False)
    if changes.pop(layout.table.primary_id, key) != key:
        raise errors.bad_payload("the id in the body is not the id in the URL.")
    _update(call, layout, key, changes)
    return _written(call, layout, key, 200)


def delete(call: Call, layout: Layout, key: str) -> WireResponse:
    """DELETE of one row."""
    version = _version(call, layout, key)
    if version is None:
        raise errors.no_row(layout.name, key)
    _check_version(call, version)
    table = layout.table
    call.world.connection.execute(
        f"DELETE FROM {quoted(table.name)} WHERE {quoted(table.primary_id)} = ?", (key,)
    )
    return WireResponse(204)


def _update(call: Call, layout: Layout, key: str, changes: Changes) -> None:
    state = _fetch(call, layout, key, "statecode")[0] if "statecode" in layout.table.columns else None
    complete_edit(call.world, layout, changes, state)
    write(call.world.connection, layout, key, changes)


def write(connection: sqlite3.Connection, layout: Layout, key: str, changes: Changes) -> None:
    """Set columns of one row, without asking; columns that the table lacks are left out."""
    kept = {name: value for name, value in changes.items() if name in layout.stored}
    assignments = ", ".join(f"{quoted(name)} = ?" for name in kept)
    connection.execute(
        f"UPDATE {quoted(layout.name)} SET {assignments} WHERE {quoted(layout.table.primary_id)} = ?",
        [*kept.values(), key],
    )


def _written(call: Call, layout: Layout, key: str, status: int) -> WireResponse:
    if call.wants_representation:
        applied = {"Preference-Applied": "return=representation"}
        return json_response(status, _representation(call, layout, key), applied)
    url = f"{call.base}{layout.table.entity_set}({key})"
    return WireResponse(204, {"Location": url, "OData-EntityId": url})


def _is_conditional(call: Call) -> bool:
    """Related rows and annotations may have changed though the row has not (dataverse-web-api.md §3.4)."""
    return "$expand" not in call.options and "odata.include-annotations" not in preferences(call.headers)


def _representation(call: Call, layout: Layout, key: str) -> dict[str, Any]:
    scope = root(call.world.reader, layout.table)
    query = read_query(call.options, scope)
    row = read_row(call, query, row_of(scope, key))
    context = f"{call.base}$metadata#{layout.table.entity_set}{query.shape}/$entity"
    return {"@odata.context": context, **(row or {})}


def _fetch(call: Call, layout: Layout, key: str, columns: str) -> tuple[Any, ...]:
    table = layout.table
    sql = f"SELECT {columns} FROM {quoted(table.name)} WHERE {quoted(table.primary_id)} = ?"
    row: tuple[Any, ...] = call.world.connection.execute(sql, (key,)).fetchone()
    return row


def _version(call: Call, layout: Layout, key: str) -> int | None:
    row = _fetch(call, layout, key, "versionnumber")
    return int(row[0]) if row is not None else None


def _precondition(call: Call) -> str | None:
    """If-Match; some clients write `null` for none."""
    value = call.headers.get("if-match")
    return None if value in (None, "", "null") else value


def _check_version(call: Call, version: int) -> None:
    wanted = _precondition(call)
    if wanted not in (None, "*", etag(version), etag(version).removeprefix("W/")):
        raise errors.stale()


def _made_id(call: Call, layout: Layout, values: Changes) -> str:
    """An id of the service's own; from the row version, so that a world's history can be replayed."""
    return str(uuid5(UUID(call.world.organization_id), f"{layout.name}:{values['versionnumber']}"))
