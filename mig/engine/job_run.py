"""Driving a job: start it once, wait politely, and say how it ended.

The ledger is told before the start and after it. Where the answer to a start was not heard, the service and
the rows are asked, and nothing is sent again before they tell that nothing was begun.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError, OutcomeUnknown
from mig.dataverse.events_service import JobNotOffered, TokenRefused
from mig.dataverse.job_status import JobState, JobStatus
from mig.engine.jobs import (
    RUNS,
    Begun,
    End,
    InFlight,
    Job,
    JobRecord,
    Look,
    Stage,
    Watch,
    begun,
    end_of,
    progress,
    settling,
    spoken,
    told_of,
)

_FIRST_PAUSE: Final = 30.0  # seconds (reference/events-and-transition.md 1.2)
_LONGEST_PAUSE: Final = 300.0
_GROWS: Final = 1.5
_PIECE: Final = 30.0  # a pause is cut in such pieces: the lock is renewed, and Ctrl-C heard
_FAILURES: Final = 5  # looks in a row that may fail: the job goes on without us
_DOUBT: Final = timedelta(minutes=30)  # how long an unheard start is looked into
_SUPPORT: Final = "the vendor's support can read the service's logs"
_OTHER: Final = "`mig apply --stop-running-job` ends it and starts anew"
_LAST: Final = "it seems to have ended; a few more looks will tell"
_GONE: Final = JobStatus(JobState.INDETERMINATE, "(the job is not offered any more)")


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run of a job ended: well, or not; or it is `left` to go on by itself. `told` says it."""

    good: bool
    told: str = ""
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a job needs of the run it is part of.

    `keep` writes its record to the ledger, None to take it out. `between` is called every few seconds of
    waiting; False ends it. `tell` takes the name of what happened, and words. `others` are jobs that other
    resources have in flight. Without `wait` it is left as soon as it is started.
    """

    client: Client
    clock: Callable[[], datetime]
    keep: Callable[[JobRecord | None], Awaitable[None]]
    between: Callable[[], Awaitable[bool]]
    tell: Callable[[str, str], None]
    others: tuple[InFlight, ...] = ()
    wait: bool = True


class JobRun:
    """One job, in one run."""

    def __init__(self, job: Job, record: JobRecord | None, around: Surroundings) -> None:
        self._job = job
        self._record = record
        self._around = around
        self._instead = job.instead

    async def run(self) -> Ending:
        """Take it up where it is. Raises what the service says no with."""
        match self._record:
            case JobRecord(in_flight=True) as record if self._instead:
                return await self._anew(record)
            case JobRecord(stage=Stage.STARTING) as record:
                return await self._unheard(record, again=True)
            case JobRecord(stage=Stage.STARTED) as record:
                return await self._wait(record)
            case JobRecord(stage=Stage.ENDED) as record:
                return Ending(good=True, told=record.told)
        return await self._begin(await self._look())

    # --- starting -----------------------------------------------------------------------------------------

    async def _anew(self, record: JobRecord) -> Ending:
        """Somebody answers for it that the one in flight is given up. One that has ended needs no other."""
        try:
            look = await self._look()
        except JobNotOffered:
            told = "given up: the service does not offer the job any more"
            await self._keep(replace(record, stage=Stage.FAILED, ended=self._now, told=told))
            return Ending(good=False, told=told)
        if look.state in (JobState.RUNNING, JobState.INDETERMINATE):
            return await self._begin(look)
        self._instead = False
        return await self.run()

    async def _begin(self, look: Look) -> Ending:
        if (refusal := self._refusal(look)) is not None:
            return refusal
        before = self._record
        record = JobRecord(
            target=self._job.target,
            stage=Stage.STARTING,
            began=self._now,
            rows=self._job.rows,
            present=before.present if before else look.rows,
            runs=self._failed + 1,
            before=str(look.status.state),
        )
        self._around.tell("job-starting", self._job.told)
        await self._keep(record)
        return await self._start(record, before, again=True)

    def _refusal(self, look: Look) -> Ending | None:
        """Why it may not be started: one at a time in an organisation, whoever started the other one."""
        if self._failed >= RUNS:
            return Ending(good=False, told=f"it has failed {RUNS} times into this event")
        others = self._around.others
        silent = look.status.state is JobState.INDETERMINATE
        if self._instead or not (look.status.state is JobState.RUNNING or (silent and others)):
            return None
        if others and not self._around.wait:
            return Ending(good=False, told=f"its turn comes after {told_of(others)}", left=True)
        runs = "may be running, the service does not tell" if silent else "is running"
        return Ending(good=False, told=f"another registration job {runs}: {told_of(others)}")

    @property
    def _failed(self) -> int:
        """How many runs into this event have failed; those before one that is given up count no more."""
        return self._record.runs if self._record and self._record.stage is Stage.FAILED else 0

    async def _start(self, record: JobRecord, before: JobRecord | None, *, again: bool) -> Ending:
        try:
            await self._job.driver.start(self._around.client, instead=self._instead)
        except OutcomeUnknown:
            return await self._unheard(record, again=again)
        except DataverseError:
            await self._keep(before)
            raise
        return await self._started(record)

    async def _started(self, record: JobRecord) -> Ending:
        self._instead = False
        record = replace(record, stage=Stage.STARTED)
        await self._keep(record)
        return await self._wait(record)

    async def _unheard(self, record: JobRecord, *, again: bool) -> Ending:
        """Nobody heard whether it was started. What shows that it was not lets it be started, once."""
        watch = await self._watch()
        pause = _FIRST_PAUSE
        while (found := begun(record, watch)) is Begun.UNKNOWN:
            told = "whether the job was started is not known yet"
            if not self._around.wait:
                return Ending(good=False, told=told, left=True)
            if watch.now - watch.began > _DOUBT:
                return Ending(good=False, told=f"{told}: neither the service nor the rows tell; {_OTHER}")
            if not await self._pause(pause):
                return Ending(good=False, told=f"interrupted: {told}", left=True)
            watch = await self._next(watch)
            pause = _longer(pause)
        if found is Begun.YES:
            return await self._started(record)
        if not again:
            return Ending(good=False, told="it was not started: the service answered twice with an error")
        record = replace(record, began=self._now)
        await self._keep(record)
        return await self._start(record, record, again=False)

    # --- waiting ------------------------------------------------------------------------------------------

    async def _wait(self, record: JobRecord) -> Ending:
        watch = await self._watch()
        pause = _FIRST_PAUSE
        while True:
            told = progress(record, watch.last.rows, watch.now)
            self._around.tell("job-progress", _LAST if settling(record, watch) else told)
            if (end := end_of(record, watch)) is not None:
                return await self._ended(record, watch, end)
            if not self._around.wait:
                return Ending(good=False, told=f"started: {told}", left=True)
            if not await self._pause(pause):
                return Ending(good=False, told=f"interrupted; the job goes on: {told}", left=True)
            watch = await self._next(watch)
            pause = _FIRST_PAUSE if settling(record, watch) else _longer(pause)

    async def _ended(self, record: JobRecord, watch: Watch, end: End) -> Ending:
        missing = record.expected - watch.last.rows
        if end is End.FAILED and missing > self._job.few and record.runs < RUNS:
            self._around.tell("job-failed", f"{missing} are missing; it is run again")
            self._record = replace(record, stage=Stage.FAILED)
            await self._keep(self._record)
            return await self._begin(await self._look())
        good = end in (End.DONE, End.SILENT) or (end is End.FAILED and missing <= self._job.few)
        told = self._told(record, watch, end)
        if end not in (End.STANDS, End.LATE):  # those may be running still
            stage = Stage.ENDED if good else Stage.FAILED
            await self._keep(replace(record, stage=stage, ended=self._now, told=told))
        return Ending(good, told)

    def _told(self, record: JobRecord, watch: Watch, end: End) -> str:
        come = f"{max(watch.last.rows - record.present, 0)} of {record.rows} are there"
        quiet = f"nothing has changed for {spoken(watch.quiet)}"
        match end:
            case End.DONE:
                return f"it has ended; {come}"
            case End.SILENT:
                return f"the service does not say that it has ended, and {quiet}; {come}"
            case End.FAILED:
                again = " again" if record.runs >= RUNS else ""
                return f"the service says that it failed{again}; {come}; {_SUPPORT}"
            case End.STOPPED:
                return f"somebody stopped it; {come}"
            case End.EMPTY:
                return f"the service does not say that it runs, and {quiet}: {come}; {_SUPPORT}"
            case End.STANDS:
                return f"the service says that it runs, and {quiet}; {come}; {_SUPPORT}, and {_OTHER}"
        told = progress(record, watch.last.rows, watch.now)
        return f"it takes far longer than it should: {told}; `mig apply` waits on, and {_OTHER}"

    # --- looking ------------------------------------------------------------------------------------------

    async def _look(self) -> Look:
        """What is to be known before a start."""
        driver, client = self._job.driver, self._around.client
        status = await driver.status(client)
        rows, others = await driver.rows(client)
        self._around.tell("job-status", status.said)
        return Look(status, rows, others, driver.concerns(status))

    async def _look_again(self) -> Look:
        """The same of a job that was started: the service may be taken away meanwhile."""
        try:
            return await self._look()
        except JobNotOffered:
            rows, others = await self._job.driver.rows(self._around.client)
            return Look(_GONE, rows, others)

    async def _watch(self) -> Watch:
        look = await self._look_again()
        return Watch.first(look, self._around.clock())

    async def _next(self, watch: Watch) -> Watch:
        """One more look, after pauses where it fails: the job goes on without us."""
        for attempt in range(1, _FAILURES + 1):
            try:
                return watch.then(await self._look_again(), self._around.clock())
            except TokenRefused:
                raise
            except DataverseError:
                if attempt == _FAILURES or not await self._pause(_LONGEST_PAUSE):
                    raise
        return watch

    async def _pause(self, seconds: float) -> bool:
        """Wait; False when the waiting is to end."""
        while seconds > 0:
            await self._around.client.idle(min(seconds, _PIECE))
            seconds -= _PIECE
            if not await self._around.between():
                return False
        return True

    # --- what is kept -------------------------------------------------------------------------------------

    async def _keep(self, record: JobRecord | None) -> None:
        await self._around.keep(record)

    @property
    def _now(self) -> str:
        return self._around.clock().isoformat(timespec="seconds")


def _longer(pause: float) -> float:
    return min(pause * _GROWS, _LONGEST_PAUSE)
