"""How one event is to be compared and repaired, as its manifest says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from mig.engine.ledger import Entry
from mig.events.asked import Wanted
from mig.events.both import Both
from mig.events.carrier import Carrier
from mig.events.match import WAY, abandoned
from mig.events.reconcile import reconcile
from mig.events.reconciliation import Reconciliation
from mig.events.repair import Repair, decide
from mig.events.settings import settings_diff
from mig.manifest.model import Amount, Duplicates, Manifest, Waitlist, Waiver
from mig.model.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Those of one entry. `columns` are the source's with their names in the target.

    `few` is None where any number of rows may be added one by one. `abandoned` counts the drafts that were
    given up for this event.
    """

    address: Address
    columns: Mapping[str, str] = field(default_factory=dict)
    recreates: bool
    approved: bool
    few: int | None
    share: Amount
    waive: tuple[Waiver, ...] = ()
    abandoned: int = 0

    @classmethod
    def of(cls, wanted: Wanted, manifest: Manifest, known: Entry | None) -> Self:
        """Of an event that is asked for; `known` is what the ledger says of it.

        Our own copy may be repeated as it is: its rows have the same ids again.
        """
        entry = wanted.entry
        own = known is not None and known.applied.get(WAY) == Carrier.COPY
        return cls(
            address=wanted.address,
            columns=entry.columns,
            recreates=entry.waitlist is Waitlist.RECREATE,
            approved=entry.duplicates is Duplicates.REMOVE,
            few=None if own else entry.repair_few,
            share=entry.repair_share,
            waive=tuple(one for one in manifest.policy.waive if one.covers(wanted.address)),
            abandoned=len(abandoned(known)),
        )

    def compare(self, both: Both) -> Reconciliation:
        """Both sides, with what is waived. A move begins when its target is made."""
        found = reconcile(
            both,
            started=both.target.event.created,
            recreates=self.recreates,
            approved=self.approved,
            settings=len(settings_diff(both.source.event, both.target.event)),
        )
        return found.accepting(self.waive, self.address)

    def repair(self, found: Reconciliation, both: Both) -> Repair:
        """What is to be done about it."""
        return decide(found, both, few=self.few, share=self.share, abandoned=self.abandoned)
