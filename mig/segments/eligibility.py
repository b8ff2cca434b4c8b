"""The pre-check: may this segment move, under either policy, and if not, why and what to do.

`documented` is the official tool's list (reference/dataverse-schema.md 3, the paragraph on Microsoft's own
migration app). `extended` takes all of it that can be shown to keep its meaning.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mig.engine.plan import Verdicts
from mig.manifest.model import Limits
from mig.model.findings import Finding, Severity, blocking
from mig.model.tables import Schema
from mig.query.analysis import Analysis, analyse
from mig.query.tree import Interaction, Query
from mig.query.walk import operands
from mig.segments.read import Reading
from mig.segments.rows import INTERACTION_BASED, OutboundStatus, OutboundType, SourceSegment

OFFICIAL_STATIC_MEMBERS: Final = 100
OFFICIAL_DEPTH: Final = 3  # "multiple nested conditions", as the corpus counts boolean depth
OFFICIAL_TABLES: Final = 2
_AUDIENCES: Final = frozenset({"contact", "lead"})

_ERROR = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Findings under the policy in force, and both verdicts."""

    findings: tuple[Finding, ...]
    verdicts: Verdicts

    @property
    def blocked(self) -> bool:
        """Whether anything stops the segment."""
        return blocking(self.findings)


def judge(official: Sequence[Finding], ours: Sequence[Finding], limits: Limits) -> Eligibility:
    """One list: what only the official tool refused is an error under `documented` alone."""
    verdicts = Verdicts(documented=not official and not blocking(ours), extended=not blocking(ours))
    severity = Severity.INFO
    if limits is Limits.DOCUMENTED:  # its error takes the place of what is only a warning of ours
        severity = Severity.ERROR
        refused = {finding.code for finding in official}
        ours = [found for found in ours if found.severity is Severity.ERROR or found.code not in refused]
    codes = {finding.code for finding in ours}
    others = [replace(finding, severity=severity) for finding in official if finding.code not in codes]
    return Eligibility((*ours, *others), verdicts)


def official_refusals(source: SourceSegment, reading: Reading | None, schema: Schema) -> Iterator[Finding]:
    """What the official tool refused, item by item."""
    if source.status_code == OutboundStatus.EXPIRED:
        yield Finding(code="SEG002", severity=_ERROR, message="the outbound segment is expired")
    if source.type_code == OutboundType.STATIC:
        yield from _official_static(source)
        return
    if reading is None:
        yield no_definition()
        return
    if reading.query is None:
        return
    yield from _official_query(analyse(reading.query, schema))


def _official_static(source: SourceSegment) -> Iterator[Finding]:
    if (source.size or 0) > OFFICIAL_STATIC_MEMBERS:
        yield Finding(
            code="SEG004",
            severity=_ERROR,
            message=f"static with {source.size} members; the official tool took {OFFICIAL_STATIC_MEMBERS}",
            fix="policy `limits: extended` takes up to 2,000,000",
        )


def _official_query(found: Analysis) -> Iterator[Finding]:
    if found.behavioral:
        yield behavioral()
    if found.depth >= OFFICIAL_DEPTH:
        yield Finding(
            code="SEG005",
            severity=_ERROR,
            message=f"conditions nest {found.depth} deep; the official tool took up to {OFFICIAL_DEPTH - 1}",
            fix="policy `limits: extended` takes any depth",
        )
    if found.traversal_from_other_table:
        yield Finding(
            code="SEG006",
            severity=_ERROR,
            message=f"the path starts at {found.base}, not at the audience's table",
            fix="policy `limits: extended` reverses the path where that is proven",
        )
    if len(found.tables) > OFFICIAL_TABLES:
        yield Finding(
            code="SEG007",
            severity=_ERROR,
            message=f"the query names {len(found.tables)} tables: {', '.join(found.tables)}",
            fix="policy `limits: extended` takes any number",
        )
    if found.references:
        yield Finding(
            code="SEG008",
            severity=_ERROR,
            message=f"the query refers to {len(found.references)} other segments",
            fix="policy `limits: extended` moves them first and refers to the copies",
        )


def own_refusals(source: SourceSegment, reading: Reading | None) -> Iterator[Finding]:
    """What cannot move whatever the policy says, as far as the source row alone tells."""
    if source.status_code == OutboundStatus.EXPIRED:
        yield Finding(
            code="SEG002",
            severity=Severity.WARNING,
            message="the outbound segment is expired; its query is still there and is moved as it stands",
            fix="leave it out if it is no longer wanted",
        )
    if source.type_code == OutboundType.STATIC:
        yield Finding(
            code="SEG025",
            severity=_ERROR,
            message="a static segment; this version does not move static members yet",
            fix="leave it out for now",
        )
        return
    if reading is None:
        yield no_definition()
    elif reading.error is not None:
        error = reading.error
        yield Finding(
            code="QRY001",
            severity=_ERROR,
            message=f"the query does not parse at {error.line}:{error.column}: {error.message}",
            fix="correct the outbound query, or leave this segment out",
            start=error.span.start,
            end=error.span.end,
        )
    elif source.query_type == INTERACTION_BASED:
        yield behavioral()


def is_behavioral(source: SourceSegment, query: Query | None) -> bool:
    """Whether its members follow from interactions, by its query or by what the row says of it."""
    stated = any(isinstance(one.source, Interaction) for one in operands(query)) if query else False
    return stated or source.query_type == INTERACTION_BASED


def audience_refusal(tables: Collection[str]) -> Iterator[Finding]:
    """Real-time segments hold contacts or leads: reference/dataverse-schema.md 4."""
    if len(tables) != 1 or not _AUDIENCES.issuperset(tables):
        members = " and of ".join(sorted(tables))
        told = f"its members are rows of {members}" if tables else "what its members are cannot be told"
        yield Finding(
            code="SEG015",
            severity=_ERROR,
            message=f"{told}; real-time segments hold contacts or leads",
            fix="rebuild it as a segment of contacts",
        )


def no_definition() -> Finding:
    """A dynamic or compound row whose query is null or empty."""
    return Finding(
        code="SEG001",
        severity=_ERROR,
        message="the segment has no definition: its query is empty",
        fix="leave it out",
    )


def behavioral() -> Finding:
    """Interactions have no one-to-one mapping between the modules."""
    return Finding(
        code="SEG003",
        severity=_ERROR,
        message="behavioural: its members follow from interactions, which real-time records differently",
        fix="rebuild it by hand in real-time journeys",
    )


def behavioral_behind(name: str) -> Finding:
    """An interaction may hide behind a reference (reference/segment-queries.md C.3, trap 9)."""
    return Finding(
        code="SEG003",
        severity=_ERROR,
        message=f"behavioural: it refers, directly or through others, to {name!r}, whose members follow from "
        "interactions",
        fix="rebuild both by hand in real-time journeys",
    )
