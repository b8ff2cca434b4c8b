"""The bulk messages: many rows in one request, all of them or none (dataverse-web-api.md §6).

Standard tables only, so there is no partial success and no DeleteMultiple.
"""

from dataclasses import replace
from typing import Any

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.changes import Document
from mig.sandbox.inserting import add, edit
from mig.sandbox.keys import Key, find, id_key, locate, resolve
from mig.sandbox.layout import Layout
from mig.sandbox.odata.options import check_options
from mig.sandbox.values import to_stored
from mig.sandbox.wire import WireResponse, json_response

_KIND = "@odata.type"
_ID = "@odata.id"


def create_multiple(call: Call, layout: Layout) -> WireResponse:
    """`CreateMultiple`: the new ids, in the order of the targets."""
    ids = [add(call, layout, target) for target in _targets(call, layout)]
    context = f"{call.base}$metadata#{errors.TYPE}CreateMultipleResponse"
    return replace(json_response(200, {"@odata.context": context, "Ids": ids}), operations=len(ids))


def update_multiple(call: Call, layout: Layout) -> WireResponse:
    """`UpdateMultiple`: every target has its id. Of two with the same one only the first counts (§6)."""
    first: dict[str, Document] = {}
    for target in _targets(call, layout):
        first.setdefault(_row_id(layout, target), target)
    for row, changes in first.items():
        key = id_key(layout.table, row)
        locate(call.world, layout, key)
        edit(call, layout, row, changes, key)
    return WireResponse(204, operations=len(first))


def upsert_multiple(call: Call, layout: Layout) -> WireResponse:
    """`UpsertMultiple`: targets by `@odata.id`, by id or by the columns of an alternate key."""
    keyed = [(_upsert_key(call, layout, target), target) for target in _targets(call, layout)]
    if len({tuple(sorted(key.columns.items())) for key, _ in keyed}) < len(keyed):
        raise errors.repeated_target(layout.name)
    for key, target in keyed:
        found = find(call.world, layout, key)
        if found is not None:
            edit(call, layout, found[0], target, key)
        else:
            _refuse_key_in_body(key, target)
            add(call, layout, target, key)
    return WireResponse(204, operations=len(keyed))


def delete_multiple(call: Call, layout: Layout) -> WireResponse:
    """`DeleteMultiple`: for elastic tables only, of which there are none here."""
    raise errors.no_delete_multiple()


def _targets(call: Call, layout: Layout) -> list[dict[str, Any]]:
    """The rows of the body, each with its type."""
    check_options(call.options, ())
    targets = call.parameters({"Targets"}).get("Targets")
    if not isinstance(targets, list) or not targets or not all(isinstance(one, dict) for one in targets):
        raise errors.missing_parameter("Targets", "a list of rows")
    for target in targets:
        kind = target.get(_KIND)
        if not isinstance(kind, str):
            raise errors.bad_payload(f"a target has no '{_KIND}'.")
        if kind.removeprefix("#") != f"{errors.TYPE}{layout.name}":
            raise errors.bad_payload(f"a target is of the type '{kind}', not '{errors.TYPE}{layout.name}'.")
    return targets


def _row_id(layout: Layout, target: Document) -> str:
    primary = layout.table.primary_id
    row = to_stored(layout.table, layout.table.columns[primary], target.get(primary))
    if row is None:
        raise errors.bad_payload(f"a target has no '{primary}'.")
    return str(row)


def _upsert_key(call: Call, layout: Layout, target: Document) -> Key:
    url = target.get(_ID)
    if url is None:
        return _key_in_body(layout, target)
    if not isinstance(url, str):
        raise errors.bad_payload(f"'{_ID}' is a URL.")
    of, key = resolve(call, url)
    if of is not layout:
        raise errors.bad_payload(f"'{url}' is no row of '{layout.name}'.")
    return key


def _key_in_body(layout: Layout, target: Document) -> Key:
    """A target without `@odata.id` has its id, or all columns of an alternate key."""
    table = layout.table
    for columns in ((table.primary_id,), *table.keys.values()):
        if all(target.get(name) is not None for name in columns):
            values = {name: to_stored(table, table.columns[name], target[name]) for name in columns}
            row = values.get(table.primary_id)
            return id_key(table, str(row)) if row is not None else Key("", values, alternate=True)
    raise errors.bad_payload(f"a target has neither '{_ID}' nor the columns of a key.")


def _refuse_key_in_body(key: Key, target: Document) -> None:
    """A new row's key stands in its `@odata.id` or in its body, not in both."""
    for name in key.columns:
        if key.alternate and _ID in target and name in target:
            raise errors.key_in_body(name)
