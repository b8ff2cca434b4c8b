"""What the metadata of a table looks like on the wire: the table, its attributes, its relationships.

Source: dataverse-web-api.md §10; the relationships' properties are those of OneToManyRelationshipMetadata and
ManyToManyRelationshipMetadata in the Web API reference.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from mig.model.tables import Column, ColumnType, ManyToMany, Relationship, Table
from mig.sandbox import errors
from mig.sandbox.call import Call

Entry = dict[str, Any]

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


def table_entry(call: Call, table: Table) -> Entry:
    """A table itself."""
    return {
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.entity_set,
        "LogicalCollectionName": table.entity_set,
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "OwnershipType": _OWNERSHIP.get(table.ownership, "None"),
        "IsOptimisticConcurrencyEnabled": True,
        "ChangeTrackingEnabled": table.ownership != "virtual"
        and table.name not in call.world.switches.untracked,
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


def _attributes(call: Call, table: Table) -> Iterator[Entry]:
    return (_attribute_entry(call, table, column) for column in table.columns.values())


def _many_to_one(call: Call, table: Table) -> Iterator[Entry]:
    return (_one_entry(call, one) for one in _served(call) if one.referencing_table == table.name)


def _one_to_many(call: Call, table: Table) -> Iterator[Entry]:
    return (_one_entry(call, one) for one in _served(call) if one.referenced_table == table.name)


def _served(call: Call) -> Iterator[Relationship]:
    """Bundled relationships may lead to tables that no world has."""
    schema = call.world.schema
    return (one for one in schema.relationships.values() if schema.tables.keys() >= set(one.ends))


def _many_to_many(call: Call, table: Table) -> Iterator[Entry]:
    known = call.world.schema.many_to_many.values()
    return (_many_entry(call, pair) for pair in known if table.name in pair.ends)


def _one_entry(call: Call, one: Relationship) -> Entry:
    schema = call.world.schema
    column = schema[one.referencing_table].columns[one.referencing_column]
    return {
        "SchemaName": one.name,
        "RelationshipType": "OneToManyRelationship",
        "ReferencedEntity": one.referenced_table,
        "ReferencedAttribute": schema[one.referenced_table].primary_id,
        "ReferencedEntityNavigationPropertyName": one.name,
        "ReferencingEntity": one.referencing_table,
        "ReferencingAttribute": one.referencing_column,
        "ReferencingEntityNavigationPropertyName": column.nav.get(one.referenced_table, column.name),
        "MetadataId": _metadata_id(call, f"relationship:{one.name}"),
    }


def _many_entry(call: Call, pair: ManyToMany) -> Entry:
    return {
        "SchemaName": pair.name,
        "RelationshipType": "ManyToManyRelationship",
        "IntersectEntityName": pair.intersect_table,
        "Entity1LogicalName": pair.first_table,
        "Entity1IntersectAttribute": pair.first_column,
        "Entity1NavigationPropertyName": pair.name,
        "Entity2LogicalName": pair.second_table,
        "Entity2IntersectAttribute": pair.second_column,
        "Entity2NavigationPropertyName": pair.name,
        "MetadataId": _metadata_id(call, f"relationship:{pair.name}"),
    }


def _metadata_id(call: Call, name: str) -> str:
    return str(uuid5(UUID(call.world.organization_id), f"metadata:{name}"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A metadata type. `hidden` are properties that its heirs add, which want a cast to the heir.

    `typed`: entries name their own type, as they may be of several.
    """

    name: str
    hidden: frozenset[str] = frozenset()
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A navigation property of a table: the type that its entries are declared with, and the entries."""

    kind: Kind
    entries: Callable[[Call, Table], Iterator[Entry]]


TABLE: Final = Kind("EntityMetadata")
_ATTRIBUTE: Final = Kind(
    "AttributeMetadata", hidden=frozenset({"MaxLength", "MinValue", "MaxValue", "Targets"}), typed=True
)
_ONE_TO_MANY: Final = Kind("OneToManyRelationshipMetadata")

COLLECTIONS: Final[Mapping[str, Collection]] = {
    "Attributes": Collection(_ATTRIBUTE, _attributes),
    "ManyToOneRelationships": Collection(_ONE_TO_MANY, _many_to_one),
    "OneToManyRelationships": Collection(_ONE_TO_MANY, _one_to_many),
    "ManyToManyRelationships": Collection(Kind("ManyToManyRelationshipMetadata"), _many_to_many),
}
