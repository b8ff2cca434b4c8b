"""Who the members of a segment are, computed from its query.

The columns that the queries name are read by pages into a temporary database, and the compiled queries run
there: the same for a sandbox and a live environment, with or without the outbound services. A segment that
others refer to is computed once, before them, into a table of its own.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError
from itertools import chain

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer
from mig.engine.graph import levels
from mig.model.tables import Column, ColumnType, Table, known_table
from mig.query.evaluate import NotEvaluated, Selection, compile_query, register
from mig.query.needed import needed_columns
from mig.query.tree import NOWHERE
from mig.segments.ids import Ids
from mig.segments.meanings import Meanings
from mig.segments.member_rows import MEMBER_COLUMNS
from mig.segments.service_lists import ids_in


@dataclass(frozen=True)
class Membership:
    """Rows read for some queries, ready to be asked. `kept` is what others refer to, by key."""

    connection: sqlite3.Connection
    meanings: Meanings
    now: datetime
    kept: dict[str, Selection] = field(default_factory=dict)

    def members(self, source_id: str) -> Ids:
        """The ids of a segment's members. Raises `NotEvaluated` for what cannot be computed."""
        if (listed := self._listed(source_id)) is not None:
            return listed
        for needed in self._references_first(source_id):
            self.kept[needed] = self._keep(needed)
        selection = self._selection(source_id)
        return ids_in(chain.from_iterable(self._run(selection.sql, selection)))

    def table(self, source_id: str) -> str | None:
        """The table whose rows the members are; ask for the members first."""
        return self._selection(source_id).table

    def _references_first(self, source_id: str) -> Sequence[str]:
        """What it refers to, itself or through others, and is not kept yet."""
        graph: dict[str, Sequence[str]] = {}
        waiting = [source_id]
        while waiting:
            found = waiting.pop()
            if found not in graph and found not in self.kept:
                graph[found] = self.meanings.references(found)
                waiting += graph[found]
        try:
            return [found for wave in levels(graph) for found in wave if found != source_id]
        except CycleError as error:
            raise NotEvaluated("segments that refer to each other in a circle", NOWHERE) from error

    def _keep(self, source_id: str) -> Selection:
        """Compute what others refer to into a table of its own."""
        table = f'"members of {source_id}"'
        if (listed := self._listed(source_id)) is not None:
            self._run(f"CREATE TABLE IF NOT EXISTS {table} (id PRIMARY KEY) WITHOUT ROWID")
            self.connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", zip(listed))
            return Selection(f"SELECT id FROM {table}", (), self.meanings.rows.members[source_id].table)
        try:
            selection = self._selection(source_id)
            self._run(f"CREATE TABLE IF NOT EXISTS {table} (id PRIMARY KEY) WITHOUT ROWID")
            self._run(f"INSERT OR IGNORE INTO {table} {selection.sql}", selection)
        except NotEvaluated as error:
            name = self.meanings.name(source_id)
            raise NotEvaluated(f"it refers to {name!r}: {error.message}", error.span) from error
        return Selection(f"SELECT id FROM {table}", (), selection.table)

    def _listed(self, source_id: str) -> Ids | None:
        """The ids of a static segment, where they are known."""
        found = self.meanings.rows.members.get(source_id)
        return found.ids or None if found else None

    def _selection(self, source_id: str) -> Selection:
        reading = self.meanings.reading(source_id)
        if reading is None:
            raise NotEvaluated("a static segment, or one without a query: nothing to compute", NOWHERE)
        if reading.query is None:
            raise NotEvaluated(f"the query cannot be read: {reading.error}", NOWHERE)
        schema = self.meanings.rows.schema
        return compile_query(reading.query, schema, members=self._named, now=self.now)

    def _named(self, name: str) -> Selection | None:
        key = self.meanings.key(name)
        return self.kept.get(key) if key else None

    def _run(self, statement: str, selection: Selection | None = None) -> sqlite3.Cursor:
        try:
            return self.connection.execute(statement, selection.parameters if selection else ())
        except (sqlite3.Error, OverflowError) as error:
            raise NotEvaluated(f"the query cannot be computed: {error}", NOWHERE) from error


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
    client: Client,
    connection: sqlite3.Connection,
    meanings: Meanings,
    source_ids: Collection[str],
    audiences: Collection[str] = (),
) -> None:
    """Read what the queries of these sources need, and the rows of these audiences, each table once."""
    schema = meanings.rows.schema
    needed = dict(_needed(meanings, source_ids))
    for name in audiences:
        needed[name] = needed.get(name, set()) | MEMBER_COLUMNS
    for name, columns in sorted(needed.items()):
        known = known_table(schema, name) if name in audiences else schema.get(name)
        if known is not None:
            await _load_table(client, connection, known, columns)


def _needed(meanings: Meanings, source_ids: Collection[str]) -> Mapping[str, set[str]]:
    needed: dict[str, set[str]] = {}
    for query in meanings.queries(source_ids):
        for table, columns in needed_columns(query, meanings.rows.schema).items():
            needed.setdefault(table, set()).update(columns)
    return needed


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
        values = [_stored(row.get(column.read_name), column) for column in columns]
        try:
            connection.execute(insert, values)
        except (sqlite3.Error, OverflowError) as error:
            raise BadAnswer(f"a row of {table.entity_set} cannot be kept: {error}") from error


def _stored(value: object, column: Column) -> object:
    """Ids compare in lower case."""
    if isinstance(value, str) and (column.is_lookup or column.type is ColumnType.UNIQUEIDENTIFIER):
        return value.lower()
    return value
