"""How one Dataverse table lies in SQLite: one SQL table of the same name, one SQL column a column.

A lookup that may point at several tables has a second column, `<column>@type`, which names the table.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mig.model.tables import CHOICES, FRACTIONS, TEXTS, WHOLE_NUMBERS, Column, ColumnType, Schema, Table

INTEGERS: Final = WHOLE_NUMBERS | CHOICES | {ColumnType.BOOLEAN}
# Lookups that every table has; nothing walks them, so an index would only cost.
_UNWALKED: Final = frozenset(
    {
        "createdby",
        "modifiedby",
        "createdonbehalfby",
        "modifiedonbehalfby",
        "ownerid",
        "owninguser",
        "owningteam",
    }
    | {"owningbusinessunit", "transactioncurrencyid", "slaid", "slainvokedid", "organizationid"}
)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def holds_id(column: Column) -> bool:
    """Whether the column holds the id of a row."""
    return column.is_lookup or column.type is ColumnType.UNIQUEIDENTIFIER


def type_column(column: Column) -> str | None:
    """The SQL column that names a lookup's table, where it may point at several."""
    return f"{column.name}@type" if len(column.targets) > 1 else None


@dataclass(frozen=True, slots=True)
class Layout:
    """What reading and writing rows of one table needs again and again, worked out once.

    `stored` lists the SQL columns; `links` maps a navigation property to its column and the tables it may
    bind; names are case-sensitive. `required` are the columns that no row may lack.
    """

    table: Table
    stored: tuple[str, ...]
    insert_sql: str
    links: Mapping[str, tuple[Column, tuple[str, ...]]] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The table's logical name."""
        return self.table.name

    def insert(self, connection: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows in stored form; `sqlite3.IntegrityError` when an id is taken."""
        stored = self.stored
        connection.executemany(self.insert_sql, ([row.get(name) for name in stored] for row in rows))


def insert_sql(table: str, columns: Collection[str]) -> str:
    """The statement that adds a row with these SQL columns, values in their order."""
    names, places = ", ".join(map(quoted, columns)), ", ".join("?" * len(columns))
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({places})"


def layout_of(table: Table) -> Layout:
    """Work out a table's layout."""
    stored = tuple(name for name, _ in _definitions(table))
    return Layout(
        table=table,
        stored=stored,
        insert_sql=insert_sql(table.name, stored),
        links=_links(table),
        required=tuple(name for name, column in table.columns.items() if column.required == "system"),
    )


class Layouts(Mapping[str, Layout]):
    """The layouts of all tables by name, each worked out when it is first asked for: requests name few."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: dict[str, Layout] = {}

    def __getitem__(self, name: str) -> Layout:
        if (layout := self._known.get(name)) is None:
            layout = self._known[name] = layout_of(self._schema[name])
        return layout

    def __iter__(self) -> Iterator[str]:
        return iter(self._schema.tables)

    def __len__(self) -> int:
        return len(self._schema.tables)


def create_tables(connection: sqlite3.Connection, schema: Schema) -> None:
    """Make every table of the schema."""
    for table in schema:
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in _definitions(table))
        connection.execute(f"CREATE TABLE {quoted(table.name)} ({columns})")


def create_indexes(connection: sqlite3.Connection, schema: Schema) -> None:
    """Make an index on each key and on each lookup that queries walk."""
    for table in schema:
        for column in table.columns.values():
            if column.is_lookup and column.name not in _UNWALKED:
                _create_index(connection, table, column.name, quoted(column.name))
        for name, key in table.keys.items():
            columns = ", ".join(key_part(table.columns[part]) for part in key)
            _create_index(connection, table, name, columns, unique=True)
    for pair in schema.many_to_many.values():
        table = schema[pair.intersect_table]
        for name in (pair.first_column, pair.second_column):
            if not table.columns[name].is_lookup:
                _create_index(connection, table, name, quoted(name))


def _create_index(
    connection: sqlite3.Connection, table: Table, name: str, columns: str, *, unique: bool = False
) -> None:
    kind = "UNIQUE INDEX" if unique else "INDEX"
    index = quoted(f"{table.name}.{name}")
    connection.execute(f"CREATE {kind} {index} ON {quoted(table.name)} ({columns})")


def key_part(column: Column) -> str:
    """A column of an alternate key as SQL compares it: text without regard to the case of ASCII letters."""
    return quoted(column.name) + (" COLLATE NOCASE" if column.type in TEXTS else "")


def _definitions(table: Table) -> Iterable[tuple[str, str]]:
    """SQL columns with their declarations. Every row has a version, also where the metadata shows none."""
    for column in table.columns.values():
        key = " PRIMARY KEY NOT NULL" if column.name == table.primary_id else ""
        yield column.name, _affinity(column) + key
        if (kind := type_column(column)) is not None:
            yield kind, "TEXT"
    if "versionnumber" not in table.columns:
        yield "versionnumber", "INTEGER"


def _affinity(column: Column) -> str:
    if column.type in INTEGERS:
        return "INTEGER"
    if column.type in FRACTIONS:
        return "REAL"
    return "TEXT"


def _links(table: Table) -> dict[str, tuple[Column, tuple[str, ...]]]:
    links: dict[str, tuple[Column, tuple[str, ...]]] = {}
    for column in table.columns.values():
        for target, nav in column.nav.items():
            known = links.get(nav, (column, ()))[1]
            links[nav] = (column, (*known, target))
    return links
