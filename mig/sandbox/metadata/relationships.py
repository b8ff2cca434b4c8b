"""Relationships as the service describes them, of one table or of all.

The properties are those of OneToManyRelationshipMetadata and ManyToManyRelationshipMetadata in the Web API
reference.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from mig.model.tables import ManyToMany, Relationship, Table
from mig.sandbox.metadata import kinds
from mig.sandbox.metadata.items import Item, Items, item, metadata_id
from mig.sandbox.world import World

_KEY: Final = "SchemaName"
_UNTOLD: Final = ("Assign", "Merge", "Reparent", "Share", "Unshare")


def many_to_one(world: World, table: Table) -> Items:
    """The relationships of a table's lookups."""
    found = (one for one in _served(world) if one.referencing_table == table.name)
    return Items(kinds.ONE_TO_MANY, _ones(world, found), _KEY)


def one_to_many(world: World, table: Table) -> Items:
    """The relationships of lookups that point at a table."""
    found = (one for one in _served(world) if one.referenced_table == table.name)
    return Items(kinds.ONE_TO_MANY, _ones(world, found), _KEY)


def many_to_many(world: World, table: Table) -> Items:
    """The many-to-many relationships with a table at either end."""
    found = (pair for pair in world.schema.many_to_many.values() if table.name in pair.ends)
    return Items(kinds.MANY_TO_MANY, _pairs(world, found), _KEY)


def all_relationships(world: World) -> Items:
    """Every relationship of both kinds."""
    members = {**_ones(world, _served(world)), **_pairs(world, world.schema.many_to_many.values())}
    return Items(kinds.RELATIONSHIP, members, _KEY)


def _ones(world: World, found: Iterable[Relationship]) -> Mapping[str, Callable[[], Item]]:
    return {one.name: partial(_one, world, one) for one in found}


def _pairs(world: World, found: Iterable[ManyToMany]) -> Mapping[str, Callable[[], Item]]:
    return {pair.name: partial(_pair, world, pair) for pair in found}


def _served(world: World) -> Iterator[Relationship]:
    """Bundled relationships may lead to tables that no world has."""
    schema = world.schema
    return (one for one in schema.relationships.values() if schema.tables.keys() >= set(one.ends))


def _one(world: World, one: Relationship) -> Item:
    schema = world.schema
    column = schema[one.referencing_table].columns[one.referencing_column]
    entry = {
        "MetadataId": metadata_id(world, f"relationship:{one.name}"),
        "SchemaName": one.name,
        "RelationshipType": "OneToManyRelationship",
        "IsCustomRelationship": "_" in one.referencing_column,
        "ReferencedEntity": one.referenced_table,
        "ReferencedAttribute": schema[one.referenced_table].primary_id,
        "ReferencedEntityNavigationPropertyName": one.name,
        "ReferencingEntity": one.referencing_table,
        "ReferencingAttribute": one.referencing_column,
        "ReferencingEntityNavigationPropertyName": column.nav.get(one.referenced_table, column.name),
        # What goes on when the row goes is what the sandbox does; the rest no public source tells.
        "CascadeConfiguration": {
            **dict.fromkeys(_UNTOLD, "NoCascade"),
            "Delete": one.on_delete or "RemoveLink",
        },
    }
    return item(kinds.ONE_TO_MANY, entry)


def _pair(world: World, pair: ManyToMany) -> Item:
    entry = {
        "MetadataId": metadata_id(world, f"relationship:{pair.name}"),
        "SchemaName": pair.name,
        "RelationshipType": "ManyToManyRelationship",
        "IsCustomRelationship": "_" in pair.intersect_table,
        "IntersectEntityName": pair.intersect_table,
        "Entity1LogicalName": pair.first_table,
        "Entity1IntersectAttribute": pair.first_column,
        "Entity1NavigationPropertyName": pair.name,
        "Entity2LogicalName": pair.second_table,
        "Entity2IntersectAttribute": pair.second_column,
        "Entity2NavigationPropertyName": pair.name,
    }
    return item(kinds.MANY_TO_MANY, entry)
