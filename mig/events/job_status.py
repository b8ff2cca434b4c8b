"""Registration jobs that a ledger calls started and not ended, and how far each is. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.job_status import JobState
from mig.engine.jobs import InFlight, Stage, progress, rate_of, time_left
from mig.events.offer import Offer
from mig.events.registration_job import RegistrationJob


class Condition(StrEnum):
    """How a job in flight is, as far as the service tells."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    UNHEARD = "unheard"
    UNCLEAR = "unclear"


_APPLY: Final = "run `mig apply`, which goes on from there"
_TOLD: Final = {
    Condition.RUNNING: ("the service says that it runs", "wait; or run `mig apply`, which waits too"),
    Condition.FINISHED: ("the service says that it has ended", _APPLY),
    Condition.FAILED: ("the service says that it failed", f"{_APPLY}: what failed is run again, once"),
    Condition.STOPPED: ("the service says that somebody stopped it", _APPLY),
    Condition.UNHEARD: (
        "whether it was started is not known: nobody heard the answer",
        "run `mig apply`, which finds out before it starts anything",
    ),
    Condition.UNCLEAR: ("the service does not tell how it is", "look at the rows that come, here and again"),
}
_STATES: Final = {
    JobState.RUNNING: Condition.RUNNING,
    JobState.FINISHED: Condition.FINISHED,
    JobState.FAILED: Condition.FAILED,
    JobState.STOPPED: Condition.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStanding:
    """One job in flight. `come` of its `rows` are there; `rate` is rows an hour; `left` an estimate."""

    address: str
    migration: str
    source_id: str
    target_id: str
    began: str
    rows: int
    come: int
    state: Condition
    progress: str
    rate: float | None
    left: timedelta | None

    @property
    def told(self) -> str:
        """What is the matter."""
        return _TOLD[self.state][0]

    @property
    def advice(self) -> str:
        """What to do."""
        return _TOLD[self.state][1]


async def job_standings(
    client: Client, jobs: Sequence[InFlight], offer: Offer, now: datetime
) -> tuple[JobStanding, ...]:
    """Each of them, with the registrations that its target has by now."""
    return tuple([await _standing(client, job, offer, now) for job in jobs])


async def _standing(client: Client, job: InFlight, offer: Offer, now: datetime) -> JobStanding:
    record, driver = job.record, RegistrationJob(job.entry.source_id, job.record.target)
    rows, _ = await driver.rows(client)
    return JobStanding(
        address=job.entry.address,
        migration=job.migration,
        source_id=job.entry.source_id,
        target_id=record.target,
        began=record.began,
        rows=record.rows,
        come=max(rows - record.present, 0),
        state=_condition(record.stage, offer, driver),
        progress=progress(record, rows, now),
        rate=rate_of(record, rows, now),
        left=time_left(record, rows, now),
    )


def _condition(stage: Stage, offer: Offer, driver: RegistrationJob) -> Condition:
    if stage is Stage.STARTING:
        return Condition.UNHEARD
    status = offer.status
    if status is None or not driver.concerns(status):
        return Condition.UNCLEAR
    return _STATES.get(status.state, Condition.UNCLEAR)
