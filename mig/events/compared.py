"""What comparing an event with its copy came to, in numbers only: it may be kept in a snapshot, and shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from mig.events.reconciliation import Check, Doubts, Reconciled, Reconciliation
from mig.events.repair import Repair, Way
from mig.events.tables import CALLED
from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The checks without their rows, and what is to be done; `writes` counts rows by table."""

    outcome: Reconciled
    checks: tuple[Check, ...]
    way: Way
    lost: int = 0
    allowed: int = 0
    writes: Mapping[str, int] = field(default_factory=dict)
    removals: int = 0
    doubts: Doubts = field(default_factory=Doubts)

    @classmethod
    def of(cls, found: Reconciliation, repair: Repair) -> Self:
        """Counted."""
        return cls(
            outcome=found.outcome,
            checks=tuple(replace(check, differing=()) for check in found.checks),
            way=repair.way,
            lost=repair.lost,
            allowed=repair.allowed,
            writes={table: len(rows) for table, rows in repair.writes.items()},
            removals=len(repair.removals),
            doubts=found.doubts,
        )

    @property
    def told(self) -> str:
        """What is to be done, as a plan says it."""
        rows = ", ".join(counted(count, *CALLED[table]) for table, count in self.writes.items())
        parts = [f"row by row: {rows}"] if rows else []
        if self.removals:
            parts.append(f"{counted(self.removals, 'duplicate')} removed, as approved")
        return "; ".join(parts)

    def findings(self, address: Address, *, settled: bool) -> Iterator[Finding]:
        """What is to be said in a plan. Where nothing of ours helps, it stops an event that is not `settled`:
        published already."""
        helps = self.way in (Way.ROWS, Way.NEW_DRAFT)
        for check in self.checks:
            found = check.finding(address) if check.faulty or check.waived else None
            if found is not None:
                yield replace(found, severity=Severity.WARNING) if helps or settled else found
        if self.outcome is not Reconciled.CLEAN:
            yield from self.doubts.findings(address)
        told = Repair(way=self.way, lost=self.lost, allowed=self.allowed).finding(address)
        if told is not None:
            yield told
