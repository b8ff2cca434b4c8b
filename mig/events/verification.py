"""What verifying events came to, as values."""

from dataclasses import dataclass

from mig.events.reconciliation import Reconciled, Reconciliation
from mig.model.address import Address
from mig.model.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class EventComparison:
    """One event; without a `reconciliation` there was nothing to compare, for a `reason`."""

    address: Address
    reconciliation: Reconciliation | None = None
    reason: str = ""

    @property
    def outcome(self) -> Reconciled:
        """What it came to."""
        return self.reconciliation.outcome if self.reconciliation else Reconciled.UNVERIFIED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be known of the comparison itself; what the checks found, they say."""
        return self.reconciliation.about_matching(self.address) if self.reconciliation else ()


@dataclass(frozen=True, slots=True)
class EventVerification:
    """All events, by address; those that are `not_moved` yet are left aside."""

    comparisons: tuple[EventComparison, ...] = ()
    not_moved: int = 0
