"""One event with all that was found out about it, and the changes that follow. Pure.

A draft, its registrations, the proof that they are all there, publishing: each waits for the one before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from mig.engine.ledger import Entry, State
from mig.engine.plan import Action, Change, Verdicts, digest
from mig.engine.steps import Step
from mig.events import actions
from mig.events.asked import Wanted
from mig.events.ids import event_id
from mig.events.match import ABANDONED, OWN_COPY, ROWS, WAY, Match, abandoned, target_name
from mig.events.preconditions import to_write
from mig.events.reconciliation import Reconciled
from mig.events.repair import Way
from mig.events.standing import Standing, Tally
from mig.events.tables import EVENT
from mig.events.terms import Terms
from mig.events.worklist import Surroundings, worklist
from mig.journeys.triggers import Triggers
from mig.manifest.model import Waitlist
from mig.model.findings import Finding, Severity

# What a row costs the service (design §12), and how many requests are under way at least.
_SECONDS_A_ROW: Final = 0.03
_AT_ONCE: Final = 4


@dataclass(frozen=True, kw_only=True)
class Case:
    """An event that is asked for; `known` is what the ledger says of it, `phase` outbound's."""

    wanted: Wanted
    match: Match
    standing: Standing
    known: Entry | None
    phase: str
    triggers: Triggers
    terms: Terms
    findings: tuple[Finding, ...]

    def refused(self) -> Change:
        """It stays as it is."""
        why = next(found.message for found in self.findings if found.severity is Severity.ERROR)
        change = self._change(Action.BLOCKED, why, verdict=False)
        return replace(change, findings=self.findings)

    def changes(self) -> Iterator[Change]:
        """What is left to be done, in order; or that nothing is."""
        found = [*self._drafted(), *(self._repaired() if self.standing.compared else self._copied())]
        if found or not self._reconciled:
            found.append(self._reconcile())
        found += self._published()
        if not found:
            everything = self._told(self.standing.there)
            yield replace(
                self._change(Action.UNCHANGED, "the event is as the manifest asks"),
                before=everything,
                after=everything,
            )
            return
        first, *others = found
        before = first
        yield replace(first, findings=(*self.findings, *self._left_to_people()))
        for change in others:
            yield replace(change, depends_on=(before.id,))
            before = change

    def _left_to_people(self) -> Iterator[Finding]:
        """The worklist, as long as something is about to move."""
        if self.match.target is not None and not self._rows:
            return
        around = Surroundings(
            entry=self.wanted.entry,
            source=self.standing.source,
            target=self.standing.target,
            target_id=self.match.id,
            left=self.standing.left,
            triggers=self.triggers,
        )
        for item in worklist(around):
            yield item.finding(self.wanted.address)

    @property
    def _rows(self) -> int:
        """How many are to be made in the target."""
        return to_write(self.wanted.entry, self.standing)

    # --- the draft ----------------------------------------------------------------------------------------

    def _drafted(self) -> Iterator[Change]:
        target = self.match.target
        if target is None:
            yield replace(
                self._change(
                    Action.CREATE, f"{self.standing.source.name!r} goes to a draft of its own, {self._name!r}"
                ),
                after=self._state,
                steps=actions.create(self.match.id, self._state, self._record),
            )
        elif self.known is None or self.known.target.get(EVENT.table) != target.id:
            yield replace(
                self._change(
                    Action.ADOPT,
                    f"{self.standing.source.name!r} goes to {target.name!r} ({target.id}), which is there",
                ),
                after=self._state,
                steps=actions.adopt(self._record),
            )

    @property
    def _name(self) -> str:
        return target_name(self.wanted)

    @cached_property
    def _state(self) -> State:
        entry, source = self.wanted.entry, self.standing.source
        return actions.draft(self._name, entry.start or source.start, entry.end or source.end)

    # --- its rows -----------------------------------------------------------------------------------------

    def _copied(self) -> Iterator[Change]:
        standing = self.standing
        if self._rows:
            reason = f"{self._rows:,} rows by {OWN_COPY}, {self._why}; {_estimate(self._rows)}"
            columns = self.wanted.entry.columns
            steps = actions.copy_rows(
                standing.source.id, self.match.id, columns, self._waitlisted, self._copied_record
            )
            yield replace(
                self._change(Action.MIGRATE_REGISTRATIONS, reason),
                before=self._told(standing.here),
                after=self._told(standing.there),
                steps=steps,
            )

    def _repaired(self) -> Iterator[Change]:
        """What was found missing or unlike once the rows had been moved."""
        compared = self.standing.compared
        if compared is None or compared.way is not Way.ROWS:
            return
        source_id = self.standing.source.id
        steps = actions.repair(source_id, self.match.id, self.terms, self._waitlisted, self._copied_record)
        yield replace(
            self._change(Action.MIGRATE_REGISTRATIONS, compared.told),
            before=self._told(self.standing.here),
            after=self._told(self.standing.there),
            steps=steps,
        )

    @property
    def _waitlisted(self) -> int | None:
        """The status of those who wait, where the waitlist is to be made anew and can be."""
        return self.standing.left.status if self.wanted.entry.waitlist is Waitlist.RECREATE else None

    @property
    def _why(self) -> str:
        if self.phase == "live":
            return "which needs no service"
        return f"as outbound marketing is {self.phase}"

    def _told(self, tally: Tally) -> State:
        return {WAY: OWN_COPY, ROWS: dict(tally.moving), "registrations": dict(tally.statuses)}

    # --- the proof ----------------------------------------------------------------------------------------

    @property
    def _reconciled(self) -> bool:
        if self.known is None or not self.known.applied.get(actions.RECONCILED):
            return False
        compared = self.standing.compared
        return compared is None or compared.outcome is Reconciled.CLEAN or self.known.published

    def _reconcile(self) -> Change:
        return replace(
            self._change(Action.RECONCILE, "both sides are read again and compared"),
            after=self._told(self.standing.there),
            steps=actions.reconcile(self.standing.source.id, self.match.id, self.terms, self._copied_record),
        )

    # --- publishing ---------------------------------------------------------------------------------------

    def _published(self) -> Iterator[Change]:
        if not self.wanted.entry.publish or self._record.published:
            return
        target = self.match.target
        record = actions.reconciled(self._copied_record)
        if target is not None and target.live:
            steps: tuple[Step, ...] = actions.adopt(replace(record, published=True))
            yield replace(self._change(Action.PUBLISH, "is live already; to be recorded"), steps=steps)
            return
        steps = actions.publish(self.match.id, self.standing.live_sessions, record)
        yield replace(self._change(Action.PUBLISH, "flagged `publish`"), steps=steps)

    # --- what all have in common --------------------------------------------------------------------------

    @cached_property
    def _record(self) -> Entry:
        """What the ledger will say of the draft, before its rows are copied."""
        given_up = abandoned(self.known)
        same = self.known is not None and self.known.target.get(EVENT.table) == self.match.id
        return Entry(
            address=str(self.wanted.address),
            source_id=self.standing.source.id,
            target={EVENT.table: self.match.id},
            desired=self._state,
            applied={
                **self._state,
                **({ABANDONED: list(given_up)} if given_up else {}),
            },
            published=self.known is not None and same and self.known.published,
            # An id of ours tells that the draft is, where a run died before it could write that down.
            created=self.match.id == event_id(self.standing.source.id, len(given_up))
            or (self.known is not None and same and self.known.created),
        )

    @property
    def _copied_record(self) -> Entry:
        """When they are, and nobody has compared them yet."""
        told = self._told(self.standing.there)
        return replace(self._record, applied={**self._record.applied, **told})

    def _change(self, action: Action, reason: str, *, verdict: bool = True) -> Change:
        return Change(
            address=self.wanted.address,
            source_id=self.standing.source.id,
            source_name=self.standing.source.name,
            action=action,
            reason=reason,
            listed=True,
            verdicts=Verdicts(documented=verdict, extended=verdict),
            precondition=self._precondition,
        )

    @cached_property
    def _precondition(self) -> str:
        target = self.match.target
        if target is None:
            return "absent"
        return digest([target.name, str(target.start), str(target.end), target.publish_status])


def _estimate(rows: int) -> str:
    minutes = rows * _SECONDS_A_ROW / _AT_ONCE / 60
    return f"about {minutes:,.0f} minutes" if minutes >= 1.5 else "about a minute"
