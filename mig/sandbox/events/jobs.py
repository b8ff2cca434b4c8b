"""Jobs that copy registrations: one at a time, 7.2 seconds of the world's clock a registration (§1.2).

A job knows from its start which registrations it copies: one that arrives later is not among them. What is
due is copied at the next request, dated when it was due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mig.sandbox.clock import EPOCH, microseconds, stored_time
from mig.sandbox.events.copying import Copier
from mig.sandbox.events.tables import EVENT, REGISTRATION, row_of
from mig.sandbox.world import World

PACE: Final = timedelta(seconds=7.2)  # a registration: about 8 hours for 4,000 (§1.2)


class JobState(StrEnum):
    """Where a job is; the words are ours, the service's are not public."""

    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the world keeps it; `copied` counts the registrations that are behind it, of `total`."""

    number: int
    source: str
    target: str
    started: datetime
    total: int
    copied: int
    state: JobState


def latest(world: World) -> Job | None:
    """The job that was started last, running or not."""
    row = world.connection.execute("SELECT * FROM _jobs ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        return None
    number, source, target, started, total, copied, state = row
    moment = EPOCH + timedelta(microseconds=started)
    return Job(number, source, target, moment, total, copied, JobState(state))


def running(world: World) -> Job | None:
    """The job under way; only the latest can be."""
    job = latest(world)
    return job if job is not None and job.state is JobState.RUNNING else None


def runs(world: World, source: str, target: str) -> list[int]:
    """The numbers of all jobs over this very pair of events, the first one first."""
    sql = "SELECT number FROM _jobs WHERE source = ? AND target = ? ORDER BY number"
    return [number for (number,) in world.connection.execute(sql, (source, target))]


def next_number(world: World) -> int:
    """The number that the next job gets; the first is 1."""
    previous = latest(world)
    return previous.number + 1 if previous else 1


def begin(world: World, source: str, target: str, lost: int) -> None:
    """Start a job over the registrations there are now, of which it will lose `lost`, evenly spread."""
    now = world.clock.now()
    number = next_number(world)
    sql = f"SELECT msevtmgt_eventregistrationid FROM {REGISTRATION} WHERE msevtmgt_eventid = ?"
    found = world.connection.execute(
        f"{sql} AND createdon <= ? ORDER BY createdon, 1", (source, stored_time(now))
    )
    registrations = [row[0] for row in found]
    total = len(registrations)
    job = (number, source, target, microseconds(now), total, 0, JobState.RUNNING)
    world.connection.execute("INSERT INTO _jobs VALUES (?, ?, ?, ?, ?, ?, ?)", job)
    world.connection.executemany(
        "INSERT INTO _job_rows VALUES (?, ?, ?, ?)",
        (
            (number, position, registration, _is_lost(position, total, lost))
            for position, registration in enumerate(registrations)
        ),
    )
    _copier(world, number, target).structure(source, now)


def end(world: World, job: Job, state: JobState) -> None:
    """The job goes no further."""
    world.connection.execute("UPDATE _jobs SET state = ? WHERE number = ?", (state, job.number))


def settle(world: World) -> None:
    """Do what has become due since the last request, while the phase has the service."""
    job = running(world)
    if job is None or world.phase not in world.switches.migration_phases or not _is_due(world, job):
        return
    with world.transaction():
        current = running(world)
        if current is not None:  # another process may have been quicker
            _advance(world, current)


def _is_due(world: World, job: Job) -> bool:
    return _reached(world, job) != (job.copied, job.state)


def _reached(world: World, job: Job) -> tuple[int, JobState]:
    """How many registrations should be behind the job by now, and how that leaves it."""
    steps = min((world.clock.now() - job.started) // PACE, job.total)
    fails, hangs = world.switches.migration_fails, world.switches.migration_hangs
    if 0 < fails <= steps and runs(world, job.source, job.target)[0] == job.number:
        return fails, JobState.FAILED
    if 0 < hangs <= steps:
        return hangs, JobState.RUNNING
    return steps, JobState.COMPLETED if steps == job.total else JobState.RUNNING


def _advance(world: World, job: Job) -> None:
    if row_of(world, EVENT, job.target, ()) is None:  # deleted meanwhile
        end(world, job, JobState.FAILED)
        return
    steps, state = _reached(world, job)
    copier = _copier(world, job.number, job.target)
    sql = "SELECT position, registration FROM _job_rows WHERE job = ? AND position >= ? AND position < ?"
    rows = world.connection.execute(f"{sql} AND NOT lost ORDER BY position", (job.number, job.copied, steps))
    for position, registration in rows.fetchall():
        copier.registration(registration, job.started + (position + 1) * PACE)
    world.connection.execute(
        "UPDATE _jobs SET copied = ?, state = ? WHERE number = ?", (steps, state, job.number)
    )


def _copier(world: World, number: int, target: str) -> Copier:
    """A second run duplicates, or tops up what an earlier one left out: sources do not say (§1.6)."""
    return Copier(world, target, number if world.switches.migration_duplicates else target)


def _is_lost(position: int, total: int, lost: int) -> bool:
    return position * lost // total != (position + 1) * lost // total
