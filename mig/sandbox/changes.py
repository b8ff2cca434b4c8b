"""What a request's body sets: checked property by property, in stored form, with the rows nested in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.keys import named_row
from mig.sandbox.layout import Layout, type_column
from mig.sandbox.values import Stored, to_stored

Changes = dict[str, Stored]
Document = Mapping[str, Any]

_BIND: Final = "@odata.bind"
# Read-only in metadata, and yet part of the documented body of a segment's create (dataverse-schema.md §2).
_BOUND_ALL_THE_SAME: Final = "owningbusinessunit"
_ONLY_ON_CREATE: Final = "overriddencreatedon"


@dataclass(frozen=True, slots=True)
class Body:
    """SQL columns with their new values, and by navigation property what a deep insert brings.

    `parents` are new rows that this one shall point at; `members` are what shall point at this one: new rows,
    and URLs of rows that are there.
    """

    changes: Changes = field(default_factory=dict)
    parents: dict[str, Document] = field(default_factory=dict)
    members: dict[str, list[Document | str]] = field(default_factory=dict)


def read_body(call: Call, layout: Layout, document: Document, *, creating: bool) -> Body:
    """All of a body; the service's error for the first property that cannot be."""
    body = Body()
    for name, value in document.items():
        if name == _ONLY_ON_CREATE and not creating:
            raise errors.read_only(name, layout.name)
        _read(call, layout, body, name, value)
    if (body.parents or body.members) and not creating:
        raise errors.bad_payload("an update cannot create or link other rows through its body.")
    return body


def bound(layout: Layout, nav: str, table: str, row: str) -> Changes:
    """The columns that point a lookup at a row."""
    column, targets = layout.links[nav]
    if table not in targets:
        raise errors.bad_payload(f"'{nav}' of '{layout.name}' cannot be bound to a row of '{table}'.")
    kind = type_column(column)
    return {column.name: row} if kind is None else {column.name: row, kind: table}


def cleared(layout: Layout, nav: str) -> Changes:
    """The columns that point a lookup at no row."""
    column, _ = layout.links[nav]
    if column.read_only or column.required == "system":
        raise errors.read_only(nav, layout.name)
    return dict.fromkeys((column.name, type_column(column) or column.name))


def check_bindable(layout: Layout, nav: str) -> None:
    """400 for a lookup that clients may not set."""
    column, _ = layout.links[nav]
    if column.read_only and column.name != _BOUND_ALL_THE_SAME:
        raise errors.read_only(nav, layout.name)


def _read(call: Call, layout: Layout, body: Body, name: str, value: object) -> None:
    if name.endswith(_BIND):
        _read_binding(call, layout, body, name.removesuffix(_BIND), value)
    elif "@" in name:
        pass  # annotations that were read with a row may come back with it
    elif name in layout.links:
        _read_nested(layout, body, name, value)
    elif name in call.world.schema.collections[layout.name]:
        body.members.setdefault(name, []).extend(_items(name, value, dict))
    else:
        body.changes[name] = _column(layout, name, value)


def _column(layout: Layout, name: str, value: object) -> Stored:
    column = layout.table.columns.get(name)
    if column is None or column.is_lookup:
        raise errors.invalid_property(name, layout.name)
    if column.read_only or column.computed:
        raise errors.read_only(name, layout.name)
    return to_stored(layout.table, column, value)


def _read_nested(layout: Layout, body: Body, nav: str, value: object) -> None:
    """Null clears a lookup, an object is a new row for it."""
    if isinstance(value, dict):
        check_bindable(layout, nav)
        body.parents[nav] = value
    elif value is None:
        body.changes.update(cleared(layout, nav))
    else:
        raise errors.bad_payload(f"'{nav}' takes an object or null.")


def _read_binding(call: Call, layout: Layout, body: Body, nav: str, value: object) -> None:
    if nav in call.world.schema.collections[layout.name]:
        body.members.setdefault(nav, []).extend(_items(f"{nav}{_BIND}", value, str))
        return
    if nav not in layout.links:
        raise errors.undeclared(nav, layout.name)
    check_bindable(layout, nav)
    if not isinstance(value, str):
        raise errors.bad_payload(f"the annotation '{nav}{_BIND}' must have a non-null string value.")
    body.changes.update(bound(layout, nav, *named_row(call, value)))


def _items(name: str, value: object, kind: type) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise errors.bad_payload(f"'{name}' takes a list of {'objects' if kind is dict else 'URLs'}.")
    return value
