"""What is in flight: for people and for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mig.engine import lock
from mig.engine.history import Past
from mig.engine.ledger import Ledger
from mig.engine.plan import Organization
from mig.events.job_status import JobStanding
from mig.events.status import EventStanding
from mig.model.counted import counted
from mig.report.history_report import became, past_document
from mig.report.page import Page
from mig.report.plan_json import organization_document
from mig.segments.status import Standing

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An environment at a moment: who holds its lock, the last apply, what it owns, what is in flight.

    `standings` are of segments, `events` of events, `jobs` those of all migrations: one runs at a time.
    """

    now: datetime
    target: Organization
    held: lock.Held | None
    last: Past | None
    ledger: Ledger
    standings: Sequence[Standing]
    events: Sequence[EventStanding] = ()
    jobs: Sequence[JobStanding] = ()

    @property
    def lease_ended(self) -> bool:
        """Whether the next apply takes the lock over."""
        holder = self.held.holder if self.held else None
        return holder is not None and self.now >= datetime.fromisoformat(holder.until)

    @property
    def told(self) -> str:
        """The closing sentence."""
        told = [f"{counted(len(self.jobs), 'registration job')} in flight"] if self.jobs else []
        for kind, count in (("event", len(self.events)), ("segment", len(self.standings))):
            owned = counted(len(self.ledger.entries_of(kind)), kind)
            told += [f"{count:,} of {owned} to look at"] if count else []
        return f"{'; '.join(told)}." if told else "Nothing is in flight."

    @property
    def running(self) -> str:
        """The run that holds the lock; empty when none does."""
        return self.held.holder.run_id if self.held and self.held.holder else ""


def status_document(status: Status) -> dict[str, Any]:
    """As `schemas/status.schema.json` describes it."""
    return {
        "format_version": FORMAT_VERSION,
        "target": organization_document(status.target),
        "lock": _lock(status),
        "last_run": past_document(status.last, status.running) if status.last else None,
        "owned": len(status.ledger.entries),
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
        "events": [
            {
                "address": event.address,
                "id": event.event_id,
                "name": event.name,
                "state": str(event.state),
                "told": event.told,
                "advice": event.advice,
            }
            for event in status.events
        ],
        "jobs": [_job(job) for job in status.jobs],
        "told": status.told,
    }


def _job(job: JobStanding) -> dict[str, Any]:
    return {
        "address": job.address,
        "migration": job.migration,
        "source_id": job.source_id,
        "target_id": job.target_id,
        "state": str(job.state),
        "began": job.began,
        "rows": job.rows,
        "come": job.come,
        "rows_an_hour": None if job.rate is None else round(job.rate, 1),
        "minutes_left": None if job.left is None else round(job.left / timedelta(minutes=1), 1),
        "told": job.told,
        "advice": job.advice,
    }


def _lock(status: Status) -> dict[str, Any] | None:
    if status.held is None:
        return None
    holder = status.held.holder
    keys = ("run_id", "who", "where", "since", "until")
    facts = {key: asdict(holder)[key] if holder else None for key in keys}
    return {**facts, "lease_ended": status.lease_ended}


def status_text(status: Status, *, width: int = 80, color: bool = False) -> str:
    """The lock, the last apply, then each job, each event and each segment with what to do."""
    page = Page(width, color)
    page.wrapped("lock    ", lock.told(status.held))
    if status.lease_ended:
        page.wrapped("        ", "Its lease has ended: the next apply takes it over.")
    page.wrapped("last    ", _last(status))
    page.wrapped("owned   ", f"{status.ledger.told} of {status.ledger.migration}")
    for job in status.jobs:
        page.line()
        name = f"  {job.state}  {job.address}  "
        page.wrapped(name, f"registration job of {job.began}: {job.progress}", style="yellow")
        page.wrapped("", job.told, indent=6)
        page.wrapped("fix    ", job.advice, indent=6)
    found: Sequence[EventStanding | Standing] = (*status.events, *status.standings)
    for standing in found:
        page.line()
        page.wrapped(f"  {standing.state}  {standing.address}  ", standing.name, style="yellow")
        page.wrapped("", standing.told, indent=6)
        page.wrapped("fix    ", standing.advice, indent=6)
    page.line()
    page.line(status.told)
    return str(page)


def _last(status: Status) -> str:
    if status.last is None:
        return "Nothing was applied yet."
    last = status.last
    counts = f" ({last.counts})" if last.ended else ""
    return f"run {last.run_id}, begun {last.began}: {became(last, status.running)}{counts}"
