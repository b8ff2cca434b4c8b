"""Table metadata: what a Dataverse organisation's tables, columns and relationships are called and may hold.

The bundled tables are data (`mig/model/tables/*.json`, the format of `--schema` files): a table more is a
matter of adding rows there. An organisation's own metadata replaces or extends them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, Self


class ColumnType(StrEnum):
    """Column types, spelled as Dataverse's AttributeType spells them."""

    BIG_INT = "BigInt"
    BOOLEAN = "Boolean"
    CUSTOMER = "Customer"
    DATE_TIME = "DateTime"
    DECIMAL = "Decimal"
    DOUBLE = "Double"
    IMAGE = "Image"
    INTEGER = "Integer"
    LOOKUP = "Lookup"
    MEMO = "Memo"
    MONEY = "Money"
    MULTI_SELECT = "MultiSelectPicklist"
    OWNER = "Owner"
    PICKLIST = "Picklist"
    STATE = "State"
    STATUS = "Status"
    STRING = "String"
    UNIQUEIDENTIFIER = "Uniqueidentifier"


LOOKUPS: Final = frozenset({ColumnType.LOOKUP, ColumnType.CUSTOMER, ColumnType.OWNER})
CHOICES: Final = frozenset({ColumnType.PICKLIST, ColumnType.STATE, ColumnType.STATUS})
TEXTS: Final = frozenset({ColumnType.STRING, ColumnType.MEMO})
WHOLE_NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.BIG_INT})
FRACTIONS: Final = frozenset({ColumnType.DECIMAL, ColumnType.DOUBLE, ColumnType.MONEY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, by its logical name.

    `options` maps a choice's number to its English label; `state_of` maps a status to its state's number;
    `nav` maps a lookup's target table to the navigation property that writes it.
    """

    name: str
    type: ColumnType
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: Mapping[int, str] = field(default_factory=dict)
    state_of: Mapping[int, int] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    nav: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    computed: bool = False
    required: str | None = None
    default: int | str | bool | None = None
    date_only: bool = False

    @property
    def is_lookup(self) -> bool:
        """Whether the column holds the id of a row of another table."""
        return self.type in LOOKUPS

    @property
    def read_name(self) -> str:
        """The name the Web API reads the column under: lookups are `_<name>_value`."""
        return f"_{self.name}_value" if self.is_lookup else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """A one-to-many relationship, by its schema name; `referencing` is the side that holds the lookup."""

    name: str
    referencing_table: str
    referencing_column: str
    referenced_table: str
    on_delete: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table, by its logical name."""

    name: str
    schema_name: str
    entity_set: str
    primary_id: str
    primary_name: str | None
    columns: Mapping[str, Column]
    ownership: str = "user"
    status_moves: Mapping[int, tuple[int, ...]] | None = None
    known_whole: bool = True

    @cached_property
    def by_read_name(self) -> Mapping[str, Column]:
        """Columns by the name the Web API reads them under."""
        return {column.read_name: column for column in self.columns.values()}

    @cached_property
    def by_nav(self) -> Mapping[str, tuple[Column, str]]:
        """Lookup columns and target tables by navigation property; names are case-sensitive."""
        return {
            nav: (column, target) for column in self.columns.values() for target, nav in column.nav.items()
        }


@dataclass(frozen=True)
class Schema:
    """All tables of an organisation, with the relationships between them."""

    tables: Mapping[str, Table]
    relationships: Mapping[str, Relationship]

    @cached_property
    def by_set(self) -> Mapping[str, Table]:
        """Tables by entity set name, which is not always the plural of the logical name."""
        return {table.entity_set: table for table in self.tables.values()}

    @cached_property
    def by_relation(self) -> Mapping[str, Relationship]:
        """Relationships by the names queries use, in lower case.

        Real-time queries use the schema name, outbound queries `<referencing>_<referenced>_<column>`
        (reference/segment-queries.md A.3).
        """
        named = {name.lower(): relationship for name, relationship in self.relationships.items()}
        outbound = {
            f"{r.referencing_table}_{r.referenced_table}_{r.referencing_column}": r
            for r in self.relationships.values()
        }
        return named | outbound

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

    def get(self, name: str) -> Table | None:
        """The table of that logical name; names compare in lower case, as the service stores them."""
        return self.tables.get(name.lower())

    def with_columns(self, added: Mapping[str, Iterable[Column]]) -> Self:
        """This schema with an organisation's own columns added; `KeyError` names an unknown table."""
        tables = dict(self.tables)
        for name, columns in added.items():
            table = tables[name]
            tables[name] = replace(
                table, columns={**table.columns, **{column.name: column for column in columns}}
            )
        return replace(self, tables=tables)


class SchemaFileError(ValueError):
    """Table metadata that does not have the format; the message says where."""


def read_schema(document: Mapping[str, Any]) -> Schema:
    """Build a schema from a document in the `--schema` format; `SchemaFileError` says what is wrong."""
    if not isinstance(document, Mapping) or not isinstance(document.get("tables"), Mapping):
        raise SchemaFileError("no `tables:` mapping at the top")
    tables: dict[str, Table] = {}
    relationships: dict[str, Relationship] = {}
    for name, body in document["tables"].items():
        try:
            tables[name] = _table(name, body)
            for relationship, ends in (body.get("one_to_many") or {}).items():
                relationships[relationship] = Relationship(
                    name=relationship,
                    referencing_table=ends["referencing_table"],
                    referencing_column=ends["referencing_column"],
                    referenced_table=name,
                    on_delete=ends.get("on_delete"),
                )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise SchemaFileError(f"table {name}: {error!r}") from error
    return Schema(tables, relationships)


@cache
def bundled_schema() -> Schema:
    """The tables that `mig` knows without asking: `mig/model/tables/*.json`."""
    tables: dict[str, Table] = {}
    relationships: dict[str, Relationship] = {}
    for path in sorted((Path(__file__).parent / "tables").glob("*.json")):
        schema = read_schema(json.loads(path.read_text(encoding="utf-8")))
        tables.update(schema.tables)
        relationships.update(schema.relationships)
    return Schema(tables, relationships)


def _table(name: str, body: Mapping[str, Any]) -> Table:
    columns = {key: read_column(key, value) for key, value in body["columns"].items()}
    moves = (body.get("rules") or {}).get("statuscode_transitions", {}).get("from_to")
    states = (
        {label: number for number, label in columns["statecode"].options.items()}
        if "statecode" in columns
        else {}
    )
    if "statuscode" in columns:
        of = body["columns"]["statuscode"].get("state_of") or {}
        columns["statuscode"] = replace(
            columns["statuscode"], state_of={int(status): states[label] for status, label in of.items()}
        )
    return Table(
        name=name,
        schema_name=body.get("schema_name", name),
        entity_set=body["entity_set"],
        primary_id=body["primary_id"],
        primary_name=body.get("primary_name"),
        columns=columns,
        ownership=body.get("ownership", "user"),
        status_moves={int(key): tuple(value) for key, value in moves.items()} if moves else None,
        known_whole=not body.get("partial", False),
    )


def read_column(name: str, body: Mapping[str, Any]) -> Column:
    """One column from its entry in a `--schema` or world file; raises `ValueError` on an unknown type."""
    target, nav = body.get("target") or (), body.get("nav") or {}
    targets = (target,) if isinstance(target, str) else tuple(target)
    return Column(
        name=name,
        type=ColumnType(body["type"]),
        max_length=body.get("max_length"),
        minimum=body.get("min"),
        maximum=body.get("max"),
        options={int(number): str(label) for number, label in (body.get("options") or {}).items()},
        targets=targets,
        nav=dict.fromkeys(targets, nav) if isinstance(nav, str) else dict(nav),
        read_only=bool(body.get("read_only")),
        computed=bool(body.get("computed")),
        required=body.get("required"),
        default=body.get("default"),
        date_only=body.get("format") == "DateOnly",
    )
