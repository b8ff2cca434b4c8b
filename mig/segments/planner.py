"""From segment rows to changes. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mig.engine.graph import circles, levels
from mig.engine.ledger import Entry, State
from mig.engine.plan import Action, Change, Drift
from mig.engine.snapshot import Base, Part
from mig.engine.steps import Step
from mig.manifest.model import Manifest
from mig.manifest.resolve import Resolution, Resource, resolve
from mig.model.address import Address
from mig.model.findings import Finding, Severity
from mig.segments import actions
from mig.segments.case import Case, block_dependants
from mig.segments.decide import Decision, decide, precondition, query_diff
from mig.segments.desired import desired_state, display_name, too_long
from mig.segments.eligibility import Eligibility, judge, official_refusals
from mig.segments.match import Match, Targets
from mig.segments.publishing import publish_changes
from mig.segments.quota import counted, quota, within_quota
from mig.segments.read import SegmentRows
from mig.segments.rows import SourceSegment
from mig.segments.translations import Translated, Translator


@dataclass(frozen=True)
class SegmentPlanner:
    """Plans the segments of one manifest."""

    manifest: Manifest
    base: Base
    rows: SegmentRows

    def plan(self) -> Part:
        """All changes, in no particular order."""
        policy = self.manifest.policy
        used = counted(self.rows.real_time, self.base.ledger, policy)
        cases = {source_id: self._case(resource) for source_id, resource in self._resources.items()}
        order = _references_first(cases)
        cases = block_dependants(within_quota(cases, used, policy.quota), order)
        creates = sum(case.change.action is Action.CREATE for case in cases.values())
        return Part(
            changes=(
                *(_after_references(case, cases) for case in cases.values()),
                *publish_changes(cases, order, self._matches),
            ),
            quota=quota(self.rows.real_time, used, policy.quota, creates),
            drift=tuple(case.drift for case in cases.values() if case.drift),
            findings=(*self._resolution.findings, *self._no_longer_listed()),
        )

    # --- what is known ------------------------------------------------------------------------------------

    @cached_property
    def _resolution(self) -> Resolution:
        return resolve(self.manifest, self.rows.sources)

    @cached_property
    def _resources(self) -> Mapping[str, Resource]:
        return {resource.source_id: resource for resource in self._resolution.resources}

    @cached_property
    def _targets(self) -> Targets:
        return Targets.of(self.rows.real_time)

    @cached_property
    def _matches(self) -> Mapping[str, Match]:
        entries = self.base.ledger.entries
        return {
            source.id: self._targets.match(source, entries.get(source.id))
            for source in self.rows.sources
            if source.id in self._resources or source.id in entries
        }

    @cached_property
    def _translated(self) -> Mapping[str, Translated]:
        return Translator(self.rows, self._resources, self._matches).all()

    @cached_property
    def _names(self) -> Counter[str]:
        prefix = self.manifest.policy.prefix
        return Counter(
            display_name(resource.entry, self.rows.by_id[source_id], prefix)
            for source_id, resource in self._resources.items()
        )

    # --- one segment --------------------------------------------------------------------------------------

    def _case(self, resource: Resource) -> Case:
        source = self.rows.by_id[resource.source_id]
        translated = self._translated[source.id]
        match = self._matches[source.id]
        name = display_name(resource.entry, source, self.manifest.policy.prefix)
        state = (
            desired_state(source, name, translated.audience, translated.text)
            if translated.text is not None and translated.audience is not None
            else None
        )
        eligibility = self._eligibility(resource, source, translated, match, state)
        if state is None or eligibility.blocked:
            return self._blocked(resource, source, translated, match, eligibility)
        on_drift = resource.entry.on_drift or self.manifest.policy.on_drift
        decision = decide(resource, state, match, on_drift)
        return self._decided(resource, source, translated, match, eligibility, state, decision)

    def _eligibility(
        self,
        resource: Resource,
        source: SourceSegment,
        translated: Translated,
        match: Match,
        state: State | None,
    ) -> Eligibility:
        reading = self.rows.readings.get(source.id)
        ours = [
            *translated.findings,
            *(too_long(state) if state else ()),
            *self._circumstances(resource, match),
        ]
        if state:
            ours += self._name_taken(str(state["msdynmkt_displayname"]), match)
        limits = resource.entry.limits or self.manifest.policy.limits
        judged = judge(list(official_refusals(source, reading, self.rows.schema)), ours, limits)
        placed = tuple(
            replace(finding, address=resource.address, place=finding.place or resource.entry.place)
            for finding in judged.findings
        )
        return replace(judged, findings=placed)

    def _circumstances(self, resource: Resource, match: Match) -> Iterator[Finding]:
        for key in resource.entry.not_yet:
            yield Finding(
                code="MAN090",
                severity=Severity.ERROR,
                message=f"`{key}` is not available in this version yet",
                fix="take the key out, or leave this segment out for now",
            )
        for other in self.base.ledgers.others:
            if resource.source_id in other.entries or match.ids[0] in other.owned:
                yield Finding(
                    code="SEG018",
                    severity=Severity.ERROR,
                    message=f"it belongs to the migration {other.migration!r}",
                    fix="take it out of one of the two manifests",
                )

    def _name_taken(self, name: str, match: Match) -> Iterator[Finding]:
        others = [
            target for target in self._targets.by_name.get(name, ()) if target.segment_id != match.ids[0]
        ]
        if self._names[name] > 1:
            told, fix = "several entries would get this name", "give all but one of them a `name:`"
        elif others and not match.others:
            told, fix = f"segment {others[0].segment_id} has this name already", "give it another `name:`"
        else:
            return
        yield Finding(code="SEG013", severity=Severity.ERROR, message=f"{name!r}: {told}", fix=fix)

    def _blocked(
        self,
        resource: Resource,
        source: SourceSegment,
        translated: Translated,
        match: Match,
        eligibility: Eligibility,
    ) -> Case:
        reasons = [finding for finding in eligibility.findings if finding.severity is Severity.ERROR]
        change = Change(
            address=resource.address,
            source_id=source.id,
            source_name=source.name,
            action=Action.BLOCKED,
            reason=reasons[0].message,
            listed=not resource.selected,
            verdicts=eligibility.verdicts,
            before=match.target.state if match.target else None,
            precondition=precondition(match.target),
            findings=eligibility.findings,
        )
        return Case(
            resource=resource, source=source, match=match, references=translated.references, change=change
        )

    def _decided(
        self,
        resource: Resource,
        source: SourceSegment,
        translated: Translated,
        match: Match,
        eligibility: Eligibility,
        state: State,
        decision: Decision,
    ) -> Case:
        before = match.target.state if match.target else None
        after = decision.applied if decision.applied is not None else before
        record = match.entry if decision.action is Action.UNCHANGED else None
        record = record or _record(resource, source, match, state, after or state)
        placed = tuple(replace(found, address=resource.address) for found in decision.findings)
        change = Change(
            address=resource.address,
            source_id=source.id,
            source_name=source.name,
            action=decision.action,
            reason=decision.reason,
            listed=not resource.selected,
            verdicts=eligibility.verdicts,
            before=before,
            after=after,
            query_diff=query_diff(before, after),
            precondition=precondition(match.target),
            findings=(*eligibility.findings, *placed),
            steps=_steps(decision, source, match, state, record),
        )
        drift = Drift(resource.address, decision.drift) if decision.drift else None
        return Case(
            resource=resource,
            source=source,
            match=match,
            references=translated.references,
            change=change,
            drift=drift,
            record=record,
        )

    def _no_longer_listed(self) -> Iterator[Finding]:
        for source_id, entry in sorted(self.base.ledger.entries.items()):
            if source_id not in self._resources and entry.address.startswith("segment."):
                yield Finding(
                    code="SEG023",
                    severity=Severity.INFO,
                    message="no longer in the manifest; its copy stays in the target",
                    address=Address.parse(entry.address),
                )


def _record(resource: Resource, source: SourceSegment, match: Match, desired: State, applied: State) -> Entry:
    return Entry(
        address=str(resource.address),
        source_id=source.id,
        target=actions.row_ids(match.ids),
        desired=desired,
        applied=applied,
        published=bool(match.entry and match.entry.published),
    )


def _steps(
    decision: Decision, source: SourceSegment, match: Match, state: State, record: Entry
) -> tuple[Step, ...]:
    match decision.action:
        case Action.CREATE:
            return actions.create(source, match.ids, state, record)
        case Action.UPDATE if match.target is not None:
            return actions.update(match.target, decision.columns, state, record)
        case Action.ADOPT:
            return actions.adopt(record)
    return ()


def _after_references(case: Case, cases: Mapping[str, Case]) -> Change:
    needed = [cases[key].change for key in case.references if key in cases]
    depends_on = tuple(change.id for change in needed if change.steps)
    return replace(case.change, depends_on=depends_on) if case.change.steps else case.change


def _references_first(cases: Mapping[str, Case]) -> Sequence[str]:
    references = {key: case.references for key, case in cases.items()}
    turning = {key for circle in circles(references) for key in circle}
    straight = {key: found for key, found in references.items() if key not in turning}
    return [*sorted(turning), *(key for wave in levels(straight) for key in wave)]
