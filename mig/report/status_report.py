"""What is in flight: for people and for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from mig.engine import lock
from mig.engine.ledger import Ledger
from mig.engine.plan import Organization
from mig.report.page import Page
from mig.report.plan_json import organization_document
from mig.segments.status import Standing

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An environment at a moment: who holds its lock, what its ledger says, what is in flight."""

    now: datetime
    target: Organization
    held: lock.Held | None
    ledger: Ledger
    standings: Sequence[Standing]

    @property
    def lease_ended(self) -> bool:
        """Whether the next apply takes the lock over."""
        holder = self.held.holder if self.held else None
        return holder is not None and self.now >= datetime.fromisoformat(holder.until)

    @property
    def told(self) -> str:
        """The closing sentence."""
        count = len(self.standings)
        return f"{count} of {self._owned} segments to look at." if count else "Nothing is in flight."

    @property
    def _owned(self) -> int:
        return len(self.ledger.entries)


def status_document(status: Status) -> dict[str, Any]:
    """As `schemas/status.schema.json` describes it."""
    return {
        "format_version": FORMAT_VERSION,
        "target": organization_document(status.target),
        "lock": _lock(status),
        "ledger": {"owned": len(status.ledger.entries), "last_run": _last_run(status.ledger)},
        "segments": [
            {
                "address": standing.address,
                "id": standing.segment_id,
                "name": standing.name,
                "state": str(standing.state),
                "told": standing.told,
                "advice": standing.advice,
            }
            for standing in status.standings
        ],
        "told": status.told,
    }


def _lock(status: Status) -> dict[str, Any] | None:
    if status.held is None:
        return None
    holder = status.held.holder
    keys = ("run_id", "who", "where", "since", "until")
    facts = {key: asdict(holder)[key] if holder else None for key in keys}
    return {**facts, "lease_ended": status.lease_ended}


def _last_run(ledger: Ledger) -> dict[str, Any] | None:
    """The run that wrote last, and how many segments it wrote down last of all runs."""
    known = [entry for entry in ledger.entries.values() if entry.at]
    if not known:
        return None
    last = max(known, key=lambda entry: datetime.fromisoformat(entry.at))
    recorded = sum(entry.run_id == last.run_id for entry in known)
    return {"run_id": last.run_id, "at": last.at, "segments": recorded}


def status_text(status: Status, *, width: int = 80, color: bool = False) -> str:
    """The lock, the ledger, then each segment with what to do."""
    page = Page(width, color)
    page.wrapped("lock    ", lock.told(status.held))
    if status.lease_ended:
        page.wrapped("        ", "Its lease has ended: the next apply takes it over.")
    page.wrapped("ledger  ", _owned(status.ledger))
    for standing in status.standings:
        page.line()
        page.wrapped(f"  {standing.state}  {standing.address}  ", standing.name, style="yellow")
        page.wrapped("", standing.told, indent=6)
        page.wrapped("fix    ", standing.advice, indent=6)
    page.line()
    page.line(status.told)
    return str(page)


def _owned(ledger: Ledger) -> str:
    last = _last_run(ledger)
    told = f"{len(ledger.entries)} segments of {ledger.migration}"
    return f"{told}; last written by run {last['run_id']} at {last['at']}" if last else told
