"""Reading segments: the outbound rows, the real-time rows, the tables their queries name."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Self

from mig.dataverse.messages import Row
from mig.journeys.usage import NOT_READ, Usages
from mig.manifest.model import Entry, Manifest, Selection
from mig.manifest.resolve import Resource, resolve
from mig.model.tables import ManyToMany, Relationship, Schema, bundled_schema
from mig.query.analysis import analyse, references
from mig.query.compared import NamedId, named_ids
from mig.query.needed import needed_columns
from mig.query.parser import QueryError, parse
from mig.query.scope import member_table
from mig.query.tree import Dialect, Query
from mig.segments.alone import made_up
from mig.segments.facts import Facts, read_facts
from mig.segments.groups import with_held
from mig.segments.mapped_ids import Mappings
from mig.segments.mark import marked_for
from mig.segments.origins import read_origins
from mig.segments.owners import Owners
from mig.segments.rows import SourceSegment, TargetSegment, query_name
from mig.segments.side import Side
from mig.segments.static import Members, read_members

_AUDIENCES: Final = frozenset({"contact", "lead"})  # where a path ends
_MOST_REQUESTS: Final = 3  # for metadata; a path leads over five tables at most

Describe = Callable[[Collection[str], Schema], Awaitable[Schema]]
"""The tables of some names; a schema that is known supplies what the answer does not say."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A source query as read: its tree, or why there is none."""

    query: Query | None
    error: QueryError | None

    def mapped(self, facts: Facts, schema: Schema) -> Self:
        """With the ids that the rows it names have in the target."""
        return self if self.query is None else replace(self, query=facts.mapped(self.query, schema))


@dataclass(frozen=True)
class SegmentRows:
    """Everything the segments of a manifest are planned from.

    `readings` holds each source's query, by source id, with the ids that rows have in the target; sources
    without a query are absent. `loose` holds the
    definitions, by id, that no segment stands for any more. `usage` tells who uses segments of either side,
    `members` who is in what is static and asked for, by source id. `alone` are made up: each stands for the
    outbound segment that a query in the manifest does not have.
    """

    sources: tuple[SourceSegment, ...]
    readings: Mapping[str, Reading]
    targets: tuple[TargetSegment, ...]
    loose: Mapping[str, Row]
    schema: Schema
    owners: Owners
    usage: Usages = NOT_READ
    facts: Facts = field(default_factory=Facts)
    members: Mapping[str, Members] = field(default_factory=dict)
    alone: tuple[SourceSegment, ...] = ()

    def as_written(self) -> Self:
        """The same, with queries that name the ids of the source."""
        return replace(self, readings={key: reading(self.by_id[key].query) for key in self.readings})

    @cached_property
    def by_id(self) -> Mapping[str, SourceSegment]:
        """Sources by id, with what is made up: nobody refers to those by a name of outbound."""
        return {source.id: source for source in (*self.sources, *self.alone)}

    @cached_property
    def by_query_name(self) -> Mapping[str, SourceSegment]:
        """Sources by the name other queries use, lower-case: the stored one, else one made from the id."""
        named = {query_name(source.id).lower(): source for source in self.sources}
        stored = {name: sources[0] for name, sources in self._stored_names.items() if len(sources) == 1}
        return {key: source for key, source in (named | stored).items() if key not in self.shared_query_names}

    @cached_property
    def shared_query_names(self) -> Mapping[str, Sequence[SourceSegment]]:
        """Names that several sources have, lower-case: a query that uses one cannot be followed."""
        return {name: sources for name, sources in self._stored_names.items() if len(sources) > 1}

    @cached_property
    def _stored_names(self) -> Mapping[str, Sequence[SourceSegment]]:
        found: dict[str, list[SourceSegment]] = {}
        for source in self.sources:
            found.setdefault(source.query_name.lower(), []).append(source)
        return found

    @cached_property
    def real_time(self) -> Sequence[TargetSegment]:
        """Real-time segments proper."""
        return [target for target in self.targets if target.real_time]

    @cached_property
    def marked(self) -> Mapping[str, Sequence[TargetSegment]]:
        """Segments that have the mark of a source, by its id; several where people have copied one."""
        found: dict[str, list[TargetSegment]] = {}
        for target in self.real_time:
            if (source_id := target.copy_of) is not None:
                found.setdefault(source_id, []).append(target)
        return found

    @cached_property
    def claims(self) -> Mapping[str, Row]:
        """Definitions that were made ahead of their segments, by the source that they are for."""
        by_source = {marked_for(row.get("msdynmkt_name")): row for _, row in sorted(self.loose.items())}
        return {source_id: row for source_id, row in by_source.items() if source_id is not None}


@lru_cache(maxsize=8192)
def reading(text: str | None, dialect: Dialect = Dialect.OUTBOUND) -> Reading:
    """Read a query. An apply reads the same texts again, under the lock."""
    try:
        return Reading(parse(text or "", dialect), None)
    except QueryError as error:
        return Reading(None, error)


