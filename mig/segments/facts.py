"""What the target is asked beside its tables: how long texts may be, which options and ids there are."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mig.dataverse.particulars import Particulars, Wanted
from mig.model.findings import Finding, Severity
from mig.model.tables import CHOICES, ColumnType, Schema, bundled_schema, known_table
from mig.query.compared import NamedId, compared, ids_by_table, named_ids
from mig.query.ids import with_ids
from mig.query.tree import Query
from mig.segments.mapped_ids import Mappings, Sought, Stand, sought_rows, stands_of
from mig.segments.origins import Origins
from mig.segments.personal import personal_tables
from mig.segments.rows import DEFINITION, SEGMENT

_TABLES: Final = (SEGMENT, DEFINITION)


@dataclass(frozen=True, slots=True)
class Facts:
    """`lengths`: the most characters a text column of the target rows takes, by column.

    `ids`: whether a row exists, by table and id; absent where the organisation did not say. `stands`: what
    became of the ids that the manifest maps and queries name, by the source's id. `origins`: what the source
    knows of the others; None where source and target are one environment.
    """

    lengths: Mapping[str, int] = field(default_factory=lambda: _bundled_lengths())
    ids: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    stands: Mapping[str, Stand] = field(default_factory=dict)
    origins: Origins | None = None

    def about(self, named: NamedId, *, own: bool = False) -> Finding | None:
        """What is to be said of an id that a query names; `own`: in a query that a person wrote."""
        source_id = named.literal.stands_for
        if source_id is None:
            return self._absent(named, own=own)
        stood, tables = self.stands[source_id], self._found_in(named)
        if stood.id is None or tables:
            return stood.told(source_id, tables)
        return stood.without_row(source_id, named) if self.lacks(named) else self._absent(named, own=own)

    def mapped(self, query: Query, schema: Schema) -> Query:
        """A query of the source, with the ids that its rows have in the target."""
        return with_ids(query, schema, {key: stood.id or key for key, stood in self.stands.items()})

    def lacks(self, named: NamedId) -> bool:
        """Whether no row of the target has the id."""
        return all(self.ids.get((table, named.id)) is False for table in named.tables)

    def _found_in(self, named: NamedId) -> Sequence[str]:
        return [table for table in named.tables if self.ids.get((table, named.id))]

    def _absent(self, named: NamedId, *, own: bool) -> Finding | None:
        """Nothing where a row has the id."""
        if self._found_in(named):
            return None
        rows, sure = f"row of {' or '.join(named.tables)}", self.lacks(named)
        message = (
            f"the target has no {rows} with the id" if sure else f"whether a {rows} has the id is not known:"
        )
        known = self.origins.told(named.id) if self.origins and sure else ""
        return Finding(
            code="QRY037",
            severity=Severity.ERROR if sure else Severity.WARNING,
            message=f"{message} {named.id}, which {named.column.name} is compared with{known}",
            fix=self._way_out(named, own=own) if sure else "give this identity the right to read that table",
            start=named.literal.span.start,
            end=named.literal.span.end,
        )

    def _way_out(self, named: NamedId, *, own: bool) -> str:
        if self.origins and named.id in self.origins.rows and not own:
            return self.origins.fix(named.id)
        query = "entry's `query:`" if own else "outbound query"
        return f"correct the {query}, or waive it where the row is meant to be gone"


Tell = Callable[[Wanted], Awaitable[Particulars]]
"""Asks an environment for particulars."""


async def read_facts(
    tell: Tell, queries: Sequence[Query], own: Sequence[Query], schema: Schema, mappings: Mappings
) -> tuple[Schema, Facts]:
    """The schema, its compared choices with the organisation's own options, and the other facts.

    `mappings` speak of `queries`, not of those that persons have written for the target, `own`. One batch, as
    long as the queries have fewer than some ten thousand ids. Where the organisation does not tell a column's
    options, none are known, so that none is called unknown.
    """
    named = _named(queries, schema)
    used = {one.id: mappings[one.id] for one in named if one.id in mappings}
    sought = sought_rows(used, schema)
    choices = _choices((*queries, *own), schema)
    ids = ids_by_table((*_led_elsewhere(named, used), *_named(own, schema)))
    told = await tell(
        Wanted(
            texts=_TABLES,
            choices=choices,
            ids=[
                (table, ids[name]) for name in sorted(ids) if (table := known_table(schema, name)) is not None
            ],
            rows=[(one.table, one.where) for one in sought.values() if isinstance(one, Sought)],
        ),
    )
    stands = stands_of(used, sought, told.rows, personal_tables(schema))
    lengths = {column: length for (_, column), length in told.lengths.items()}
    facts = Facts(_bundled_lengths() | lengths, {**told.ids, **dict(_found(named, stands))}, stands)
    return _with_options(schema, choices, told), facts


def _named(queries: Iterable[Query], schema: Schema) -> Sequence[NamedId]:
    return [found for query in queries for found in named_ids(query, schema)]


def _choices(queries: Iterable[Query], schema: Schema) -> Mapping[tuple[str, ColumnType], set[str]]:
    """The columns of choices that are compared, by table and type."""
    choices: dict[tuple[str, ColumnType], set[str]] = {}
    for query in queries:
        for found in compared(query, schema):
            if found.column.type in CHOICES:
                choices.setdefault((found.table.name, found.column.type), set()).add(found.column.name)
    return choices


def _led_elsewhere(named: Iterable[NamedId], used: Mappings) -> Iterator[NamedId]:
    """The ids to look for in the target: a mapped one leads to another, or is found by a key."""
    for one in named:
        to = used[one.id].to if one.id in used else one.id
        if isinstance(to, str):
            yield replace(one, id=to)


def _found(named: Iterable[NamedId], stands: Mapping[str, Stand]) -> Iterator[tuple[tuple[str, str], bool]]:
    """What was found by a key is a row of that table, and of no other."""
    for one in named:
        stood = stands.get(one.id)
        if stood and stood.id and stood.table:
            yield from (((table, stood.id), table == stood.table) for table in one.tables)


def _with_options(
    schema: Schema, choices: Mapping[tuple[str, ColumnType], Iterable[str]], told: Particulars
) -> Schema:
    tables = dict(schema.tables)
    for (name, _), columns in choices.items():
        own = {
            column: replace(tables[name].columns[column], options=told.options.get((name, column), {}))
            for column in columns
        }
        tables[name] = replace(tables[name], columns={**tables[name].columns, **own})
    return replace(schema, tables=tables)


def _bundled_lengths() -> dict[str, int]:
    known = bundled_schema()
    return {
        column.name: column.max_length
        for table in _TABLES
        for column in known[table].columns.values()
        if column.max_length is not None
    }
