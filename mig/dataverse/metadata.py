"""What an organisation says of itself: version and limits, and what its tables look like."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Request, limits_told
from mig.model.tables import Column, ColumnType, ManyToMany, Relationship, Schema, Table

_SOURCES: Final = {1: "calculated", 2: "rollup", 3: "formula"}  # SourceType

_TABLE: Final = (
    "LogicalName",
    "SchemaName",
    "EntitySetName",
    "PrimaryIdAttribute",
    "PrimaryNameAttribute",
    "ChangeTrackingEnabled",
)
_ATTRIBUTE: Final = ("LogicalName", "AttributeType", "AttributeTypeName", "SourceType", "IsValidForRead")
_ONE: Final = ("SchemaName", "ReferencingEntity", "ReferencingAttribute", "ReferencedEntity")
_MANY: Final = (
    "SchemaName",
    "IntersectEntityName",
    "Entity1LogicalName",
    "Entity1IntersectAttribute",
    "Entity2LogicalName",
    "Entity2IntersectAttribute",
)
_EXPAND: Final[Mapping[str, Sequence[str]]] = {
    "Attributes": _ATTRIBUTE,
    "ManyToOneRelationships": _ONE,
    "OneToManyRelationships": _ONE,
    "ManyToManyRelationships": _MANY,
}


@dataclass(frozen=True, slots=True)
class Server:
    """The organisation's version, and what the server that answered says is left of its limits."""

    version: str
    limits: str


async def read_server(client: Client) -> Server:
    """Sources: reference/dataverse-web-api.md 10, 2.2."""
    answer = await client.send(Request("GET", "RetrieveVersion()"))
    found = answer.body.get("Version") if isinstance(answer.body, dict) else None
    if not isinstance(found, str):
        raise BadAnswer("RetrieveVersion was answered without a Version")
    return Server(found, limits_told(answer.headers))


async def read_tables(client: Client, names: Collection[str], known: Schema) -> Schema:
    """The organisation's own tables of those names, in one request; what it lacks is not in the result.

    With them come all their relationships, with whatever table. `known` supplies what the answer does not
    say: options, lengths, lookup targets, and the relationships of a table that came without a list of them.
    Source: reference/dataverse-web-api.md 10.
    """
    if not names:
        return Schema({}, {})
    path = odata.query(
        "EntityDefinitions",
        select=_TABLE,
        where=" or ".join(f"LogicalName eq {odata.literal(name)}" for name in sorted(names)),
        expand=",".join(f"{name}($select={','.join(select)})" for name, select in _EXPAND.items()),
    )
    body = await client.get(path)
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise BadAnswer("EntityDefinitions was answered without tables")
    try:
        return _schema(body["value"], known)
    except (AttributeError, KeyError, TypeError) as error:
        raise BadAnswer("EntityDefinitions was answered with tables in an unknown form") from error


def _schema(entities: Sequence[Mapping[str, Any]], known: Schema) -> Schema:
    tables = {entity["LogicalName"]: _table(entity, known) for entity in entities}
    silent = {entity["LogicalName"] for entity in entities if not _tells_relationships(entity)}
    told = tables.keys() - silent

    def only_known(one: Relationship | ManyToMany) -> bool:
        return not silent.isdisjoint(one.ends) and told.isdisjoint(one.ends)

    own = {one.name: one for entity in entities for one in _relationships(entity)}
    pairs = {pair.name: pair for entity in entities for pair in _many_to_many(entity)}
    return Schema(
        tables,
        {name: one for name, one in known.relationships.items() if only_known(one)} | own,
        {name: pair for name, pair in known.many_to_many.items() if only_known(pair)} | pairs,
    )


def _tells_relationships(entity: Mapping[str, Any]) -> bool:
    return all(entity.get(name) is not None for name in _EXPAND if name != "Attributes")


def _relationships(entity: Mapping[str, Any]) -> Iterator[Relationship]:
    for one in (*_listed(entity, "ManyToOneRelationships"), *_listed(entity, "OneToManyRelationships")):
        yield Relationship(
            name=one["SchemaName"],
            referencing_table=one["ReferencingEntity"],
            referencing_column=one["ReferencingAttribute"],
            referenced_table=one["ReferencedEntity"],
        )


def _many_to_many(entity: Mapping[str, Any]) -> Iterator[ManyToMany]:
    for pair in _listed(entity, "ManyToManyRelationships"):
        yield ManyToMany(
            name=pair["SchemaName"],
            intersect_table=pair["IntersectEntityName"],
            first_table=pair["Entity1LogicalName"],
            first_column=pair["Entity1IntersectAttribute"],
            second_table=pair["Entity2LogicalName"],
            second_column=pair["Entity2IntersectAttribute"],
        )


def _listed(entity: Mapping[str, Any], name: str) -> Iterable[Mapping[str, str]]:
    """The relationships of one list; one without all its names leads nowhere, so that none can follow it."""
    return (
        one for one in entity.get(name) or () if all(isinstance(one.get(key), str) for key in _EXPAND[name])
    )


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
        tracks_changes=entity.get("ChangeTrackingEnabled") is not False,
    )


def _column(attribute: Mapping[str, Any], bundled: Table | None) -> Column | None:
    name = attribute["LogicalName"]
    known = bundled.columns.get(name) if bundled else None
    computed = _SOURCES.get(attribute.get("SourceType") or 0, "")
    if known is not None:
        return replace(known, computed=computed)
    kind = _kind(attribute)
    if kind == "Virtual":
        return Column(name=name, type=ColumnType.STRING, computed="virtual")
    try:
        return Column(name=name, type=ColumnType(kind), computed=computed)
    except ValueError:
        return None  # EntityName and the like: no query can name them


def _kind(attribute: Mapping[str, Any]) -> str:
    """The type by its newer name, which tells virtual columns from kinds that came after the enumeration."""
    named = (attribute.get("AttributeTypeName") or {}).get("Value")
    return str(named).removesuffix("Type") if named else str(attribute.get("AttributeType"))
