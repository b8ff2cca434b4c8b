"""Who uses which segment, as values.

Facts: reference/events-and-transition.md 3.1 and 3.3. What could not be read is kept as a gap: where there is
one, "used by nothing" is not known of any segment.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mig.model.findings import Finding, Severity


class Role(StrEnum):
    """What a journey does with a segment; `ELSEWHERE` where its definition only names the id."""

    AUDIENCE = "audience"
    EXCLUSION = "exclusion"
    EXIT = "exit"
    BRANCH = "branch"
    CONTENT = "content"
    ELSEWHERE = "elsewhere"


class Evidence(StrEnum):
    """Where a use is told: in rows of `msdynmkt_segmentusage`, or in the journey itself."""

    INDEX = "index"
    DEFINITION = "definition"


UNSEEN: Final = "not visible"
_ENDED: Final = frozenset({"stopped", "completed", "expired", "deleted"})
_AT_REST: Final = frozenset({"draft", "error", *_ENDED})


@dataclass(frozen=True, slots=True, order=True)
class Journey:
    """A journey, real-time or outbound. `state` is a word; a number that no source names stays a number."""

    name: str
    id: str
    state: str
    outbound: bool = False

    @property
    def running(self) -> bool:
        """People may be under way in it; so in any state that is not known."""
        return self.state not in _AT_REST

    @property
    def ended(self) -> bool:
        """It will not run again by itself."""
        return self.state in _ENDED

    def __str__(self) -> str:
        kind = "outbound journey" if self.outbound else "journey"
        return f"{kind} {self.name!r} ({self.state})"


@dataclass(frozen=True, slots=True)
class Use:
    """One journey's use of one segment."""

    journey: Journey
    roles: frozenset[Role]
    evidence: frozenset[Evidence]

    def joined(self, other: "Use") -> "Use":
        """The same use, told twice."""
        return Use(self.journey, self.roles | other.roles, self.evidence | other.evidence)


@dataclass(frozen=True, slots=True)
class Gap:
    """A table that could not be read, and why."""

    table: str
    why: str

    def finding(self) -> Finding:
        """What follows from it."""
        return Finding(
            code="JRN020",
            severity=Severity.WARNING,
            message=f"who uses which segment is not known: {self.table} cannot be read: {self.why}",
            fix="give this identity read access to the table; until then nothing is stopped or deleted",
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """Uses of segments by journeys, by segment id, each sorted; `garbled` are journeys nobody can read."""

    uses: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    garbled: tuple[Journey, ...] = ()

    def of(self, segment_id: str) -> tuple[Use, ...]:
        """The uses that are known of."""
        return self.uses.get(segment_id, ())

    @property
    def whole(self) -> bool:
        """Whether a segment without a use is used by no journey."""
        return not self.gaps

    def findings(self, names: Mapping[str, str]) -> Iterator[Finding]:
        """What is odd about what was read; `names` has the segments it matters for, by id."""
        yield from (gap.finding() for gap in self.gaps)
        for journey in self.garbled:
            yield Finding(
                code="JRN022",
                severity=Severity.WARNING,
                message=f"the definition of {journey} is no JSON; each id in it counts as a use",
                fix="open the journey in its designer and save it again",
            )
        told = [] if self.gaps else list(self._disagreements(names))
        if told:
            yield _disagreement(told)

    def _disagreements(self, names: Mapping[str, str]) -> Iterator[str]:
        for segment_id, name in names.items():
            for use in self.of(segment_id):
                if len(use.evidence) == 1 and not use.journey.ended and use.journey.state != UNSEEN:
                    (where,) = use.evidence
                    yield f"{name!r} by {use.journey}, only in the {where}"


_MOST_TOLD: Final = 5


def _disagreement(told: Collection[str]) -> Finding:
    shown = "; ".join(sorted(told)[:_MOST_TOLD])
    more = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return Finding(
        code="JRN021",
        severity=Severity.INFO,
        message=f"msdynmkt_segmentusage and the journeys' definitions disagree on uses: {shown}{more}",
        fix="both count as uses; look at the journey where that matters",
    )


@dataclass(frozen=True, slots=True)
class Usages:
    """Uses of the target's segments by real-time journeys, and of the source's by outbound ones."""

    real_time: Usage
    outbound: Usage

    @property
    def whole(self) -> bool:
        """Whether everything could be read."""
        return self.real_time.whole and self.outbound.whole


NOT_READ: Final = Usages(
    Usage(gaps=(Gap("msdynmkt_segmentusage", "it was not asked for"),)),
    Usage(gaps=(Gap("msdyncrm_customerjourney", "it was not asked for"),)),
)
