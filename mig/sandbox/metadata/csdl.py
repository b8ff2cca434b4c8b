"""`$metadata`: the organisation's tables and messages as a CSDL document.

A small one: keys, properties with their Edm types, navigation properties, entity sets, and the functions and
actions that the sandbox has. It has none of the service's annotations and none of its metadata types.
"""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from mig.model.tables import FRACTIONS, Column, ColumnType, ManyToMany, Schema, Table
from mig.sandbox.call import Call
from mig.sandbox.errors import wrong_method
from mig.sandbox.messages import BINDING, ENUMERATIONS, MESSAGES, STRUCTURES, Fields, Message
from mig.sandbox.odata.options import check_options
from mig.sandbox.wire import WireResponse

NAMESPACE: Final = "Microsoft.Dynamics.CRM"
_EDMX: Final = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM: Final = "http://docs.oasis-open.org/odata/ns/edm"
_BASE: Final = "crmbaseentity"  # what a navigation property to rows of several tables leads to
_TYPES: Final = {
    ColumnType.BIG_INT: "Edm.Int64",
    ColumnType.BOOLEAN: "Edm.Boolean",
    ColumnType.DATE_TIME: "Edm.DateTimeOffset",
    ColumnType.DOUBLE: "Edm.Double",
    ColumnType.IMAGE: "Edm.Binary",
    ColumnType.MEMO: "Edm.String",
    ColumnType.MULTI_SELECT: "Edm.String",
    ColumnType.STRING: "Edm.String",
    ColumnType.UNIQUEIDENTIFIER: "Edm.Guid",
    **dict.fromkeys((ColumnType.LOOKUP, ColumnType.OWNER, ColumnType.CUSTOMER), "Edm.Guid"),
    **dict.fromkeys(FRACTIONS - {ColumnType.DOUBLE}, "Edm.Decimal"),
}


def answer(call: Call) -> WireResponse:
    """The document as XML."""
    if call.method != "GET":
        raise wrong_method(call.method, call.path)
    check_options(call.options, ())
    body = tostring(_document(call.world.schema), encoding="utf-8", xml_declaration=True)
    return WireResponse(200, {"Content-Type": "application/xml"}, body)


def _document(schema: Schema) -> Element:
    root = Element("edmx:Edmx", {"xmlns:edmx": _EDMX, "Version": "4.0"})
    services = SubElement(root, "edmx:DataServices")
    model = SubElement(services, "Schema", {"xmlns": _EDM, "Namespace": NAMESPACE, "Alias": "mscrm"})
    SubElement(model, "EntityType", Name=_BASE, Abstract="true")
    for table in schema:
        _add_table(model, schema, table)
    for name, members in ENUMERATIONS.items():
        enumeration = SubElement(model, "EnumType", Name=name)
        for number, member in enumerate(members):
            SubElement(enumeration, "Member", Name=member, Value=str(number))
    for name, fields in STRUCTURES.items():
        _add_properties(SubElement(model, "ComplexType", Name=name), fields)
    for message in MESSAGES:
        _add_message(model, message)
    container = SubElement(model, "EntityContainer", Name="System")
    for table in schema:
        _add_set(container, schema, table)
    for message in MESSAGES:
        if BINDING not in message.parameters:
            kind = "Function" if message.reads else "Action"
            SubElement(
                container, f"{kind}Import", {"Name": message.name, kind: f"{NAMESPACE}.{message.name}"}
            )
    return root


def _add_table(model: Element, schema: Schema, table: Table) -> None:
    entity = SubElement(model, "EntityType", Name=table.name, BaseType=f"mscrm.{_BASE}")
    SubElement(SubElement(entity, "Key"), "PropertyRef", Name=table.primary_id)
    for column in table.columns.values():
        _add_property(entity, column.read_name, _edm_type(column))
    for name, target in _to_one(schema, table):
        SubElement(entity, "NavigationProperty", Name=name, Type=f"mscrm.{target}")
    for name, target in _to_many(schema, table):
        SubElement(entity, "NavigationProperty", Name=name, Type=f"Collection(mscrm.{target})")


def _edm_type(column: Column) -> str:
    if column.type is ColumnType.DATE_TIME and column.date_only and column.behavior == "DateOnly":
        return "Edm.Date"
    return _TYPES.get(column.type, "Edm.Int32")


def _to_one(schema: Schema, table: Table) -> list[tuple[str, str]]:
    """Navigation properties of lookups, with the table that each leads to, or the base of all tables."""
    found: dict[str, set[str]] = {}
    for column in table.columns.values():
        for target, name in column.nav.items():
            found.setdefault(name, set()).add(target if target in schema.tables else _BASE)
    return [(name, targets.pop() if len(targets) == 1 else _BASE) for name, targets in found.items()]


def _to_many(schema: Schema, table: Table) -> list[tuple[str, str]]:
    """Navigation properties to many rows, with the table that these belong to."""
    found: list[tuple[str, str]] = []
    for name, one in schema.collections[table.name].items():
        if isinstance(one, ManyToMany):
            target = one.second_table if table.name == one.first_table else one.first_table
        else:
            target = one.referencing_table
        found.append((name, target))
    return found


def _add_set(container: Element, schema: Schema, table: Table) -> None:
    entity_set = SubElement(
        container, "EntitySet", Name=table.entity_set, EntityType=f"{NAMESPACE}.{table.name}"
    )
    for name, target in (*_to_one(schema, table), *_to_many(schema, table)):
        if target in schema.tables:
            SubElement(entity_set, "NavigationPropertyBinding", Path=name, Target=schema[target].entity_set)


def _add_message(model: Element, message: Message) -> None:
    kind = "Function" if message.reads else "Action"
    element = SubElement(model, kind, Name=message.name)
    if BINDING in message.parameters:
        element.set("IsBound", "true")
    for name, type_ in message.parameters.items():
        SubElement(element, "Parameter", Name=name, Type=type_)
    if message.returns is not None:
        SubElement(element, "ReturnType", Type=f"mscrm.{message.returns}", Nullable="false")


def _add_properties(parent: Element, fields: Fields) -> None:
    for name, type_ in fields.items():
        _add_property(parent, name, type_)


def _add_property(parent: Element, name: str, type_: str) -> None:
    SubElement(parent, "Property", Name=name, Type=type_)
