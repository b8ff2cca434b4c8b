"""What a person says of a segment, in place of what its outbound query would become.

A query of their own, a real-time segment built by hand, or that it is not wanted any more. Whatever refers to
such a segment follows the answer, never the outbound query.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mig.manifest.model import Entry
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.model.tables import Schema
from mig.query.pattern import read_pattern
from mig.query.relations import unknown_schema_name
from mig.query.tree import Dialect, Operand, Profile, Query, Relate
from mig.query.walk import hops, operands
from mig.segments.match import Match
from mig.segments.read import Reading, reading
from mig.segments.rows import TargetSegment


@dataclass(frozen=True)
class OwnQuery:
    """`query:` moves this text instead of a translation."""

    text: str

    @cached_property
    def reading(self) -> Reading:
        """Its tree, or why there is none."""
        return reading(self.text, Dialect.RTM)


@dataclass(frozen=True)
class Standing:
    """`rebuilt_as:`, and what was moved by its own query and left the manifest: a row that is left alone."""

    target: TargetSegment

    @cached_property
    def reading(self) -> Reading:
        """The tree of the query it has, or why there is none."""
        return reading(self.target.query, Dialect.RTM)

    @property
    def told(self) -> str:
        """Why nothing is done."""
        return f"rebuilt by hand as {self.target.name!r}"


@dataclass(frozen=True, slots=True)
class Retired:
    """`retire:` is not moved, and why."""

    reason: str

    @property
    def reading(self) -> None:
        """It has no members any more."""

    @property
    def told(self) -> str:
        """Why nothing is done."""
        return f"retired: {self.reason}"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """`rebuilt_as:` with a row that is not there."""

    @property
    def reading(self) -> None:
        """Nobody knows its members."""


@dataclass(frozen=True, slots=True)
class OwnMembers:
    """`members:` has them listed in a file."""

    @property
    def reading(self) -> None:
        """Its members do not follow from a query."""


Answer = OwnQuery | OwnMembers | Standing | Retired | Unanswered


def answers(resources: Mapping[str, Resource], matches: Mapping[str, Match]) -> Mapping[str, Answer]:
    """By source id, of those that have one."""
    found = {
        key: _answer(resources[key].entry if key in resources else None, match)
        for key, match in matches.items()
    }
    return {key: answer for key, answer in found.items() if answer is not None}


def _answer(entry: Entry | None, match: Match) -> Answer | None:
    if entry is None:
        by_hand = match.entry is not None and match.entry.by_hand
        return Standing(match.target) if by_hand and match.target else None
    if entry.retire is not None:
        return Retired(entry.retire)
    if entry.rebuilt_as is not None:
        return Standing(match.target) if match.target else Unanswered()
    if entry.members is not None:
        return OwnMembers()
    return OwnQuery(entry.query.strip()) if entry.query is not None else None


# --- what stands against a query of one's own -------------------------------------------------------------


def own_query_findings(own: OwnQuery, schema: Schema) -> Iterator[Finding]:
    """What its text alone says against it; offsets are those of the manifest's text."""
    query, error = own.reading.query, own.reading.error
    if error is not None:
        yield Finding(
            code="QRY001",
            severity=Severity.ERROR,
            message=f"the manifest's query does not parse at {error.line}:{error.column}: {error.message}",
            fix="correct the entry's `query:`; it takes the real-time language",
            start=error.span.start,
            end=error.span.end,
        )
    if query is not None:
        yield from _unknown_relationships(query, schema)


def _unknown_relationships(query: Query, schema: Schema) -> Iterator[Finding]:
    """Real-time queries name relationships by schema name only (reference/dataverse-schema.md 8)."""
    for operand in operands(query):
        wrong = [
            hop
            for step in operand.steps
            if isinstance(step, Relate)
            for hop in hops(step)
            if unknown_schema_name(schema, hop.relationship)
        ]
        for hop in wrong:
            called = schema.called.get(hop.relationship.lower(), ())
            meant = " or ".join(sorted({one.name for one in called}))
            yield Finding(
                code="QRY014",
                severity=Severity.ERROR,
                message=f"no relationship has the schema name {hop.relationship}",
                fix=f"did you mean {meant}?" if meant else "use the schema name of a relationship",
                start=hop.span.start,
                end=hop.span.end,
            )
        if not wrong:
            yield from _misplaced(operand, schema)


def _misplaced(operand: Operand, schema: Schema) -> Iterator[Finding]:
    """Relationships that do not lead away from where the query stands."""
    if isinstance(operand.source, Profile) and schema.get(operand.source.table):
        found = read_pattern(operand, operand.source.table, schema).findings
        yield from (finding for finding in found if finding.code in ("QRY010", "QRY014"))
