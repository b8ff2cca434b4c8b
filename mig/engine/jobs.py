"""Jobs of another service: hours long, one at a time in an organisation, and nobody hears when they end.

How far one has come stands in the ledger entry of its resource, before and after it is started: so a run
that was killed starts nothing twice, and any machine takes it up. What a look at a job means is decided here,
without I/O.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, Self, get_type_hints

from mig.dataverse.client import Client
from mig.dataverse.job_status import JobState, JobStatus
from mig.engine.ledger import Entry, Ledger
from mig.engine.notes import NoteUnreadable, of_kind
from mig.model.counted import counted
from mig.model.typed_json import UNSAVED

PACE: Final = timedelta(seconds=7.2)
"""A registration: about 8 hours for 4,000 (reference/events-and-transition.md 1.2)."""
RUNS: Final = 2  # the published advice: what failed is run again, once (1.6)
_LOOKS: Final = 3  # as many in a row without a change, and what is there counts as stable
QUIET: Final = timedelta(hours=1)  # without any change, in time for 500 registrations
_SLACK: Final = 3  # so many times the estimate a job may take

# --- what is kept -----------------------------------------------------------------------------------------


class Stage(StrEnum):
    """How far a job has come, as far as we know. `starting`: whether it was started is not known."""

    STARTING = "starting"
    STARTED = "started"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """What the ledger holds of a job. Times are ISO 8601, UTC.

    It brings `rows` rows to the row `target`, where `present` were before; it was started `runs` times.
    `before` is what the service said then of the job before it. `told` is how it ended.
    """

    target: str
    stage: Stage
    began: str
    rows: int
    present: int = 0
    runs: int = 1
    before: str = ""
    ended: str = ""
    told: str = ""

    @property
    def in_flight(self) -> bool:
        """Whether it may be running."""
        return self.stage in (Stage.STARTING, Stage.STARTED)

    @property
    def settled(self) -> bool:
        """Whether it is over for good; what failed may be run again."""
        return bool(self.ended)

    @property
    def expected(self) -> int:
        """How many rows there are when it has brought all."""
        return self.present + self.rows

    @property
    def since(self) -> datetime:
        """When it was started."""
        return datetime.fromisoformat(self.began)


_KINDS: Final = get_type_hints(JobRecord) | {"stage": str}


def record_of(entry: Entry | None, target: str = "") -> JobRecord | None:
    """What an entry says of a job, into that target where one is named; None for none."""
    if entry is None or not entry.job:
        return None
    known = {one.name for one in fields(JobRecord)} & entry.job.keys()
    try:
        found = {name: of_kind(_KINDS[name], name, entry.job[name]) for name in known}
        record = JobRecord(**{**found, "stage": Stage(str(found.get("stage", "")))})
    except (TypeError, ValueError) as error:
        raise NoteUnreadable(f"the job of {entry.address} does not read as mig writes it: {error}") from error
    return None if target and record.target != target else record


def with_job(entry: Entry, record: JobRecord | None) -> Entry:
    """The entry with what is known of its job."""
    return replace(entry, job=asdict(record) if record else {})


@dataclass(frozen=True, slots=True)
class InFlight:
    """A job that some ledger calls started and not ended."""

    migration: str
    entry: Entry
    record: JobRecord


def in_flight(ledgers: Iterable[Ledger]) -> tuple[InFlight, ...]:
    """The jobs that may be running, by migration and address."""
    found = [
        InFlight(ledger.migration, entry, record)
        for ledger in ledgers
        for entry in ledger.entries.values()
        if (record := record_of(entry)) is not None and record.in_flight
    ]
    return tuple(sorted(found, key=lambda one: (one.migration, one.entry.address)))


def told_of(jobs: Iterable[InFlight]) -> str:
    """Whose a running job is, as far as the ledgers know."""
    known = (f"that of {one.entry.address} ({one.migration}), begun {one.record.began}" for one in jobs)
    return " or ".join(known) or "one that no ledger of mig knows"


# --- the step ---------------------------------------------------------------------------------------------


class Driver(Protocol):
    """The job itself."""

    async def start(self, client: Client, *, instead: bool) -> None:
        """Start it, `instead` of one that runs; `OutcomeUnknown` when nobody knows whether it began."""

    async def status(self, client: Client) -> JobStatus:
        """What the service says of its latest job."""

    async def rows(self, client: Client) -> tuple[int, int]:
        """How many rows of those that are counted are in the target, and how many others."""

    def concerns(self, status: JobStatus) -> bool:
        """Whether a status may be that of this job; one that names no rows may be anybody's."""


