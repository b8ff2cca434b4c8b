"""What an organisation says of itself: who is asking, and what its tables look like."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer
from mig.model.tables import Column, ColumnType, Schema, Table

_COMPUTED: Final = frozenset({1, 2, 3})  # SourceType: calculated, rollup, formula


async def organization_id(client: Client) -> str:
    """The organisation's id, from WhoAmI: the first request, which also proves the sign-in."""
    body = await client.get("WhoAmI")
    found = body.get("OrganizationId") if isinstance(body, dict) else None
    if not isinstance(found, str):
        raise BadAnswer("WhoAmI was answered without an OrganizationId")
    return found.lower()


async def read_tables(client: Client, names: Collection[str], known: Schema) -> Schema:
    """The organisation's own tables of those names, in one request; what it lacks is not in the result.

    `known` supplies what the plain attribute list leaves out: options, lookup targets, relationships.
    """
    if not names:
        return Schema({}, {})
    path = odata.query(
        "EntityDefinitions",
        select=("LogicalName", "SchemaName", "EntitySetName", "PrimaryIdAttribute", "PrimaryNameAttribute"),
        where=" or ".join(f"LogicalName eq {odata.literal(name)}" for name in sorted(names)),
        expand="Attributes($select=LogicalName,AttributeType,SourceType,IsValidForRead)",
    )
    body = await client.get(path)
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise BadAnswer("EntityDefinitions was answered without tables")
    try:
        tables = {entity["LogicalName"]: _table(entity, known) for entity in body["value"]}
    except (AttributeError, KeyError, TypeError) as error:
        raise BadAnswer("EntityDefinitions was answered with tables in an unknown form") from error
    pairs = {
        name: pair
        for name, pair in known.many_to_many.items()
        if {pair.first_table, pair.second_table} <= tables.keys()
    }
    return Schema(tables, _between(tables, known), pairs)


def _table(entity: Mapping[str, Any], known: Schema) -> Table:
    name = entity["LogicalName"]
    bundled = known.get(name)
    columns = {
        column.name: column
        for attribute in entity.get("Attributes") or ()
        if (column := _column(attribute, bundled)) is not None
    }
    return Table(
        name=name,
        schema_name=entity.get("SchemaName") or name,
        entity_set=entity["EntitySetName"],
        primary_id=entity["PrimaryIdAttribute"],
        primary_name=entity.get("PrimaryNameAttribute"),
        columns=columns,
    )


def _column(attribute: Mapping[str, Any], bundled: Table | None) -> Column | None:
    name = attribute["LogicalName"]
    known = bundled.columns.get(name) if bundled else None
    if known is not None:
        return replace(known, computed=attribute.get("SourceType") in _COMPUTED)
    try:
        kind = ColumnType(str(attribute.get("AttributeType")))
    except ValueError:
        return None  # Virtual, EntityName and the like: no query can name them
    return Column(name=name, type=kind, computed=attribute.get("SourceType") in _COMPUTED)


def _between(tables: Iterable[str], known: Schema) -> dict[str, Any]:
    names = set(tables)
    return {
        name: relationship
        for name, relationship in known.relationships.items()
        if {relationship.referencing_table, relationship.referenced_table} <= names
    }
