"""What verifying events came to, as values."""

from dataclasses import dataclass

from mig.events.reconciliation import Reconciled, Reconciliation
from mig.events.worklist import Item
from mig.model.address import Address
from mig.model.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class EventComparison:
    """One event; without a `reconciliation` there was nothing to compare, for a `reason`.

    `worklist` is what is left to people, and no part of the outcome.
    """

    address: Address
    reconciliation: Reconciliation | None = None
    reason: str = ""
    worklist: tuple[Item, ...] = ()

    @property
    def outcome(self) -> Reconciled:
        """What it came to."""
        return self.reconciliation.outcome if self.reconciliation else Reconciled.UNVERIFIED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be known of the comparison itself, and the worklist; what the checks found, they say."""
        about = self.reconciliation.doubts.findings(self.address) if self.reconciliation else ()
        return (*about, *(item.finding(self.address) for item in self.worklist))


@dataclass(frozen=True, slots=True)
class EventVerification:
    """All events, by address; those that are `not_moved` yet are left aside."""

    comparisons: tuple[EventComparison, ...] = ()
    not_moved: int = 0