class NoDriver:
    """Of a plan that was kept: how a job is driven is known to a plan just made."""

    async def start(self, client: Client, *, instead: bool) -> None:
        """Not known."""
        raise NotImplementedError

    async def status(self, client: Client) -> JobStatus:
        """Not known."""
        raise NotImplementedError

    async def rows(self, client: Client) -> tuple[int, int]:
        """Not known."""
        raise NotImplementedError

    def concerns(self, status: JobStatus) -> bool:
        """Not known."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Job:
    """Have a service do what takes it hours, and wait until it has.

    `told` says what it does, with both sides by name. It brings `rows` rows to the row `target`; up to `few`
    that a failed one leaves out are not worth another run. `entry` is the resource's, should the ledger have
    none yet. `instead`: end whatever job runs.
    """

    told: str
    target: str
    rows: int
    few: int
    entry: Entry
    instead: bool = False
    driver: Driver = field(default=NoDriver(), repr=False, compare=False, metadata=UNSAVED)


# --- what a look means ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a job: what the service says, and how many rows are there. `mine`: it may speak of ours."""

    status: JobStatus
    rows: int
    others: int
    mine: bool = True

    @property
    def state(self) -> JobState:
        """What the service says of our job; nothing where it speaks of another."""
        return self.status.state if self.mine else JobState.INDETERMINATE

    def same(self, other: "Look") -> bool:
        """Whether nothing has changed."""
        return (self.status.said, self.rows, self.others) == (other.status.said, other.rows, other.others)


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen while somebody waited: the last look, since when, and for how long nothing changed."""

    last: Look
    began: datetime
    now: datetime
    changed: datetime
    unchanged: int = 0

    @classmethod
    def first(cls, look: Look, now: datetime) -> Self:
        """Begin to wait."""
        return cls(look, now, now, now)

    def then(self, look: Look, now: datetime) -> Self:
        """One more look."""
        if look.same(self.last):
            return replace(self, now=now, unchanged=self.unchanged + 1)
        return replace(self, last=look, now=now, changed=now, unchanged=0)

    @property
    def stable(self) -> bool:
        """Whether several looks in a row showed the same."""
        return self.unchanged >= _LOOKS

    @property
    def quiet(self) -> timedelta:
        """For how long nothing has changed."""
        return self.now - self.changed


class End(StrEnum):
    """How the waiting ends."""

    DONE = "done"
    SILENT = "silent"  # nothing changes any more, and the service does not say that it has ended
    FAILED = "failed"
    STOPPED = "stopped"
    EMPTY = "empty"  # nothing has come, and the service does not say that it runs
    STANDS = "stands"  # it says that it runs, and nothing changes
    LATE = "late"


def end_of(record: JobRecord, watch: Watch) -> End | None:
    """Whether it has ended, by two signals: what the service says, and what is there; None: not yet."""
    look = watch.last
    match look.state:
        case JobState.FINISHED:
            return End.DONE if watch.stable else None
        case JobState.FAILED:
            return End.FAILED if watch.stable else None
        case JobState.STOPPED:
            return End.STOPPED if watch.stable else None
        case JobState.RUNNING:
            return End.STANDS if watch.quiet >= QUIET else _late(record, watch)
    if look.rows >= record.expected and watch.stable:
        return End.DONE
    if watch.quiet < QUIET:
        return _late(record, watch)
    return End.SILENT if look.rows > record.present else End.EMPTY


def settling(record: JobRecord, watch: Watch) -> bool:
    """Whether it seems to have ended, so that a few more looks will tell."""
    ended = watch.last.state in (JobState.FINISHED, JobState.FAILED, JobState.STOPPED)
    return not watch.stable and (ended or watch.last.rows >= record.expected)


def _late(record: JobRecord, watch: Watch) -> End | None:
    """Longer than that nobody waits in one go, though something may still change."""
    return End.LATE if watch.now - watch.began > QUIET + _SLACK * estimate(record.rows) else None


class Begun(StrEnum):
    """Whether a job was started by a request whose answer nobody heard."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def begun(record: JobRecord, watch: Watch) -> Begun:
    """By what the service says and by what is there; it is asked until it shows, or does not change."""
    look = watch.last
    if look.rows > record.present:
        return Begun.YES
    if look.state is JobState.INDETERMINATE:
        return Begun.UNKNOWN
    if look.state != record.before:
        return Begun.YES
    tells = watch.stable and look.state is not JobState.RUNNING  # that may be the one before, still
    return Begun.NO if tells else Begun.UNKNOWN


# --- estimates --------------------------------------------------------------------------------------------


def estimate(rows: int) -> timedelta:
    """How long a job over so many rows takes, at the published pace."""
    return rows * PACE


def progress(record: JobRecord, rows: int, now: datetime) -> str:
    """`120 of 400, 500 an hour, about 34 minutes left`."""
    told = f"{max(rows - record.present, 0)} of {record.rows}"
    left, rate = time_left(record, rows, now), rate_of(record, rows, now)
    if left is None:
        return told
    return f"{told}{f', {rate:.0f} an hour' if rate else ''}, about {spoken(left)} left"


def rate_of(record: JobRecord, rows: int, now: datetime) -> float | None:
    """Rows an hour since it was started; None before the first."""
    hours = (now - record.since) / timedelta(hours=1)
    come = rows - record.present
    return come / hours if come > 0 and hours > 0 else None


def time_left(record: JobRecord, rows: int, now: datetime) -> timedelta | None:
    """At its own rate, else at the published pace; None when all is there."""
    rest = record.expected - rows
    if rest <= 0:
        return None
    rate = rate_of(record, rows, now)
    return rest / rate * timedelta(hours=1) if rate else estimate(rest)


def spoken(time: timedelta) -> str:
    """`34 minutes`, `8 hours`."""
    minutes = max(round(time / timedelta(minutes=1)), 1)
    if minutes < 120:
        return counted(minutes, "minute")
    return f"{minutes / 60:.0f} hours"
