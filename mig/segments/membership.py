"""Who the members of a segment are, computed from its query.

The columns that the queries name are read by pages into a temporary database, and the compiled queries run
there: the same for a sandbox and a live environment, with or without the outbound services.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.model.tables import Column, ColumnType, Table
from mig.query.analysis import analyse
from mig.query.evaluate import Selection, compile_query, register
from mig.query.needed import needed_columns
from mig.query.tree import Query
from mig.segments.read import SegmentRows


@dataclass(frozen=True, slots=True)
class Membership:
    """Rows read for some queries, ready to be asked."""

    connection: sqlite3.Connection
    rows: SegmentRows
    now: datetime

    def members(self, source_id: str) -> frozenset[str]:
        """The ids of an outbound segment's members. Raises `NotEvaluated` for what cannot be computed."""
        selection = self._selection(source_id)
        if selection is None:
            return frozenset()
        return frozenset(row[0] for row in self.connection.execute(selection.sql, selection.parameters))

    def _selection(self, source_id: str) -> Selection | None:
        reading = self.rows.readings.get(source_id)
        if reading is None or reading.query is None:
            return None
        return compile_query(reading.query, self.rows.schema, members=self._named, now=self.now)

    def _named(self, name: str) -> Selection | None:
        source = self.rows.by_query_name.get(name.lower())
        return self._selection(source.id) if source else None


@contextmanager
def temporary_database() -> Iterator[sqlite3.Connection]:
    """A database of its own that is gone afterwards: it holds columns of persons' rows."""
    connection = sqlite3.connect("")
    try:
        register(connection)
        yield connection
    finally:
        connection.close()


async def load(
    client: Client, connection: sqlite3.Connection, rows: SegmentRows, source_ids: Collection[str]
) -> None:
    """Read what the queries of these sources need, each table once."""
    for table, columns in sorted(_needed(rows, source_ids).items()):
        if (known := rows.schema.get(table)) is not None:
            await _load_table(client, connection, known, columns)


def _needed(rows: SegmentRows, source_ids: Collection[str]) -> Mapping[str, set[str]]:
    needed: dict[str, set[str]] = {}
    for query in _queries(rows, source_ids):
        for table, columns in needed_columns(query, rows.schema).items():
            needed.setdefault(table, set()).update(columns)
    return needed


def _queries(rows: SegmentRows, source_ids: Iterable[str]) -> Iterator[Query]:
    """The queries of these sources and of all they refer to."""
    waiting, seen = list(source_ids), set[str]()
    while waiting:
        source_id = waiting.pop()
        reading = rows.readings.get(source_id)
        if source_id in seen or reading is None or reading.query is None:
            continue
        seen.add(source_id)
        yield reading.query
        for name in analyse(reading.query, rows.schema).references:
            source = rows.by_query_name.get(name.lower())
            waiting += [source.id] if source else []


async def _load_table(
    client: Client, connection: sqlite3.Connection, table: Table, names: Collection[str]
) -> None:
    wanted = [table.primary_id, *sorted(set(names) - {table.primary_id})]
    columns = [table.columns[name] for name in wanted if name in table.columns]
    listed = ", ".join(f'"{column.name}"' for column in columns)
    connection.execute(f'CREATE TABLE "{table.name}" ({listed})')
    insert = f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(columns))})'
    path = odata.query(table.entity_set, select=[column.read_name for column in columns])
    async for row in client.rows(path):
        connection.execute(insert, [_stored(row.get(column.read_name), column) for column in columns])


def _stored(value: object, column: Column) -> object:
    """Ids compare in lower case."""
    if isinstance(value, str) and (column.is_lookup or column.type is ColumnType.UNIQUEIDENTIFIER):
        return value.lower()
    return value
