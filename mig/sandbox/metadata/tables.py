"""Tables as the service describes them, with what they lead to."""

from functools import partial
from typing import Final

from mig.model.tables import Table
from mig.sandbox.metadata import kinds
from mig.sandbox.metadata.attributes import attributes
from mig.sandbox.metadata.items import Entry, Item, Items, item, label, metadata_id
from mig.sandbox.metadata.relationships import many_to_many, many_to_one, one_to_many
from mig.sandbox.world import World

_OWNERSHIP: Final = {
    "user": "UserOwned",
    "organization": "OrganizationOwned",
    "businessunit": "BusinessOwned",
}


def all_tables(world: World) -> Items:
    """Every table of the organisation."""
    intersections = {pair.intersect_table for pair in world.schema.many_to_many.values()}
    members = {
        table.name: partial(_table, world, table, intersect=table.name in intersections)
        for table in world.schema
    }
    return Items(kinds.TABLE, members, "LogicalName")


def _table(world: World, table: Table, *, intersect: bool) -> Item:
    virtual = table.ownership == "virtual"
    entry: Entry = {
        "MetadataId": metadata_id(world, table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.entity_set,
        "LogicalCollectionName": table.entity_set,
        "CollectionSchemaName": table.entity_set,
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "DisplayName": label(table.schema_name),
        "DisplayCollectionName": label(table.entity_set),
        "Description": label(None),
        "OwnershipType": _OWNERSHIP.get(table.ownership, "None"),
        "IsCustomEntity": "_" in table.name,
        "IsPrivate": False,
        "IsIntersect": intersect,
        "IsActivity": False,
        "TableType": "Virtual" if virtual else "Standard",
        "IsOptimisticConcurrencyEnabled": table.name not in world.switches.unguarded,
        "ChangeTrackingEnabled": not virtual and table.name not in world.switches.untracked,
    }
    return item(
        kinds.TABLE,
        entry,
        Attributes=lambda: attributes(world, table),
        Keys=lambda: _keys(world, table),
        ManyToOneRelationships=lambda: many_to_one(world, table),
        OneToManyRelationships=lambda: one_to_many(world, table),
        ManyToManyRelationships=lambda: many_to_many(world, table),
    )


def _keys(world: World, table: Table) -> Items:
    """Alternate keys; in a world their indexes are always built."""
    members = {name.lower(): partial(_alternate, world, table, name) for name in table.keys}
    return Items(kinds.KEY, members, "LogicalName")


def _alternate(world: World, table: Table, name: str) -> Item:
    entry: Entry = {
        "MetadataId": metadata_id(world, f"key:{table.name}.{name}"),
        "LogicalName": name.lower(),
        "SchemaName": name,
        "EntityLogicalName": table.name,
        "DisplayName": label(name),
        "KeyAttributes": list(table.keys[name]),
        "EntityKeyIndexStatus": "Active",
    }
    return item(kinds.KEY, entry)
