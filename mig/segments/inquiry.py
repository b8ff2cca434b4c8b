"""What is known of one segment before anything is decided, and the main change that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mig.engine.ledger import Entry, State
from mig.engine.plan import Action, Change, Drift
from mig.engine.steps import Step
from mig.manifest.resolve import Resource
from mig.model.findings import Severity
from mig.segments import actions
from mig.segments.case import Case
from mig.segments.decide import Decision, precondition, query_diff
from mig.segments.eligibility import Eligibility
from mig.segments.match import Match
from mig.segments.owners import Ownership
from mig.segments.rows import SourceSegment, TargetSegment
from mig.segments.static import Members


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One segment: what asks for it, what it matches, whether it may move; the members of a static one."""

    resource: Resource
    source: SourceSegment
    match: Match
    references: tuple[str, ...]
    eligibility: Eligibility
    by_hand: bool = False
    members: Members | None = None

    def refused(self) -> Case:
        """It may not move; the first error says why."""
        errors = [found for found in self.eligibility.findings if found.severity is Severity.ERROR]
        return self._case(self._change(Action.BLOCKED, errors[0].message))

    def settled(self, reason: str) -> Case:
        """A person did what there was to do; nothing is written, the ledger included."""
        return self._case(replace(self._change(Action.UNCHANGED, reason), findings=(), settled=True))

    def decided(self, desired: State, ownership: Ownership, decision: Decision) -> Case:
        """It may move, and this is what to do."""
        target = self.match.target
        before = target.state if target else None
        after = decision.applied if decision.applied is not None else before
        record = self._record(desired, after or desired, decision)
        address, place = self.resource.address, self.resource.entry.place
        placed = tuple(replace(found, address=address, place=place) for found in decision.findings)
        change = replace(
            self._change(decision.action, decision.reason),
            after=after,
            query_diff=query_diff(before, after),
            findings=(*self.eligibility.findings, *placed),
            steps=self._steps(decision, desired, ownership, record),
        )
        drift = Drift(self.resource.address, decision.drift) if decision.drift else None
        return replace(self._case(change), drift=drift, record=record)

    def _change(self, action: Action, reason: str) -> Change:
        target = self.match.target
        return Change(
            address=self.resource.address,
            source_id=self.source.id,
            source_name=self.source.name,
            action=action,
            reason=reason,
            listed=not self.resource.selected,
            verdicts=self.eligibility.verdicts,
            before=target.state if target else None,
            precondition=precondition(target),
            findings=self.eligibility.findings,
        )

    def _case(self, change: Change) -> Case:
        return Case(
            resource=self.resource,
            source=self.source,
            match=self.match,
            references=self.references,
            change=change,
        )

    def _record(self, desired: State, applied: State, decision: Decision) -> Entry:
        """What the ledger will say; what is unchanged stays as it was written."""
        entry, action = self.match.entry, decision.action
        if entry is not None and action is Action.UNCHANGED:
            return entry
        return Entry(
            address=str(self.resource.address),
            source_id=self.source.id,
            target=actions.row_ids(self.match.ids),
            desired=desired,
            applied=applied,
            # What is made anew or changed is not live: `publish: true` asks for it once more.
            published=action is Action.ADOPT and (self._live or (entry is not None and entry.published)),
            by_hand=self.by_hand,
            created=self._ours(action),
            stopped=decision.stop or (action is not Action.CREATE and self._owes_publishing),
        )

    def _ours(self, action: Action) -> bool:
        """Whether `mig` made the copy: now, by the ledger, or by an id or a mark that only `mig` gives."""
        entry = self.match.entry
        return action is Action.CREATE or (entry is not None and entry.created) or self.match.ours

    @property
    def _owes_publishing(self) -> bool:
        """A run that had stopped it ended before it was live again."""
        return self.match.entry is not None and self.match.entry.stopped and not self._live

    @property
    def _live(self) -> bool:
        return self.match.target is not None and self.match.target.live

    def _steps(
        self, decision: Decision, desired: State, ownership: Ownership, record: Entry
    ) -> tuple[Step, ...]:
        match decision.action:
            case Action.CREATE:
                ids, claim = self.match.ids, self.match.claim
                return actions.create(self.source, ids, desired, ownership, record, self.members, claim)
            case Action.UPDATE if self.match.target is not None:
                target, columns = self.match.target, decision.columns
                steps = actions.update(target, columns, desired, ownership, record, self.members)
                return (*self._stopping(target, columns, record), *steps) if decision.stop else steps
            case Action.ADOPT:
                return actions.adopt(record)
        return ()

    def _stopping(self, target: TargetSegment, columns: Sequence[str], record: Entry) -> tuple[Step, ...]:
        """The ledger says first that the copy is to be live again: a run that dies must not leave it stopped.

        A copy that the ledger does not know yet is written down as it is, so that the change is still due.
        """
        due = {**record.desired, **{column: target.state[column] for column in columns}}
        before = self.match.entry or replace(record, desired=due, applied=target.state)
        return (*actions.adopt(replace(before, stopped=True)), *actions.stop(target))
