"""Which segments are published, and after what."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mig.engine.plan import Action, Change
from mig.engine.steps import Step
from mig.manifest.model import Publish
from mig.model.findings import Finding, Severity
from mig.segments import actions
from mig.segments.case import Case
from mig.segments.match import Match
from mig.segments.rows import DefinitionStatus, SegmentStatus, TargetSegment

UNUSED: Final = "the platform has let it expire, as nothing used it for 120 days"
_UNDER_WAY = frozenset({SegmentStatus.EXPORTING, SegmentStatus.COMPUTING})


def publish_changes(
    cases: Mapping[str, Case], order: Sequence[str], matches: Mapping[str, Match], live: Collection[str]
) -> Iterator[Change]:
    """A publish change for everything flagged that is not live; `order` has references first.

    `live` has the ids of real-time segments that are live, copies or not.
    `publish: true` makes live once: what was published and went out of use since is left alone. `keep` brings
    back what the platform has let expire, never what a person stopped. What `mig` stopped in order to change
    it is published again, flagged or not.
    """
    going_live = {key for key, match in matches.items() if match.target is not None and match.target.live}
    going_live.update(live)
    for key in [key for key, case in cases.items() if _restarted(case)]:
        going_live -= {key, matches[key].ids[0]}
    publishing: dict[str, Change] = {}
    for source_id in order:
        case = cases[source_id]
        if not _wanted(case):
            continue
        if source_id in going_live:
            yield _recorded(case)
            continue
        waits_for = [key for key in case.references if key not in going_live]
        if waits_for:
            yield _refused(case, [cases[key].source.name for key in waits_for if key in cases])
            continue
        going_live.add(source_id)
        publishing[source_id] = _publish(case, publishing)
    yield from publishing.values()


def _wanted(case: Case) -> bool:
    if case.record is None or case.blocked:
        return False
    return case.record.stopped or (_flagged(case) and not case.record.published) or _expired_and_kept(case)


def _flagged(case: Case) -> bool:
    return case.resource.entry.publish is not Publish.NO


def _expired_and_kept(case: Case) -> bool:
    kept = case.resource.entry.publish is Publish.KEEP
    return kept and case.match.target is not None and case.match.target.expired


def _restarted(case: Case) -> bool:
    """It is stopped by its own change."""
    return case.change.action is Action.UPDATE and case.record is not None and case.record.stopped


def _publish(case: Case, earlier: Mapping[str, Change]) -> Change:
    before = [case.change.id] if case.change.steps else []
    before += [earlier[key].id for key in case.references if key in earlier]
    steps: tuple[Step, ...] = ()
    if case.record is not None:
        steps = actions.publish(case.match.ids, case.record, under_way=_under_way(case.match.target))
        if case.record.published:  # a run that dies must not leave it to be taken for published
            steps = (*actions.adopt(replace(case.record, published=False)), *steps)
    return _change(case, Action.PUBLISH, _why(case), steps=steps, depends_on=tuple(before))


def _why(case: Case) -> str:
    if case.record and case.record.stopped:
        return "stopped to be changed"
    return f"{UNUSED}; publish: keep" if _expired_and_kept(case) else "flagged `publish`"


def _recorded(case: Case) -> Change:
    """Live already, by a run that died while it waited or by a person: `publish: true` has had its once."""
    steps = (
        actions.adopt(replace(case.record, published=True, stopped=False)) if case.record is not None else ()
    )
    return _change(case, Action.PUBLISH, "is live already; to be recorded", steps=steps)


def brought_back(
    publishing: Iterable[Change], matches: Mapping[str, Match]
) -> Iterator[tuple[str, TargetSegment]]:
    """What had expired and is published again, with the id of the change."""
    for change in publishing:
        target = matches[change.source_id].target
        if change.action is Action.PUBLISH and target is not None and target.expired:
            yield change.id, target


def out_of_use(cases: Iterable[Case]) -> Iterator[Finding]:
    """What was published, is not live any more, and is left so: `publish` is no order to watch over it."""
    for case in cases:
        target = case.match.target
        had_its_once = _flagged(case) and case.record is not None and case.record.published
        if target is None or not had_its_once or _wanted(case):
            continue
        if target.expired:
            yield _told(case, "SEG055", UNUSED, "`publish: keep` brings it back; or publish it by hand")
        elif target.changeable:
            state = "a draft" if target.definition_status == DefinitionStatus.DRAFT else "stopped"
            fix = "publish it in real-time journeys if it is to be live again"
            yield _told(case, "SEG056", f"it was published, and somebody made it {state} since", fix)


def _told(case: Case, code: str, message: str, fix: str) -> Finding:
    return Finding(
        code=code,
        severity=Severity.INFO,
        message=message,
        fix=fix,
        address=case.change.address,
        place=case.resource.entry.place,
    )


def _change(
    case: Case, action: Action, reason: str, *, steps: tuple[Step, ...], depends_on: tuple[str, ...] = ()
) -> Change:
    return Change(
        address=case.change.address,
        source_id=case.source.id,
        source_name=case.source.name,
        action=action,
        reason=reason,
        listed=case.change.listed,
        verdicts=case.change.verdicts,
        depends_on=depends_on,
        precondition=case.change.precondition,
        steps=steps,
    )


def _under_way(target: TargetSegment | None) -> bool:
    """A publish that was started before, by a run that died or by a person, is only waited for."""
    return target is not None and (
        target.definition_status == DefinitionStatus.GOING_LIVE or target.status in _UNDER_WAY
    )


def _refused(case: Case, names: Sequence[str]) -> Change:
    told = ", ".join(map(repr, names)) or "segments outside the manifest"
    finding = Finding(
        code="SEG029",
        severity=Severity.ERROR,
        message=f"cannot be published: it refers to {told}, which will not be live",
        fix="flag those with `publish: true` too, or publish by hand what the manifest does not move",
        address=case.change.address,
        place=case.resource.entry.place,
    )
    refusal = _change(case, Action.BLOCKED, finding.message, steps=())
    return replace(refusal, findings=(finding,), instead_of=Action.PUBLISH)
