"""What a request's body sets: checked property by property, in stored form."""

import re
from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.layout import Layout, quoted, type_column
from mig.sandbox.odata.url import guid_key, split_base
from mig.sandbox.values import Stored, to_stored

Changes = dict[str, Stored]

_BIND: Final = "@odata.bind"
_REFERENCE: Final = re.compile(r"/?(\$\w+)")
_ROW: Final = re.compile(r"/?(?P<set>\w+)\((?P<key>[^()]+)\)")
_HOST: Final = re.compile(r"https?://[^/]*", re.IGNORECASE)
# Read-only in metadata, and yet part of the documented body of a segment's create (dataverse-schema.md §2).
_BOUND_ALL_THE_SAME: Final = "owningbusinessunit"
_ONLY_ON_CREATE: Final = "overriddencreatedon"


def read_changes(call: Call, layout: Layout, document: dict[str, Any], *, creating: bool) -> Changes:
    """SQL columns and their new values; the service's error for the first property that cannot be."""
    changes: Changes = {}
    for name, value in document.items():
        if name == _ONLY_ON_CREATE and not creating:
            raise errors.read_only(name, layout.name)
        changes.update(_property(call, layout, name, value))
    return changes


def resolve(call: Call, target: str) -> tuple[str, str]:
    """The entity set and key in `/set(key)`, `set(key)`, an absolute URL, or `$n` of a batch."""
    path = _HOST.sub("", target)
    below = split_base(path)
    path = below[1] if below is not None else path
    if (reference := _REFERENCE.fullmatch(path)) is not None:
        if reference[1] not in call.references:
            raise errors.no_reference(reference[1])
        path = call.references[reference[1]]
    found = _ROW.fullmatch(path)
    if found is None:
        raise errors.bad_payload(f"'{target}' does not name a row.")
    return found["set"], found["key"]


def _property(call: Call, layout: Layout, name: str, value: object) -> Changes:
    table = layout.table
    if name.endswith(_BIND):
        return _bound(call, layout, name.removesuffix(_BIND), value)
    if "@" in name:
        return {}  # annotations that were read with a row may come back with it
    if name in layout.links:
        return _cleared(layout, name, value)
    column = table.columns.get(name)
    if column is None or column.is_lookup:
        raise errors.invalid_property(name, table.name)
    if column.read_only or column.computed:
        raise errors.read_only(name, table.name)
    return {name: to_stored(table, column, value)}


def _cleared(layout: Layout, nav: str, value: object) -> Changes:
    if value is not None:
        raise errors.not_emulated(f"deep insert through {nav}")
    column, _ = layout.links[nav]
    if column.read_only or column.required == "system":
        raise errors.read_only(nav, layout.name)
    kind = type_column(column)
    return {column.name: None} if kind is None else {column.name: None, kind: None}


def _bound(call: Call, layout: Layout, nav: str, value: object) -> Changes:
    if nav not in layout.links:
        raise errors.undeclared(nav, layout.name)
    column, targets = layout.links[nav]
    if column.read_only and column.name != _BOUND_ALL_THE_SAME:
        raise errors.read_only(nav, layout.name)
    if not isinstance(value, str):
        raise errors.bad_payload(f"the annotation '{nav}{_BIND}' must have a non-null string value.")
    table, key = _row(call, value)
    if table not in targets:
        raise errors.bad_payload(f"'{nav}' of '{layout.name}' cannot be bound to a row of '{table}'.")
    kind = type_column(column)
    return {column.name: key} if kind is None else {column.name: key, kind: table}


def _row(call: Call, value: str) -> tuple[str, str]:
    """The table and id of a row that is there."""
    set_name, arguments = resolve(call, value)
    table = call.world.schema.by_set.get(set_name)
    if table is None:
        raise errors.no_resource(set_name)
    key = guid_key(arguments, table.primary_id)
    if key is None:
        raise errors.not_emulated("binding by alternate key")
    sql = f"SELECT 1 FROM {quoted(table.name)} WHERE {quoted(table.primary_id)} = ?"
    if call.world.connection.execute(sql, (key,)).fetchone() is None:
        raise errors.no_row(table.name, key)
    return table.name, key
