"""Table metadata: what a Dataverse organisation's tables, columns and relationships are called and may hold.

The bundled tables are data (`mig/model/tables/*.json`, the format of `--schema` files): a table more is a
matter of adding rows there. An organisation's own metadata replaces or extends them.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    `nav` maps a lookup's target table to the navigation property that writes it; `behavior` is a date's,
    UserLocal where nothing is told. `computed` says how a value comes about that no row holds: calculated,
    rollup, formula or virtual; empty for other columns.
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
    computed: str = ""
    required: str | None = None
    default: float | str | bool | None = None
    date_only: bool = False
    behavior: str | None = None

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

    @property
    def ends(self) -> tuple[str, str]:
        """The two tables that are joined."""
        return self.referencing_table, self.referenced_table

    @property
    def outbound_name(self) -> str:
        """The name outbound queries use (reference/segment-queries.md A.3)."""
        return f"{self.referencing_table}_{self.referenced_table}_{self.referencing_column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyToMany:
    """A many-to-many relationship, by its schema name: each row of `intersect_table` links two rows."""

    name: str
    intersect_table: str
    first_table: str
    first_column: str
    second_table: str
    second_column: str

    @property
    def ends(self) -> tuple[str, str]:
        """The two tables that are joined."""
        return self.first_table, self.second_table


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table, by its logical name. `keys` are its alternate keys: columns by the key's name.

    `tracks_changes`: whether services can ask what changed since they last read it.
    """

    name: str
    schema_name: str
    entity_set: str
    primary_id: str
    primary_name: str | None
    columns: Mapping[str, Column]
    ownership: str = "user"
    status_moves: Mapping[int, tuple[int, ...]] | None = None
    known_whole: bool = True
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tracks_changes: bool = True

    @cached_property
    def by_read_name(self) -> Mapping[str, Column]:
        """Columns by the name the Web API reads them under."""
        return {column.read_name: column for column in self.columns.values()}


