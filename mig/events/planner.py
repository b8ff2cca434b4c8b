"""From rows to changes, event by event. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from mig.engine.jobs import in_flight, record_of
from mig.engine.ledger import Entry
from mig.engine.plan import Change, unclear
from mig.engine.snapshot import Base, Part
from mig.engine.waiving import idle, waived, waiver_of
from mig.events.asked import Asked, Wanted
from mig.events.carrier import Course, bars, choose
from mig.events.case import Case
from mig.events.gather import EventRows
from mig.events.match import Match, given_up, match
from mig.events.owned import strayed
from mig.events.preconditions import apart, findings_of, out_of_reach, to_write
from mig.events.repair import Way
from mig.events.standing import Standing
from mig.events.terms import Terms
from mig.journeys.triggers import lint
from mig.manifest.model import Manifest
from mig.model.address import Address
from mig.model.findings import Finding, Severity, blocking


@dataclass(frozen=True)
class EventPlanner:
    """Plans the events of one manifest."""

    manifest: Manifest
    base: Base
    rows: EventRows

    def plan(self) -> Part:
        """All changes, in no particular order."""
        changes = [change for wanted in self._asked.wanted for change in self._changes(wanted)]
        refused = [unclear(found.address, found) for found in self._asked.refused if found.address]
        return Part(
            changes=(*changes, *refused), findings=(*self._asked.findings, *self._left(), *self._idle())
        )

    @cached_property
    def _asked(self) -> Asked:
        return self.rows.asked(self.manifest)

    @cached_property
    def _matches(self) -> Mapping[str, Match]:
        """Where each source goes, by its id."""
        entries = self.base.ledger.entries
        return {
            one.source.id: match(one, entries.get(one.source.id), self.rows.targets.events)
            for one in self._asked.wanted
        }

    def _changes(self, wanted: Wanted) -> Iterator[Change]:
        standing = self.rows.standings.get(wanted.source.id)
        if standing is None or apart(self.base):
            return iter([self._out_of_reach(wanted)])
        found, known = self._matches[wanted.source.id], self.base.ledger.entries.get(wanted.source.id)
        told = self._compared(wanted, standing, known)
        if standing.compared and standing.compared.way is Way.NEW_DRAFT and known is not None:
            known = given_up(known, found.id)
            found = match(wanted, known, self.rows.targets.events)
            standing = standing.anew()
        course = self._course(wanted, found, standing, known)
        said = (
            *findings_of(wanted, found, standing, self.base, known, moving=course.moving),
            *self._contested(found),
            *self._journeys(found, standing, course),
            *told,
            *strayed(wanted.entry, found.target, known),
            *bars(self.rows.offer, course, self.base.now),
        )
        findings = tuple(self._settled(finding, wanted) for finding in said)
        case = Case(
            wanted=wanted,
            match=found,
            standing=standing,
            known=known,
            target=self.base.target,
            choice=choose(self.rows.offer, course),
            course=course,
            triggers=self.rows.triggers,
            terms=Terms.of(wanted, self.manifest, known),
            findings=findings,
        )
        return iter([case.refused()]) if blocking(findings) else case.changes()

    def _out_of_reach(self, wanted: Wanted) -> Change:
        """What the source has cannot be moved from there, whatever it is."""
        blocked = unclear(wanted.address, self._settled(out_of_reach(self.base), wanted))
        return replace(blocked, source_id=wanted.source.id, source_name=wanted.source.name)

    def _journeys(self, found: Match, standing: Standing, course: Course) -> Iterator[Finding]:
        """P7: those that would run for every row that is written; nothing is said where none is."""
        repaired = standing.compared is not None and standing.compared.writes
        if found.target is None or repaired or course.moving:
            yield from lint(self.rows.triggers, standing.source.id, found.id)

    def _settled(self, finding: Finding, wanted: Wanted) -> Finding:
        """On its entry, and accepted where the manifest says so."""
        waiver = waiver_of(finding, wanted.address, self.manifest.policy.waive)
        return replace(waived(finding, waiver), address=wanted.address, place=wanted.entry.place)

    def _compared(self, wanted: Wanted, standing: Standing, known: Entry | None) -> tuple[Finding, ...]:
        """What came of comparing an event that was moved."""
        if standing.compared is None:
            return ()
        settled = known is not None and known.published
        return tuple(standing.compared.findings(wanted.address, settled=settled))

    def _course(self, wanted: Wanted, found: Match, standing: Standing, known: Entry | None) -> Course:
        starts = (standing.source.start, wanted.entry.start, found.target and found.target.start)
        jobs = in_flight((self.base.ledger, *self.base.ledgers.others))
        record = record_of(known, found.id)
        may_run = self.rows.offer.busy or self.rows.offer.unclear or (record is not None and record.in_flight)
        return Course(
            migration=self.manifest.migration,
            registrations=standing.there.registrations,
            lacking=to_write(wanted.entry, standing),
            copied=standing.begun,
            start=min((start for start in starts if start), default=None),
            record=record,
            others=tuple(one for one in jobs if one.entry.source_id != wanted.source.id),
            instead=self.base.stop_job and may_run,
        )

    def _contested(self, found: Match) -> Iterator[Finding]:
        """Two events into one would be told apart by nobody."""
        claims = Counter(one.id for one in self._matches.values())
        if claims[found.id] > 1:
            yield Finding(
                code="EVT014",
                severity=Severity.ERROR,
                message=f"another entry goes to the event {found.id} too",
                fix="give one of them another name in its `target:`",
            )

    def _idle(self) -> Iterator[Finding]:
        """Waivers for events that are not there; what others waive may be needed when rows are compared."""
        known = [*(one.address for one in self._asked.wanted), *(one.address for one in self._asked.refused)]
        return idle(
            waiver
            for waiver in self.manifest.policy.waive
            if waiver.on.kind == "event" and not any(one and waiver.covers(one) for one in known)
        )

    def _left(self) -> Iterator[Finding]:
        """What was moved once and is not listed any more."""
        perhaps = self._asked.perhaps | {one.source.id for one in self._asked.wanted}
        for source_id, entry in sorted(self.base.ledger.entries_of("event").items()):
            if source_id not in perhaps:
                yield Finding(
                    code="EVT015",
                    severity=Severity.INFO,
                    message="no longer asked for by the manifest; its event and registrations stay",
                    address=Address.parse(entry.address),
                )
