"""The pre-check: may this segment move, under either policy, and if not, why and what to do.

`documented` is the official tool's list (`official.py`). `extended` takes all of it that can be shown to keep
its meaning.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mig.engine.plan import Verdicts
from mig.manifest.model import Limits
from mig.model.findings import Finding, Severity, blocking
from mig.query.tree import NOWHERE, Interaction, Query, Span
from mig.query.walk import operands
from mig.segments.claims import too_many
from mig.segments.groups import MOST_MEMBERS
from mig.segments.read import Reading
from mig.segments.rows import INTERACTION_BASED, OutboundStatus, SourceSegment

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


def quoting(finding: Finding, query: str | None) -> Finding:
    """The finding with the part of the query that it is about."""
    if not query or finding.start is None or finding.end is None or finding.found:
        return finding
    return replace(finding, found=query[finding.start : finding.end].strip())


def own_refusals(source: SourceSegment, reading: Reading | None) -> Iterator[Finding]:
    """What cannot move whatever the policy says, as far as the source row alone tells."""
    if source.status_code == OutboundStatus.EXPIRED:
        yield Finding(
            code="SEG002",
            severity=Severity.WARNING,
            message="the outbound segment is expired; its query is still there and is moved as it stands",
            fix="leave it out if it is no longer wanted",
        )
    if source.static:
        if (source.size or 0) > MOST_MEMBERS:
            yield too_many(source.size or 0)
        return
    if reading is None:
        yield no_definition()
    elif reading.error is not None:
        error = reading.error
        yield Finding(
            code=error.code,
            severity=_ERROR,
            message=f"the query does not parse at {error.line}:{error.column}: {error.message}",
            fix="correct the outbound query, or leave this segment out",
            start=error.span.start,
            end=error.span.end,
        )
    elif is_behavioral(source, reading.query):
        yield behavioral(interaction_in(reading.query))


def is_behavioral(source: SourceSegment, query: Query | None) -> bool:
    """Whether its members follow from interactions, by its query or by what the row says of it."""
    return interaction_in(query) != NOWHERE or source.query_type == INTERACTION_BASED


def interaction_in(query: Query | None) -> Span:
    """The first INTERACTION of a query."""
    spans = (
        (one.source.span for one in operands(query) if isinstance(one.source, Interaction)) if query else ()
    )
    return next(iter(spans), NOWHERE)


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


def behavioral(span: Span) -> Finding:
    """Interactions have no one-to-one mapping between the modules; `NOWHERE`: only the row says so."""
    return Finding(
        code="SEG003",
        severity=_ERROR,
        message="behavioural: its members follow from interactions, which real-time records differently",
        fix="rebuild it in real-time journeys, and enter it as `rebuilt_as` or `query`; or `retire` it",
        start=span.start if span != NOWHERE else None,
        end=span.end if span != NOWHERE else None,
    )


def behavioral_behind(name: str) -> Finding:
    """An interaction may hide behind a reference (reference/segment-queries.md C.3, trap 9)."""
    return Finding(
        code="SEG003",
        severity=_ERROR,
        message=f"behavioural: it refers, directly or through others, to {name!r}, whose members follow from "
        "interactions",
        fix="rebuild both in real-time journeys, and enter them as `rebuilt_as` or `query`; or `retire` them",
    )
