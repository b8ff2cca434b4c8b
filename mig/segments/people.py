"""Who would join or leave a live copy that gets another meaning: the sizes that both sides stored."""

from collections.abc import Iterator
from dataclasses import replace

from mig.engine.plan import Action, Change, People
from mig.model.findings import Finding, Severity
from mig.segments.case import Case
from mig.segments.decide import MEANING
from mig.segments.rows import GROUPS, SourceSegment


def with_people(case: Case) -> Case:
    """The case with the numbers, and a warning where one of them is missing."""
    change, target = case.change, case.match.target
    if target is None or not target.live or not _means_another(change):
        return case
    then, as_of = _size(change, case.source)
    people = People(now=target.member_count, then=then, as_of=as_of)
    findings = (*change.findings, *_unknown(change, people, alone=case.resource.entry.alone))
    return replace(case, change=replace(change, people=people, findings=findings))


def _means_another(change: Change) -> bool:
    if change.action is not Action.UPDATE or change.before is None or change.after is None:
        return False
    return any(change.before.get(column) != change.after.get(column) for column in MEANING)


def _size(change: Change, source: SourceSegment) -> tuple[int | None, str]:
    """How many there will be: in static groups, else in the source when outbound last counted."""
    groups = (change.after or {}).get(GROUPS)
    if groups:
        return int(groups["members"]), ""
    return source.size, source.evaluated.date().isoformat() if source.evaluated else ""


def _unknown(change: Change, people: People, *, alone: bool) -> Iterator[Finding]:
    if people.moved is not None:
        return
    both = "compare the members of both sides: `mig members`, with and without `--side target`"
    one = "compare its members before and after: `mig members --side target`"
    told = "outbound stored no size" if people.then is None else "the service has not counted its members yet"
    yield Finding(
        code="SEG070",
        severity=Severity.WARNING,
        message=f"how many people would join or leave is not known: {told}",
        fix=one if alone else both,
        address=change.address,
    )
