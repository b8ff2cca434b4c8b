"""Table metadata on the wire: `EntityDefinitions` with their attributes (dataverse-web-api.md §10).

Answers come whole, without pages. A base attribute has no MaxLength or Targets: as in the service, those want
a cast to the attribute's own type.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from mig.model.tables import Column, ColumnType, Table
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.tree import Both, Compare, Constant, Either, Filter, Name, Opposite
from mig.sandbox.odata.url import Segment
from mig.sandbox.wire import WireResponse, json_response

Entry = dict[str, Any]

_BY_NAME: Final = re.compile(r"LogicalName='(\w+)'")
_EXPAND: Final = re.compile(r"Attributes(?:\(\$select=([\w,\s]+)\))?")
_REQUIRED: Final = {
    None: "None",
    "system": "SystemRequired",
    "application": "ApplicationRequired",
    "recommended": "Recommended",
}
_OWNERSHIP: Final = {
    "user": "UserOwned",
    "organization": "OrganizationOwned",
    "businessunit": "BusinessOwned",
}
_BASE: Final = "AttributeMetadata"


def answer(call: Call) -> WireResponse:
    """GET `EntityDefinitions`, `…(LogicalName='x')`, `…/Attributes`, `…/Attributes/<cast>`."""
    if call.method != "GET":
        raise errors.not_emulated(f"{call.method} {call.path}")
    for name in call.options:
        if name not in ("$select", "$filter", "$expand"):
            raise errors.unsupported_option(name)
    first, *rest = call.segments
    if first.arguments is None:
        if rest:
            raise errors.no_resource(rest[0].name)
        return _all_tables(call)
    table = _table(call, first)
    return _attributes(call, table, rest) if rest else _one_table(call, table)


def _all_tables(call: Call) -> WireResponse:
    entries = [(table, _table_entry(call, table)) for table in call.world.schema]
    chosen = _filtered(call, [entry for _, entry in entries], "EntityMetadata")
    kept = {entry["LogicalName"] for entry in chosen}
    value = [_shaped(call, table, entry) for table, entry in entries if table.name in kept]
    return json_response(200, {"@odata.context": f"{call.base}$metadata#EntityDefinitions", "value": value})


def _one_table(call: Call, table: Table) -> WireResponse:
    entry = _shaped(call, table, _table_entry(call, table))
    return json_response(200, {"@odata.context": f"{call.base}$metadata#EntityDefinitions/$entity", **entry})


def _attributes(call: Call, table: Table, rest: Sequence[Segment]) -> WireResponse:
    names = [segment.name for segment in rest]
    if (
        names[0] != "Attributes"
        or len(rest) > 2
        or rest[0].arguments is not None
        or "$expand" in call.options
    ):
        raise errors.not_emulated(f"EntityDefinitions/{'/'.join(names)}")
    cast = names[1].removeprefix(errors.TYPE) if len(names) == 2 else None
    entries = [_attribute_entry(call, table, column) for column in table.columns.values()]
    if cast is not None:
        entries = [entry for entry in entries if entry["@odata.type"] == f"#{errors.TYPE}{cast}"]
    entries = _filtered(call, entries, cast or _BASE)
    value = [_selected(entry, call.options.get("$select"), cast or _BASE) for entry in entries]
    context = f"{call.base}$metadata#EntityDefinitions('{table.name}')/Attributes"
    return json_response(200, {"@odata.context": context, "value": value})


def _table(call: Call, segment: Segment) -> Table:
    found = _BY_NAME.fullmatch(segment.arguments or "")
    if found is None:
        raise errors.not_emulated("EntityDefinitions by another key than LogicalName")
    table = call.world.schema.tables.get(found[1])
    if table is None:
        raise errors.ODataError(
            404, "0x80060888", f"Could not find an entity with name {found[1]} and the MetadataId given."
        )
    return table


def _shaped(call: Call, table: Table, entry: Entry) -> Entry:
    shaped = _selected(entry, call.options.get("$select"), "EntityMetadata")
    expand = call.options.get("$expand")
    if expand is not None:
        found = _EXPAND.fullmatch(expand.replace(" ", ""))
        if found is None:
            raise errors.not_emulated(f"$expand={expand} on EntityDefinitions")
        shaped["Attributes"] = [
            _selected(_attribute_entry(call, table, column), found[1], _BASE)
            for column in table.columns.values()
        ]
    return shaped


def _selected(entry: Entry, select: str | None, kind: str) -> Entry:
    """The properties asked for; MetadataId and the type always come. A base type lacks what its heirs add."""
    if select is None:
        return entry
    own = _OWN if kind == _BASE else frozenset[str]()
    names = [name.strip() for name in select.split(",")]
    for name in names:
        if name not in entry or name in own:
            raise errors.unknown_column(name, kind)
    always = ("@odata.type",) if kind == _BASE else ()
    return {name: entry[name] for name in dict.fromkeys((*always, *names, "MetadataId"))}


def _filtered(call: Call, entries: Iterable[Entry], kind: str) -> list[Entry]:
    text = call.options.get("$filter")
    if text is None:
        return list(entries)
    filter_ = read_filter(text)
    return [entry for entry in entries if _holds(filter_, entry, kind)]


def _holds(filter_: Filter, entry: Entry, kind: str) -> bool:
    match filter_:
        case Both(items):
            return all(_holds(item, entry, kind) for item in items)
        case Either(items):
            return any(_holds(item, entry, kind) for item in items)
        case Opposite(item):
            return not _holds(item, entry, kind)
        case Compare(Name(name), "eq" | "ne" as operator, Constant(value=value)):
            if name not in entry or (kind == _BASE and name in _OWN):
                raise errors.unknown_column(name, kind)
            return bool((entry[name] == value) is (operator == "eq"))
    raise errors.bad_url("Metadata can only be filtered by comparing properties with eq and ne.")


def _table_entry(call: Call, table: Table) -> Entry:
    return {
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.entity_set,
        "LogicalCollectionName": table.entity_set,
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "OwnershipType": _OWNERSHIP.get(table.ownership, "None"),
        "IsOptimisticConcurrencyEnabled": True,
        "ChangeTrackingEnabled": table.ownership != "virtual",
        "MetadataId": _metadata_id(call, table.name),
    }


def _attribute_entry(call: Call, table: Table, column: Column) -> Entry:
    return {
        "@odata.type": f"#{errors.TYPE}{_kind(column)}",
        "LogicalName": column.name,
        "SchemaName": column.name,
        "EntityLogicalName": table.name,
        "AttributeType": str(column.type),
        "SourceType": _source(table, column),
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "IsValidForCreate": not (column.read_only or column.computed),
        "IsValidForRead": True,
        "IsValidForUpdate": not (column.read_only or column.computed or column.name == table.primary_id),
        "RequiredLevel": {"Value": _REQUIRED.get(column.required, "None")},
        "MetadataId": _metadata_id(call, f"{table.name}.{column.name}"),
        **_own_properties(column),
    }


def _own_properties(column: Column) -> Entry:
    """What the attribute's own type adds to every attribute."""
    properties: Mapping[str, object] = {
        "MaxLength": column.max_length,
        "MinValue": column.minimum,
        "MaxValue": column.maximum,
        "Targets": list(column.targets) if column.is_lookup else None,
    }
    return {name: value for name, value in properties.items() if value is not None}


_OWN: Final = frozenset({"MaxLength", "MinValue", "MaxValue", "Targets"})


def _source(table: Table, column: Column) -> int:
    """0 simple, 1 calculated, 2 rollup; a rollup is known by the state column kept beside it."""
    if not column.computed:
        return 0
    return 2 if f"{column.name}_state" in table.columns else 1


def _kind(column: Column) -> str:
    """The attribute's metadata type; columns that point at rows share one."""
    if column.is_lookup:
        return "LookupAttributeMetadata"
    if column.type is ColumnType.UNIQUEIDENTIFIER:
        return "UniqueIdentifierAttributeMetadata"
    return f"{column.type}AttributeMetadata"


def _metadata_id(call: Call, name: str) -> str:
    return str(uuid5(UUID(call.world.organization_id), f"metadata:{name}"))
