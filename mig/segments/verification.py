"""What a verification came to, as values."""

from dataclasses import dataclass
from enum import StrEnum

from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding
from mig.model.outcome import Exit, Outcome
from mig.segments.differences import Differences


class Verdict(StrEnum):
    """What a comparison came to."""

    MATCH = "match"
    DIFFERS = "differs"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One segment. Counts and differences are None where they could not be had.

    `evidence` says what the members were compared with, `evidence_age` how old that is in seconds.
    """

    address: Address
    verdict: Verdict
    evidence: str | None = None
    evidence_age: int | None = None
    expected: int | None = None
    actual: int | None = None
    differences: Differences | None = None
    reason: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def missing(self) -> int | None:
        """How many members the copy should have and does not, explained ones included."""
        return None if self.differences is None else len(self.differences.missing)

    @property
    def surplus(self) -> int | None:
        """How many members the copy has and should not, explained ones included."""
        return None if self.differences is None else len(self.differences.surplus)


@dataclass(frozen=True, slots=True)
class Verification:
    """All comparisons, and how many segments were left aside.

    `drafts` are copies that are not published and not meant to be; `not_taken_over` those that a plan refuses
    to take over: somebody else's, as far as is known; `blocked` what is flagged and cannot be made live.
    """

    comparisons: tuple[Comparison, ...]
    drafts: int = 0
    not_taken_over: int = 0
    blocked: int = 0

    @property
    def verdict(self) -> Verdict:
        """The worst: a difference, then what could not be compared."""
        found = {comparison.verdict for comparison in self.comparisons}
        if Verdict.DIFFERS in found:
            return Verdict.DIFFERS
        return Verdict.UNVERIFIED if Verdict.UNVERIFIED in found or not found else Verdict.MATCH

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the evidence."""
        return tuple(finding for comparison in self.comparisons for finding in comparison.findings)

    @property
    def outcome(self) -> Outcome:
        """The closing sentence and the exit code."""
        total = len(self.comparisons)
        if not total:
            return Outcome(Exit.FAILED, "Nothing to verify: no segment of the manifest is live yet.")
        equal = sum(comparison.verdict is Verdict.MATCH for comparison in self.comparisons)
        matching = f"{equal:,} of {counted(total, 'segment matches', 'segments match')}"
        match self.verdict:
            case Verdict.DIFFERS:
                return Outcome(Exit.DIFFERS, f"Members differ: {matching}.")
            case Verdict.UNVERIFIED:
                return Outcome(Exit.FAILED, f"Not all could be verified: {matching}.")
        live = "live segment has the members it", "live segments have the members they"
        told = f"{'' if total == 1 else 'all '}{counted(total, *live)} should{self._told}"
        return Outcome(Exit.DONE, f"Verified: {told}.")

    @property
    def _told(self) -> str:
        count = sum((one.missing or 0) + (one.surplus or 0) for one in self.comparisons)
        return f"; differences explained or tolerated: {count}" if count else ""
