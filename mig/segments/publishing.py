"""Which segments are published, and after what."""

from collections.abc import Iterator, Mapping, Sequence

from mig.engine.plan import Action, Change
from mig.engine.steps import Step
from mig.manifest.model import Publish
from mig.model.findings import Finding, Severity
from mig.segments import actions
from mig.segments.case import Case
from mig.segments.match import Match
from mig.segments.rows import DefinitionStatus, SegmentStatus, TargetSegment

_UNDER_WAY = frozenset({SegmentStatus.EXPORTING, SegmentStatus.COMPUTING})


def publish_changes(
    cases: Mapping[str, Case], order: Sequence[str], matches: Mapping[str, Match]
) -> Iterator[Change]:
    """A publish change for everything flagged that is not live; `order` has references first.

    `publish: true` makes live once: what was published and went out of use since is left alone.
    """
    going_live = {key for key, match in matches.items() if match.target is not None and match.target.live}
    publishing: dict[str, Change] = {}
    for source_id in order:
        case = cases[source_id]
        if not _wanted(case) or source_id in going_live:
            continue
        waits_for = [key for key in case.references if key not in going_live]
        if waits_for:
            yield _refused(case, [cases[key].source.name for key in waits_for if key in cases])
            continue
        going_live.add(source_id)
        publishing[source_id] = _publish(case, publishing)
    yield from publishing.values()


def _wanted(case: Case) -> bool:
    if case.resource.entry.publish is Publish.NO or case.blocked:
        return False
    return case.record is not None and not case.record.published


def _publish(case: Case, earlier: Mapping[str, Change]) -> Change:
    before = [case.change.id] if case.change.steps else []
    before += [earlier[key].id for key in case.references if key in earlier]
    return Change(
        address=case.change.address,
        source_id=case.source.id,
        source_name=case.source.name,
        action=Action.PUBLISH,
        reason="flagged `publish`",
        listed=case.change.listed,
        verdicts=case.change.verdicts,
        depends_on=tuple(before),
        precondition=case.change.precondition,
        steps=_steps(case),
    )


def _steps(case: Case) -> tuple[Step, ...]:
    if case.record is None:
        return ()
    return actions.publish(case.match.ids, case.record, under_way=_under_way(case.match.target))


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
        fix="flag those with `publish: true` too",
        address=case.change.address,
        place=case.resource.entry.place,
    )
    return Change(
        address=case.change.address,
        source_id=case.source.id,
        source_name=case.source.name,
        action=Action.BLOCKED,
        reason=finding.message,
        listed=case.change.listed,
        verdicts=case.change.verdicts,
        precondition=case.change.precondition,
        findings=(finding,),
    )
