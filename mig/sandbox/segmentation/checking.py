"""What the service refuses in a query that parses: forms, nesting, and what it cannot sync.

Related tables need change tracking; virtual tables and columns that are computed are not supported
(segment-queries.md B.1). Which forms and how much nesting are an organisation's switches.
"""

from collections.abc import Iterator

from mig.query.evaluate import NotEvaluated
from mig.query.parser import QueryError, parse
from mig.query.relations import unknown_schema_name
from mig.query.scope import scoped
from mig.query.tree import Dialect, Operand, Profile, Query, Relate, Segment, Span
from mig.query.walk import fields, hops, operands
from mig.sandbox.segmentation.forms import forms
from mig.sandbox.segmentation.pairs import DEFINITION, SEGMENT, read_row, referenced_segment
from mig.sandbox.world import World

_Mistake = tuple[str, Span]


def check_query(query: Query, world: World) -> None:
    """Raises `NotEvaluated` for the first mistake."""
    for what, span in _mistakes(query, world):
        raise NotEvaluated(what, span)


def _mistakes(query: Query, world: World) -> Iterator[_Mistake]:
    for operand in operands(query):
        yield from _unknown_relations(operand, world)
        yield from _unsynced(operand, world)
        yield from _computed(operand, world)
    for word, span in forms(query, world.schema):
        if word in world.switches.refuse:
            yield f"this form is not supported: {word}", span
    yield from _nested(query, world)


def _unknown_relations(operand: Operand, world: World) -> Iterator[_Mistake]:
    """Relations go by schema name; the names that outbound paths use are not known here (assumed)."""
    for hop in _hops(operand):
        if unknown_schema_name(world.schema, hop.relationship):
            yield f"unknown relationship {hop.relationship}", hop.span


def _unsynced(operand: Operand, world: World) -> Iterator[_Mistake]:
    """Tables whose rows never reach the service."""
    named = [(operand.source.table, operand.source.span)] if isinstance(operand.source, Profile) else []
    for step, scope in scoped(operand, world.schema):
        if isinstance(step, Relate):
            named += [(scope.aliases[hop.alias.lower()] or "", hop.span) for hop in hops(step)]
    for name, span in named:
        table = world.schema.get(name)
        if table is not None and table.ownership == "virtual":
            yield f"{table.name} is a virtual table", span
        if table is not None and table.name in world.switches.untracked:
            yield f"change tracking is off for {table.name}", span


def _computed(operand: Operand, world: World) -> Iterator[_Mistake]:
    for step, scope in scoped(operand, world.schema):
        for field in fields(step):
            table = world.schema.get(scope.table_of(field) or "")
            column = table.columns.get(field.name.lower()) if table else None
            if column is not None and column.computed:
                yield f"{column.name} is a calculated, rollup or formula column", field.span


def _nested(query: Query, world: World) -> Iterator[_Mistake]:
    allowed = world.switches.nesting
    for operand in operands(query) if allowed else ():
        if isinstance(operand.source, Segment) and _goes_deeper(operand.source.name, world, allowed):
            yield f"segments are nested more than {allowed} levels deep", operand.span


def _goes_deeper(name: str, world: World, levels: int) -> bool:
    """Whether a reference leads on over more than so many levels; a circle has no end."""
    names, seen = frozenset({name.lower()}), set[frozenset[str]]()
    for _ in range(levels):
        if not names or names in seen:
            break
        seen.add(names)
        queries = [_query_of(world, one) for one in names]
        names = frozenset(inner for query in queries if query for inner in _named(query))
    return bool(names)


def _named(query: Query) -> Iterator[str]:
    for operand in operands(query):
        if isinstance(operand.source, Segment):
            yield operand.source.name.lower()


def _query_of(world: World, name: str) -> Query | None:
    """The query of the segment behind a reference, whatever its state."""
    segment = referenced_segment(name)
    row = read_row(world, SEGMENT, segment, "msdynmkt_sourcesegmentuid") if segment else None
    found = read_row(world, DEFINITION, str(row[0]).lower(), "msdynmkt_segmentquery") if row else None
    try:
        return parse(found[0], Dialect.RTM) if found and found[0] else None
    except QueryError:
        return None


def _hops(operand: Operand) -> Iterator[Relate]:
    for step in operand.steps:
        if isinstance(step, Relate):
            yield from hops(step)
