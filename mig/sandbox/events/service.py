"""The events endpoint: its address, its token, and who answers which path.

Paths and methods are those of the service's public client (events-and-transition.md §1.1, §2.6). Bodies are
not public beyond the names that consumers read; each module says what it assumes.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import unquote

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.events import jobs, migration, published, registering
from mig.sandbox.events.answers import plain_json
from mig.sandbox.odata.url import Segment, read_options
from mig.sandbox.wire import WireRequest, WireResponse
from mig.sandbox.world import World

Handler = Callable[[Call], WireResponse]

_PREFIX: Final = re.compile(r"/api/v1\.0/orgs/(?P<organization>[^/]+)/eventmanagement(?:/|$)")
_PARAMETER: Final = "emApplicationtoken"
_LISTS_ELSEWHERE: Final = frozenset({"tracks", "speakers", "sponsorships", "qrcode", "captcha"})
_PARTS_ELSEWHERE: Final = frozenset({("sponsorships", "logo"), ("speakers", "image")})


def endpoint(root: str, world: World) -> str:
    """The address a web application record would show; `root` is scheme and host as clients reach them."""
    return f"{root}/api/v1.0/orgs/{world.organization_id}/eventmanagement/"


def serves(path: str) -> bool:
    """Whether a request's path is the events endpoint's, and not the Web API's."""
    return _PREFIX.match(path) is not None


def handle(world: World, request: WireRequest) -> WireResponse:
    """The answer to any request below the endpoint; refusals are answers too."""
    try:
        return _answer(world, request)
    except errors.ODataError as error:
        return plain_json(error.status, {"message": error.message})
    except sqlite3.Error as error:
        return plain_json(500, {"message": str(error)})


def _answer(world: World, request: WireRequest) -> WireResponse:
    call = _call(world, request)
    _authorize(call, request.path)
    jobs.settle(world)
    names = [segment.name for segment in call.segments]
    handlers = _handlers(names)
    if call.method not in handlers:
        raise errors.wrong_method(call.method, call.path)
    if call.method == "GET":
        return handlers[call.method](call)
    world.clock.tick()
    with world.transaction():
        return handlers[call.method](call)


def _call(world: World, request: WireRequest) -> Call:
    """The request as a call whose segments are plain names and whose options are the query's."""
    found = _PREFIX.match(request.path)
    below = request.path[found.end() :] if found else ""
    root = f"{request.scheme}://{request.headers.get('host', 'localhost')}"
    return Call(
        world=world,
        method=request.method,
        base=endpoint(root, world),
        segments=tuple(Segment(unquote(name)) for name in below.strip("/").split("/")),
        options=read_options(request.query),
        query=request.query,
        headers=request.headers,
        body=request.body,
    )


def _authorize(call: Call, path: str) -> None:
    """The web application's token travels in the query; no token is 400, a wrong one 401 (§1.1)."""
    token = call.options.get(_PARAMETER)
    if not token:
        raise errors.no_events_token(_PARAMETER)
    if token != call.world.events_token:
        raise errors.wrong_events_token()
    found = _PREFIX.match(path)
    if found is None or found["organization"].lower() != call.world.organization_id:
        raise errors.no_event_resource("this organization")


def _handlers(names: Sequence[str]) -> Mapping[str, Handler]:
    """What answers at a path, by method; a path of the service outside our slice says so by name."""
    match names:
        case ["obmMigration", "start"]:
            return {"POST": migration.start}
        case ["obmMigration", "status"]:
            return {"GET": migration.status}
        case ["events", "published"]:
            return {"GET": published.events}
        case ["events", event]:
            return {"GET": partial(published.event, readable_id=event)}
        case ["events", event, "sessions"]:
            return {"GET": partial(published.sessions, readable_id=event)}
        case ["events", event, "passes"]:
            return {"GET": partial(published.passes, readable_id=event)}
        case ["events", event, "custom-registration-fields"]:
            return {"GET": partial(published.questions, readable_id=event)}
        case ["events", event, "registrations"]:
            return {"POST": partial(registering.register, readable_id=event)}
        case ["events", event, "registrations", "count"]:
            return {"GET": partial(published.registration_count, readable_id=event)}
        case ["sessions", session]:
            return {"GET": partial(published.session, key=session)}
        case ["sessions", session, "registrations", "count"]:
            return {"GET": partial(published.session_count, key=session)}
    raise _elsewhere(names)


def _elsewhere(names: Sequence[str]) -> errors.ODataError:
    match names:
        case ["checkins"] | ["users", "authenticated"] | ["events", _, "registrations", "finalize"]:
            return errors.not_emulated("/".join(names))
        case ["events", _, what] if what in _LISTS_ELSEWHERE:
            return errors.not_emulated(what)
        case [table, _, what] if (table, what) in _PARTS_ELSEWHERE:
            return errors.not_emulated(f"{table} {what}")
    return errors.no_event_resource("/".join(names))
