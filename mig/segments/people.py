"""Who would join or leave a live copy that gets another meaning: the sizes that both sides stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from mig.engine.plan import Action, Change, People
from mig.model.findings import Finding, Severity
from mig.segments.case import Case
from mig.segments.decide import MEANING
from mig.segments.rows import GROUPS, SourceSegment

# An evaluation writes the row when it ends. How long one may take is not public.
_EVALUATION: Final = timedelta(hours=1)


def with_people(case: Case) -> Case:
    """The case with the numbers, and a warning where one of them is missing."""
    change, target = case.change, case.match.target
    if target is None or not target.live or not _means_another(change):
        return case
    people = _people(change, case.source, target.member_count)
    findings = (*change.findings, *_unknown(case, people))
    return replace(case, change=replace(change, people=people, findings=findings))


def _means_another(change: Change) -> bool:
    if change.action is not Action.UPDATE or change.before is None or change.after is None:
        return False
    return any(change.before.get(column) != change.after.get(column) for column in MEANING)


def _people(change: Change, source: SourceSegment, now: int | None) -> People:
    """How many there will be: in static groups, else in the source when outbound last counted."""
    groups = (change.after or {}).get(GROUPS)
    if groups:
        return People(now=now, then=int(groups["members"]))
    as_of = source.evaluated.date().isoformat() if source.evaluated else ""
    return People(now=now, then=source.size, as_of=as_of)


def _changed_since(source: SourceSegment) -> bool:
    """Whether the row was written so long after outbound counted that somebody else must have written it."""
    evaluated, modified = source.evaluated, source.modified
    return evaluated is not None and modified is not None and modified - evaluated > _EVALUATION


def _unknown(case: Case, people: People) -> Iterator[Finding]:
    missing = _missing(people, case.source)
    if not missing:
        return
    entry = case.resource.entry
    both = "compare the members of both sides: `mig members`, with and without `--side target`"
    one = "compare its members before and after: `mig members --side target`"
    yield Finding(
        code="SEG070",
        severity=Severity.WARNING,
        message=f"how many people would join or leave is not known: {missing}",
        fix=one if entry.alone else both,
        address=case.change.address,
        place=entry.place,
    )


def _missing(people: People, source: SourceSegment) -> str:
    """Empty where nothing is. A size from before a change is compared all the same: it is the only one."""
    if people.then is None:
        return "outbound stored no size"
    if people.now is None:
        return "the service has not counted its members yet"
    if people.as_of and _changed_since(source):
        return f"outbound last counted on {people.as_of} and the segment was changed after that"
    return ""
