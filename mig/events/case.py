"""One event with all that was found out about it, and the changes that follow. Pure.

A draft, its registrations, the proof that they are all there, publishing: each waits for the one before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from mig.engine.jobs import Job, estimate, spoken
from mig.engine.ledger import Entry, State
from mig.engine.plan import Action, Change, Organization, Verdicts, digest
from mig.events import actions
from mig.events.asked import Wanted
from mig.events.carrier import Carrier, Choice, Course
from mig.events.ids import event_id
from mig.events.match import ABANDONED, ROWS, WAY, Match, abandoned, target_name
from mig.events.owned import owned, to_update
from mig.events.reconciliation import Reconciled
from mig.events.registration_job import RegistrationJob
from mig.events.repair import Way, few_of
from mig.events.standing import Standing, Tally
from mig.events.tables import EVENT
from mig.events.terms import Terms
from mig.events.worklist import Surroundings, worklist
from mig.journeys.triggers import Triggers
from mig.manifest.model import Waitlist
from mig.model.counted import counted
from mig.model.findings import Finding, Severity

# What a row costs the service (design §12), and how many requests are under way at least.
_SECONDS_A_ROW: Final = 0.03
_AT_ONCE: Final = 4


@dataclass(frozen=True, kw_only=True)
class Case:
    """An event that is asked for; `known` is what the ledger says of it, `target` where it goes."""

    wanted: Wanted
    match: Match
    standing: Standing
    known: Entry | None
    target: Organization
    choice: Choice
    course: Course
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
                findings=self.findings,
            )
            return
        first, *others = found
        before = first
        yield replace(first, findings=(*self.findings, *self._left_to_people()))
        for change in others:
            yield replace(change, depends_on=(before.id,))
            before = change

    def _left_to_people(self) -> Iterator[Finding]:
        """The worklist, which is told wherever something is done about the event."""
        around = Surroundings(
            entry=self.wanted.entry,
            source=self.standing.source,
            target=self.standing.target,
            target_id=self.match.id,
            left=self.standing.left,
            triggers=self.triggers,
            uncarried=self.standing.uncarried,
        )
        for item in worklist(around):
            yield item.finding(self.wanted.address)

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
        elif columns := to_update(self.wanted.entry, target, self.known):
            yield replace(
                self._change(
                    Action.UPDATE, f"{self._pair}the manifest asks otherwise since the draft was made"
                ),
                before=owned(target.name, target.start, target.end),
                after={**owned(target.name, target.start, target.end), **columns},
                steps=actions.update(target.id, columns, self._record),
            )

    @property
    def _name(self) -> str:
        return target_name(self.wanted)

    @cached_property
    def _state(self) -> State:
        entry, source = self.wanted.entry, self.standing.source
        return owned(self._name, entry.start or source.start, entry.end or source.end)

    @property
    def _pair(self) -> str:
        """Both names, where no draft is made or taken up that would say them."""
        target = self.match.target
        if target is None or self.known is None or self.known.target.get(EVENT.table) != target.id:
            return ""
        return f"{self.standing.source.name!r} to {target.name!r}: "

    # --- its rows -----------------------------------------------------------------------------------------

    def _copied(self) -> Iterator[Change]:
        if not self.course.moving:
            return
        standing, choice = self.standing, self.choice
        if choice.carrier is Carrier.JOB:
            count = standing.there.registrations
            what, takes = counted(count, "registration"), f"about {spoken(estimate(count))}"
            steps = actions.run_job(self._job, standing.source.id, self._waitlisted, self._copied_record)
        else:
            lacking, columns = self.course.lacking, self.wanted.entry.columns
            what, takes = counted(lacking, "row"), _estimate(lacking)
            steps = actions.copy_rows(
                standing.source.id, self.match.id, columns, self._waitlisted, self._copied_record
            )
        reason = f"{self._pair}{what} by {choice.carrier}, {choice.why}; {takes}"
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
            self._change(Action.MIGRATE_REGISTRATIONS, f"{self._pair}{compared.told}"),
            before=self._told(self.standing.here),
            after=self._told(self.standing.there),
            steps=steps,
        )

    @property
    def _waitlisted(self) -> int | None:
        """The status of those who wait, where the waitlist is to be made anew and can be."""
        return self.standing.left.status if self.wanted.entry.waitlist is Waitlist.RECREATE else None

    @property
    def _job(self) -> Job:
        source, organization = self.standing.source, self.target
        count = self.standing.there.registrations
        where = f"{organization.name} ({organization.url}, organisation {organization.organization_id})"
        return Job(
            told=f"{source.name!r} ({source.id}) to {self._name!r} ({self.match.id}), both in {where}",
            target=self.match.id,
            rows=count,
            few=few_of(self.wanted.entry.repair_few, self.wanted.entry.repair_share, count),
            entry=self._record,
            instead=self.course.instead,
            driver=RegistrationJob(source.id, self.match.id),
        )

    def _told(self, tally: Tally) -> State:
        return {
            WAY: str(self.choice.carrier),
            ROWS: dict(tally.moving),
            "registrations": dict(tally.statuses),
        }

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
        live = target is not None and target.live
        why = "is live already; to be recorded" if live else "flagged `publish`"
        yield replace(
            self._change(Action.PUBLISH, f"{self._pair}{why}"),
            steps=actions.publish(
                self.standing.source.id, self.match.id, self.standing.live_sessions, record, live=live
            ),
        )

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
