"""Who carries registrations over: the official job where it answers, else our own copy; what bars the job.

Preconditions P6, P8 and P9 of reference/events-and-transition.md 1.4. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mig.engine.jobs import InFlight, JobRecord, estimate, spoken, told_of
from mig.events.offer import Offer, Standing
from mig.model.counted import counted
from mig.model.findings import Finding, Severity


class Carrier(StrEnum):
    """Who moves registrations."""

    COPY = "own copy"
    JOB = "official job"


@dataclass(frozen=True, slots=True)
class Choice:
    """Who, and why."""

    carrier: Carrier
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One event while its registrations are moved.

    `lacking` rows have no copy of ours, `copied` says that some have one. `record` is what the ledger knows
    of a job into this target, `others` are jobs that other events have in flight. `start` is when the first
    of the two events begins; `instead`: somebody wants whatever job may run to be ended.
    """

    migration: str
    registrations: int
    lacking: int
    copied: bool
    start: datetime | None
    record: JobRecord | None = None
    others: Sequence[InFlight] = ()
    instead: bool = False

    @property
    def moving(self) -> bool:
        """Whether something is left to be moved. What a job left out is for the comparison to say."""
        return not self.record.settled if self.record else bool(self.lacking)


def choose(offer: Offer, course: Course) -> Choice:
    """What was begun one way is ended that way; else the official job, where somebody answers for it."""
    if course.record is not None:
        return Choice(Carrier.JOB, f"begun at {course.record.began}")
    if course.copied:
        return Choice(Carrier.COPY, "as it was begun so")
    if offer.standing in (Standing.UNCONFIGURED, Standing.ABSENT):
        return Choice(Carrier.COPY, f"as {offer.told}")
    return Choice(Carrier.JOB, f"as {offer.told}")


_LEAVE_OUT: Final = "or take `events` out of the environment: mig then copies the rows itself, in minutes"


def bars(offer: Offer, course: Course, now: datetime) -> Iterator[Finding]:
    """What keeps the job from being started, or deserves a warning. One in flight is taken up."""
    if not course.moving or choose(offer, course).carrier is not Carrier.JOB:
        return
    if course.record is not None and course.record.in_flight:
        next_ = "given up, and started anew" if course.instead else "taken up, not started again"
        told = f"a job of {course.record.began} may be under way: it is {next_}"
        yield _finding("EVT046", Severity.INFO, told)
        if not course.instead:
            return
    match offer.standing:
        case Standing.DENIED:
            fix = f"see `events.token` and `events.origin` of the environment, {_LEAVE_OUT}"
            yield _error("EVT041", f"the events service refuses the token: {offer.told}", fix)
        case Standing.SILENT:
            fix = f"see `events.endpoint` of the environment, {_LEAVE_OUT}"
            yield _error("EVT042", f"the events service cannot be used: {offer.told}", fix)
        case Standing.OFFERED:
            yield from _one_at_a_time(offer, course)
    yield from _window(course, now)


def _one_at_a_time(offer: Offer, course: Course) -> Iterator[Finding]:
    """P8. A job of this migration has its turn first, and the run waits for it: it bars nothing."""
    ours, others = _known(offer, course)
    if course.instead:
        return
    if others or (offer.busy and not ours):
        runs = "is running" if offer.busy else "may be running, for all the service tells"
        what = f"a registration job of somebody else {runs}: {told_of(others)}{_pair(offer)}"
        fix = "wait until it has ended, and plan again; or end it: mig apply --stop-running-job"
        yield _error("EVT043", what, fix)
    elif offer.unclear:
        what = "the service does not say in a word that is known whether a job is running"
        yield _warning("EVT045", what, "see that nobody else has started one: one at a time is allowed")


def _known(offer: Offer, course: Course) -> tuple[Sequence[InFlight], Sequence[InFlight]]:
    """The jobs of ledgers that may be the running one: those of this migration, and others."""
    if not (offer.busy or offer.unclear):
        return (), ()
    target = offer.status.target if offer.status else None
    found = [one for one in course.others if target in (None, one.record.target)]
    ours = [one for one in found if one.migration == course.migration]
    return ours, [one for one in found if one.migration != course.migration]


def _pair(offer: Offer) -> str:
    status = offer.status
    return f", from {status.source} to {status.target}" if status and status.source and status.target else ""


def _window(course: Course, now: datetime) -> Iterator[Finding]:
    """P9. There must be time for the job, and had better be for a second run."""
    if course.start is None:
        return
    hours = estimate(course.registrations)
    takes = f"it takes about {spoken(hours)} for {counted(course.registrations, 'registration')}"
    left = course.start - now
    if left <= hours:
        when = f"the event begins {course.start.isoformat(timespec='minutes')}"
        fix = "give the new event a later start if the date has moved, " + _LEAVE_OUT
        yield _error("EVT044", f"the official job would not end in time: {takes}, and {when}", fix)
    elif left <= 2 * hours:
        what = f"there is no time to run the job again should it fail: {takes}, and the event is that near"
        yield _warning("EVT047", what, "start it now, " + _LEAVE_OUT)


def _error(code: str, message: str, fix: str) -> Finding:
    return _finding(code, Severity.ERROR, message, fix)


def _warning(code: str, message: str, fix: str) -> Finding:
    return _finding(code, Severity.WARNING, message, fix)


def _finding(code: str, severity: Severity, message: str, fix: str = "") -> Finding:
    return Finding(code=code, severity=severity, message=message, fix=fix)
