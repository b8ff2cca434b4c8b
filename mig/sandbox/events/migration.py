"""`obmMigration/start` and `obmMigration/status`, the tool that copies an outbound event's registrations.

Only the calls, their two ids and the flag are public (§1.1). Assumed: start answers 202 without a body, or
409 while a job runs; refused preconditions are 400; status knows the latest job only, and says in one word
how it is.
"""

from typing import Any, Final

from mig.sandbox import errors, faults
from mig.sandbox.call import Call
from mig.sandbox.events import jobs
from mig.sandbox.events.answers import plain_json, text
from mig.sandbox.events.jobs import JobState
from mig.sandbox.events.tables import (
    DRAFT,
    EVENT,
    PASSES,
    REALTIME,
    REGISTRATION,
    SESSION,
    Row,
    count_where,
    row_of,
)
from mig.sandbox.odata.url import is_guid
from mig.sandbox.spec import Deed
from mig.sandbox.wire import WireResponse
from mig.sandbox.world import World

_NEVER: Final = "NotStarted"
_ABSENT: Final = {"not-found": 404, "gone": 410}
_EVENT: Final = ("msevtmgt_sourcesystem", "msevtmgt_publishstatus")
_LINKS: Final = {
    SESSION: "msevtmgt_event",
    PASSES: "msevtmgt_eventid",
    REGISTRATION: "msevtmgt_eventid",
}


def start(call: Call) -> WireResponse:
    """Begin to copy one event's registrations into another."""
    _require_offered(call.world)
    document = call.document()
    source, target = _event_id(document, "fromEventId"), _event_id(document, "toEventId")
    instead = document.get("stopExistingIfJobRunning", False)
    if not isinstance(instead, bool):
        raise errors.bad_migration("stopExistingIfJobRunning is true or false")
    current = jobs.running(call.world)
    if current is not None and not instead:
        raise errors.job_running()
    _check(call.world, source, target)
    if current is not None:
        jobs.end(call.world, current, JobState.STOPPED)
    jobs.begin(call.world, source, target, _losses(call))
    return WireResponse(202)


def status(call: Call) -> WireResponse:
    """How the latest job is, in the shape that the world's switch names."""
    _require_offered(call.world)
    job = jobs.latest(call.world)
    word = job.state if job is not None else _NEVER
    match call.world.switches.migration_status:
        case "text":
            return text(200, word, "text/plain")
        case "html":
            return text(200, f"<!DOCTYPE html><html><body><p>{word}</p></body></html>", "text/html")
        case "empty":
            return WireResponse(200)
    return plain_json(200, {"status": word})


def _require_offered(world: World) -> None:
    """The tool goes with outbound marketing; with which status is not public (§4.2)."""
    if world.phase not in world.switches.migration_phases:
        raise errors.migration_gone(_ABSENT[world.switches.migration_gone])


def _event_id(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not is_guid(value):
        raise errors.bad_migration(f"{name} is missing, or is not a GUID")
    return value.lower()


def _check(world: World, source: str, target: str) -> None:
    """The published preconditions (§1.4 P1 to P5); whether the service checks them is not public.

    A target with rows is taken when it was this source's before: to run a failed job again is the advice
    (§1.6).
    """
    events = [row_of(world, EVENT, key, _EVENT) for key in (source, target)]
    if (origin := events[0]) is None or (goal := events[1]) is None:
        raise errors.no_event_resource("the event")
    if not world.switches.migration_checks:
        return
    if (broken := _broken(origin, goal)) is not None:
        raise errors.bad_migration(broken)
    if not jobs.runs(world, source, target) and any(
        count_where(world, table, column, target) for table, column in _LINKS.items()
    ):
        raise errors.bad_migration("the target event has sessions, passes or registrations")


def _broken(source: Row, target: Row) -> str | None:
    if source["msevtmgt_sourcesystem"] == REALTIME:
        return "the source event is not an outbound marketing event"
    if target["msevtmgt_sourcesystem"] != REALTIME:
        return "the target event is not a real-time journeys event"
    for name, row in (("source", source), ("target", target)):
        if row["msevtmgt_publishstatus"] != DRAFT:
            return f"the {name} event is not in draft"
    return None


def _losses(call: Call) -> int:
    """How many registrations the job that this call starts will lose. Only starts that go through count."""
    return call.world.switches.migration_loses if faults.strikes(call, Deed.LOSE_REGISTRATIONS) else 0