@dataclass(frozen=True)
class Schema:
    """All tables of an organisation, with the relationships between them."""

    tables: Mapping[str, Table]
    relationships: Mapping[str, Relationship]
    many_to_many: Mapping[str, ManyToMany] = field(default_factory=dict)

    @cached_property
    def by_set(self) -> Mapping[str, Table]:
        """Tables by entity set name, which is not always the plural of the logical name."""
        return {table.entity_set: table for table in self.tables.values()}

    @cached_property
    def called(self) -> Mapping[str, tuple[Relationship | ManyToMany, ...]]:
        """All relationships by the names queries use, in lower case.

        Real-time queries use the schema name, outbound queries `<referencing>_<referenced>_<column>`
        (segment-queries.md A.3); of many-to-many ones only the schema name is known. Names of tables and
        columns contain underscores, so one outbound name may fit several.
        """
        found: dict[str, list[Relationship | ManyToMany]] = {}
        for one in self.relationships.values():
            for name in {one.name.lower(), one.outbound_name}:
                found.setdefault(name, []).append(one)
        for other in self.many_to_many.values():
            found.setdefault(other.name.lower(), []).append(other)
        return {name: tuple(several) for name, several in found.items()}

    @cached_property
    def looked_up(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """By table and column, the tables whose ids the column holds: of lookups and primary ids."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for one in self.relationships.values():
            key = one.referencing_table, one.referencing_column
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), one.referenced_table)))
        for table in self:
            stated = {column.name: column.targets for column in table.columns.values() if column.targets}
            found |= {(table.name, name): targets for name, targets in stated.items()}
            found[table.name, table.primary_id] = (table.name,)
        return found

    @cached_property
    def collections(self) -> Mapping[str, Mapping[str, Relationship | ManyToMany]]:
        """By table, the navigation properties that lead to many rows; each is named as its relationship."""
        found: dict[str, dict[str, Relationship | ManyToMany]] = {name: {} for name in self.tables}
        for one in self.relationships.values():
            if {one.referencing_table, one.referenced_table} <= self.tables.keys():
                found[one.referenced_table][one.name] = one
        for other in self.many_to_many.values():
            for table in {other.first_table, other.second_table} & self.tables.keys():
                found[table][other.name] = other
        return found

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

    def get(self, name: str) -> Table | None:
        """The table of that logical name; names compare in lower case, as the service stores them."""
        return self.tables.get(name.lower())

    def joined(self, other: Self) -> Self:
        """Everything of both; what both have is as in `other`."""
        return replace(
            self,
            tables={**self.tables, **other.tables},
            relationships={**self.relationships, **other.relationships},
            many_to_many={**self.many_to_many, **other.many_to_many},
        )

    def only(self, names: Collection[str]) -> Self:
        """Some of the tables, with all relationships that one of them has, to whatever table."""
        tables = {name: table for name, table in self.tables.items() if name in names}
        return replace(
            self,
            tables=tables,
            relationships={
                key: one for key, one in self.relationships.items() if not tables.keys().isdisjoint(one.ends)
            },
            many_to_many={
                key: one for key, one in self.many_to_many.items() if not tables.keys().isdisjoint(one.ends)
            },
        )

    def with_columns(
        self, added: Mapping[str, Sequence[Column]], relationships: Iterable[Relationship] = ()
    ) -> Self:
        """This schema with an organisation's own columns and the relationships that its lookups make.

        A column that was there is replaced, its relationships too; `KeyError` names an unknown table.
        """
        tables = dict(self.tables)
        for name, columns in added.items():
            own = {column.name: column for column in columns}
            tables[name] = replace(tables[name], columns={**tables[name].columns, **own})
        replaced = {(name, column.name) for name, columns in added.items() for column in columns}
        kept = {
            name: one
            for name, one in self.relationships.items()
            if (one.referencing_table, one.referencing_column) not in replaced
        }
        return replace(self, tables=tables, relationships=kept | {one.name: one for one in relationships})

    def with_keys(self, added: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Self:
        """This schema with an organisation's own alternate keys; `KeyError` names an unknown table."""
        tables = {
            name: replace(self.tables[name], keys={**self.tables[name].keys, **keys})
            for name, keys in added.items()
        }
        return replace(self, tables={**self.tables, **tables})


class SchemaFileError(ValueError):
    """Table metadata that does not have the format; the message says where."""


def read_schema(document: Mapping[str, Any]) -> Schema:
    """Build a schema from a document in the `--schema` format; `SchemaFileError` says what is wrong."""
    if not isinstance(document, Mapping) or not isinstance(document.get("tables"), Mapping):
        raise SchemaFileError("no `tables:` mapping at the top")
    tables: dict[str, Table] = {}
    relationships: dict[str, Relationship] = {}
    many_to_many: dict[str, ManyToMany] = {}
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
            for relationship, ends in (body.get("many_to_many") or {}).items():
                many_to_many[relationship] = ManyToMany(
                    name=relationship,
                    intersect_table=ends["intersect_table"],
                    first_table=name,
                    first_column=ends["column"],
                    second_table=ends["other_table"],
                    second_column=ends["other_column"],
                )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise SchemaFileError(f"table {name}: {error!r}") from error
    return Schema(tables, relationships, many_to_many)


@cache
def bundled_schema() -> Schema:
    """The tables that `mig` knows without asking: `mig/model/tables/*.json`."""
    tables: dict[str, Table] = {}
    relationships: dict[str, Relationship] = {}
    many_to_many: dict[str, ManyToMany] = {}
    for path in sorted((Path(__file__).parent / "tables").glob("*.json")):
        schema = read_schema(json.loads(path.read_text(encoding="utf-8")))
        tables.update(schema.tables)
        relationships.update(schema.relationships)
        many_to_many.update(schema.many_to_many)
    return Schema(tables, relationships, many_to_many)


def known_table(schema: Schema, name: str) -> Table | None:
    """As the organisation describes it, where it was asked for it, else as it comes with us."""
    return schema.get(name) or bundled_schema().get(name)


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
        keys={key: tuple(of) for key, of in (body.get("keys") or {}).items()},
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
        computed=_computed(body.get("computed")),
        required=body.get("required"),
        default=body.get("default"),
        date_only=body.get("format") == "DateOnly",
        behavior=body.get("behavior"),
    )


def _computed(said: bool | str | None) -> str:
    """By what a column is computed; one that only says that it is counts as calculated."""
    return said if isinstance(said, str) else "calculated" if said else ""
