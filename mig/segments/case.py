"""One segment with all that was found out about it while planning."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mig.engine.ledger import Entry
from mig.engine.plan import Action, Change, Drift
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.segments.match import Match
from mig.segments.rows import SourceSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A segment, its match in the target, and its main change.

    `references` holds the source ids of the segments its query names; `record` is what the ledger will say.
    """

    resource: Resource
    source: SourceSegment
    match: Match
    references: tuple[str, ...]
    change: Change
    drift: Drift | None = None
    record: Entry | None = None

    @property
    def blocked(self) -> bool:
        """Whether it stays as it is because something forbids it."""
        return self.change.action is Action.BLOCKED

    @property
    def missing(self) -> bool:
        """Whether nothing will stand in the target for others to refer to."""
        return self.blocked and self.match.target is None

    def block(self, finding: Finding) -> "Case":
        """The same case, stopped by one more finding."""
        finding = replace(finding, address=self.change.address, place=self.resource.entry.place)
        change = replace(
            self.change,
            action=Action.BLOCKED,
            reason=finding.message,
            findings=(*self.change.findings, finding),
            depends_on=(),
            steps=(),
        )
        return replace(self, change=change)


def block_dependants(cases: Mapping[str, Case], order: Sequence[str]) -> dict[str, Case]:
    """Block what refers to a segment that will not be there; `order` has references first."""
    result = dict(cases)
    for source_id in order:
        case = result[source_id]
        gone = [key for key in case.references if key in result and result[key].missing]
        if gone and not case.blocked:
            result[source_id] = case.block(_missing(result[key] for key in gone))
    return result


def _missing(cases: Iterable[Case]) -> Finding:
    names = ", ".join(repr(case.source.name) for case in cases)
    return Finding(
        code="SEG009",
        severity=Severity.ERROR,
        message=f"refers to {names}, which will not be in the target",
        fix="see what blocks that one",
    )
