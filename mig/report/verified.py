"""What `mig verify` came to as a whole: members of segments, and registrations of events."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mig.events.reconciliation import Reconciled
from mig.events.verification import EventComparison, EventVerification
from mig.model.counted import counted
from mig.model.findings import Finding
from mig.model.outcome import Exit, Outcome
from mig.segments.verification import Verdict, Verification

_VERDICTS = {
    Reconciled.CLEAN: Verdict.MATCH,
    Reconciled.FIXABLE: Verdict.DIFFERS,
    Reconciled.NEEDS_PERSON: Verdict.DIFFERS,
    Reconciled.UNVERIFIED: Verdict.UNVERIFIED,
}
_EXITS = {Verdict.MATCH: Exit.DONE, Verdict.DIFFERS: Exit.DIFFERS, Verdict.UNVERIFIED: Exit.FAILED}


@dataclass(frozen=True, slots=True)
class Verified:
    """Both parts."""

    members: Verification
    moved: EventVerification = field(default_factory=EventVerification)

    @property
    def events(self) -> tuple[EventComparison, ...]:
        """Those that were compared, by address."""
        return self.moved.comparisons

    @property
    def verdict(self) -> Verdict:
        """The worst: a difference, then what could not be compared."""
        found = {_VERDICTS[event.outcome] for event in self.events}
        if self.members.comparisons or not found:
            found.add(self.members.verdict)
        return next(one for one in (Verdict.DIFFERS, Verdict.UNVERIFIED, Verdict.MATCH) if one in found)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the evidence."""
        return (*self.members.findings, *(found for event in self.events for found in event.findings))

    @property
    def outcome(self) -> Outcome:
        """The closing sentences and the exit code."""
        return Outcome(_EXITS[self.verdict], " ".join(self._sentences()))

    def _sentences(self) -> Iterator[str]:
        if self.members.comparisons or not self.events:
            yield self.members.outcome.sentence
        if self.events:
            clean, total = sum(event.outcome is Reconciled.CLEAN for event in self.events), len(self.events)
            word = "Reconciled" if clean == total else "Not reconciled"
            yield f"{word}: {clean:,} of {counted(total, 'event')} clean."