async def read_rows(manifest: Manifest, source: Side, target: Side) -> SegmentRows:
    """Read both sides; as many requests as there are pages, and those of `read_schema` and `read_facts`."""
    sources, (targets, loose), owners, real_time, outbound = await asyncio.gather(
        source.sources(),
        target.targets(),
        _owners(manifest, source, target),
        target.real_time_usage(),
        source.outbound_usage(),
    )
    readings = {
        found.id: reading(found.query)
        for found in sources
        if (found.query or "").strip() and not found.static
    }
    queries = [found.query for found in readings.values() if found.query is not None]
    own = real_time_queries(manifest, targets)
    schema = await read_schema(target.tables, [*queries, *own])
    mappings = mapped_ids(manifest, source.name, target.name)
    schema, facts = await read_facts(target.particulars, queries, own, schema, mappings)
    readings = {key: found.mapped(facts, schema) for key, found in readings.items()}
    facts = await _with_origins(facts, readings, schema, source, target)
    alone = made_up(manifest)
    by_id = {found.id: found for found in (*sources, *alone)}
    asked = _asked(manifest, sources)
    audiences = {key: member_table(found.query, schema) for key, found in readings.items() if found.query}
    members = await read_members(asked, by_id, audiences, Path(manifest.file), source, target)
    targets = await with_held(target.held, targets, [resource.source_id for resource in asked])
    usage = Usages(real_time, outbound)
    return SegmentRows(sources, readings, targets, loose, schema, owners, usage, facts, members, alone)


def mapped_ids(manifest: Manifest, source: str, target: str) -> Mappings:
    """The ids that the target environment maps; none where rows are read where they are written."""
    return manifest.environments[target].mappings.ids if source != target else {}


async def _with_origins(
    facts: Facts, readings: Mapping[str, Reading], schema: Schema, source: Side, target: Side
) -> Facts:
    """With what the source knows of the rows that the target lacks."""
    if source is target:
        return facts
    named = ids_named(readings, schema)
    absent = [one for one in named if one.literal.stands_for is None and facts.lacks(one)]
    return replace(facts, origins=await read_origins(source, target, absent, schema))


def ids_named(readings: Mapping[str, Reading], schema: Schema) -> Sequence[NamedId]:
    """The ids that source queries name."""
    trees = (found.query for found in readings.values() if found.query is not None)
    return [named for tree in trees for named in named_ids(tree, schema)]


def _asked(manifest: Manifest, sources: Sequence[SourceSegment]) -> Sequence[Resource]:
    """All that the manifest may ask for: what is used is not known yet."""
    segments = [replace(one, used=None) if isinstance(one, Selection) else one for one in manifest.segments]
    return resolve(replace(manifest, segments=tuple(segments)), sources).resources


def real_time_queries(manifest: Manifest, targets: Sequence[TargetSegment]) -> Sequence[Query]:
    """The queries in the manifest, those of the rows it names as rebuilt, and all they refer to."""
    by_id = {target.segment_id.replace("-", ""): target for target in targets}
    entries = [one for one in manifest.segments if isinstance(one, Entry)]
    waiting = [entry.query for entry in entries if entry.query is not None]
    rebuilt = {entry.rebuilt_as.replace("-", "") for entry in entries if entry.rebuilt_as is not None}
    found: list[Query] = []
    seen: set[str] = set()
    while waiting or rebuilt - seen:
        new = (rebuilt - seen) & by_id.keys()
        waiting += [by_id[key].query for key in sorted(new)]
        seen |= rebuilt
        trees = [tree for text in waiting if (tree := reading(text, Dialect.RTM).query) is not None]
        found += trees
        rebuilt = {name for tree in trees for name in references(tree)}
        waiting = []
    return found


async def _owners(manifest: Manifest, source: Side, target: Side) -> Owners:
    """Who can own rows on either side; one environment is read once."""
    mappings = manifest.environments[target.name].mappings
    if source is target:
        both = await target.directory()
        return Owners(both, both, mappings)
    before, after = await asyncio.gather(source.directory(), target.directory())
    return Owners(before, after, mappings)


async def read_schema(describe: Describe, queries: Sequence[Query]) -> Schema:
    """The tables that the queries name and read, as the organisation describes them when it is asked.

    One request, as long as the bundled relationships lead to every table. Where a query follows others, the
    tables they join are read in turn, from both ends of a path: three requests reach along the longest. So
    are those whose rows it names by their ids.
    """
    names = [_names(query) for query in queries]
    followed = {name.lower() for one in names for name in one.relationships}
    naming = [query for query, one in zip(queries, names, strict=True) if one.rows]
    wanted = {table for one in names for table in one.tables}
    known = bundled_schema()
    if not followed <= known.called.keys():
        wanted |= _AUDIENCES
    found, asked = Schema({}, {}), set[str]()
    for _ in range(_MOST_REQUESTS):
        found = found.joined(await describe(wanted - asked, known))
        asked |= wanted
        wanted = {table for name in followed for one in found.called.get(name, ()) for table in _joins(one)}
        wanted |= {table for query in naming for table in _named(query, found)}
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    """What a query says that metadata is read for; `rows`: it names some by their ids."""

    tables: frozenset[str]
    relationships: tuple[str, ...]
    rows: bool


@lru_cache(maxsize=8192)
def _names(query: Query) -> _Names:
    """As far as the bundled schema tells. An apply asks again, of the same queries, under the lock."""
    known = bundled_schema()
    facts = analyse(query, known)
    named = _named(query, known) if facts.ids else set()
    tables = frozenset({*facts.tables, *needed_columns(query, known), *named})
    return _Names(tables, facts.relationships, bool(facts.ids))


def _named(query: Query, schema: Schema) -> set[str]:
    """The tables of whose rows a query names ids."""
    return {table for named in named_ids(query, schema) for table in named.tables}


def _joins(found: Relationship | ManyToMany) -> tuple[str, ...]:
    return (*found.ends, found.intersect_table) if isinstance(found, ManyToMany) else found.ends
