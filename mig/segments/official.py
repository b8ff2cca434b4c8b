"""What the official tool refused, item by item, with the part of the query at fault.

Source: reference/dataverse-schema.md 3, the paragraph on Microsoft's own migration app; the more precise
reading of "nested" and "sub-segments" is that of reference/segment-queries.md A.5.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from mig.model.findings import Finding, Severity
from mig.model.tables import Schema
from mig.query.rewrite.paths import AUDIENCES
from mig.query.scope import end_of
from mig.query.tree import NOWHERE, Operand, Profile, Query, Segment, Span, Traverse
from mig.query.usable import tables_used
from mig.query.walk import conditions, height, operands
from mig.segments.eligibility import behavioral, interaction_in, no_definition
from mig.segments.read import Reading
from mig.segments.rows import OutboundStatus, SourceSegment

STATIC_MEMBERS: Final = 100
DEPTH: Final = 3  # "multiple nested conditions", as the corpus counts boolean depth
TABLES: Final = 2

_EXTENDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SEG002": "policy `limits: extended` moves the query as it stands",
        "SEG004": "policy `limits: extended` takes up to 2,000,000",
        "SEG005": "policy `limits: extended` takes any depth",
        "SEG006": "policy `limits: extended` reverses the path where that is proven",
        "SEG007": "policy `limits: extended` takes any number",
        "SEG008": "policy `limits: extended` moves them first and refers to the copies",
    }
)


def official_refusals(source: SourceSegment, reading: Reading | None, schema: Schema) -> Iterator[Finding]:
    """The whole list, for one segment. A query that is not read is for others to tell."""
    if source.status_code == OutboundStatus.EXPIRED:
        yield _refused("SEG002", "the outbound segment is expired")
    if source.static:
        if (source.size or 0) > STATIC_MEMBERS:
            yield _refused(
                "SEG004", f"static with {source.size} members; the official tool took {STATIC_MEMBERS}"
            )
    elif reading is None:
        yield no_definition()
    elif reading.query is not None:
        yield from _of_query(reading.query, schema)


def _of_query(query: Query, schema: Schema) -> Iterator[Finding]:
    every = tuple(operands(query))
    interaction = interaction_in(query)
    if interaction != NOWHERE:
        yield behavioral(interaction)
    yield from _deep(every)
    yield from _from_elsewhere(every, schema)
    yield from _many_tables(query, schema)
    named = [operand.source for operand in every if isinstance(operand.source, Segment)]
    if named:
        count = len({segment.name.lower() for segment in named})
        others = f"{count} other segments" if count > 1 else "another segment"
        yield _refused("SEG008", f"the query refers to {others}", named[0].span)


def _deep(every: tuple[Operand, ...]) -> Iterator[Finding]:
    stated = [condition for operand in every for step in operand.steps for condition in conditions(step)]
    deepest = max(stated, key=height, default=None)
    if deepest is not None and height(deepest) >= DEPTH:
        message = f"conditions nest {height(deepest)} deep; the official tool took up to {DEPTH - 1}"
        yield _refused("SEG005", message, deepest.span)


def _from_elsewhere(every: tuple[Operand, ...], schema: Schema) -> Iterator[Finding]:
    """A path from another table than the one it leads to: the audience's."""
    for operand in every:
        if not any(isinstance(step, Traverse) for step in operand.steps):
            continue
        end = end_of(operand, schema)
        audience = end if end in AUDIENCES else "contact"
        for start in _starts(operand):
            if start.table.lower() != audience:
                message = f"the path starts at {start.table.lower()}, not at the audience's table"
                yield _refused("SEG006", message, operand.span)
                return


def _starts(operand: Operand) -> Iterator[Profile]:
    inner = operands(operand.source) if isinstance(operand.source, Query) else (operand,)
    return (leaf.source for leaf in inner if isinstance(leaf.source, Profile))


def _many_tables(query: Query, schema: Schema) -> Iterator[Finding]:
    first: dict[str, Span] = {}
    for table, span in tables_used(query, schema):
        first.setdefault(table, span)
    if len(first) > TABLES:
        message = f"the query names {len(first)} tables: {', '.join(first)}"
        yield _refused("SEG007", message, list(first.values())[TABLES])


def _refused(code: str, message: str, span: Span = NOWHERE) -> Finding:
    found = None if span == NOWHERE else span
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=message,
        fix=_EXTENDED[code],
        start=found.start if found else None,
        end=found.end if found else None,
    )
