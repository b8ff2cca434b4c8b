"""The events service of an organisation, as far as its registration job goes.

The job copies an outbound event's registrations into a real-time event: for hours, and one event at a time.
Only its two calls are public (reference/events-and-transition.md 1.1). `start` is never repeated where nobody
knows what became of it; `status` may say anything. The token travels in the query string.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit

from mig.dataverse import answers, wire
from mig.dataverse.calls import Call, Log, Reply, Send, Sleep
from mig.dataverse.errors import (
    BadAnswer,
    DataverseError,
    Dropped,
    OutcomeUnknown,
    RequestFailed,
    WriteRefused,
)
from mig.dataverse.hiding import Hidden
from mig.dataverse.job_status import JobStatus, read_status
from mig.dataverse.line import JSON, OUTSIDE, PATIENCE, Outside, Patience, json_bytes
from mig.dataverse.messages import REQUEST_ID, Request
from mig.dataverse.replay import replay_of
from mig.dataverse.retry import Retried
from mig.dataverse.skew import Skew
from mig.dataverse.throttle import Gate, Throttled
from mig.dataverse.unpacking import LARGEST
from mig.model.outcome import Exit

_START: Final = "obmMigration/start"
_STATUS: Final = Request("GET", "obmMigration/status")
_PARAMETER: Final = "emApplicationtoken"
_ABSENT: Final = frozenset({404, 410})
_DENIED: Final = frozenset({401, 403})
_NO_TOKEN_OR_ORIGIN: Final = 400  # of a request that has nothing else to be wrong
_ADDRESS: Final = re.compile(r"\S+@\S+")


class TokenRefused(RequestFailed):
    """The token is missing or no web application's, or the origin is not that of its web application."""

    code = "ENV030"
    exit = Exit.DENIED
    fix = (
        "set `events.token` to the token of a web application record of this environment, and"
        " `events.origin` to the origin it is registered for"
    )


class JobNotOffered(RequestFailed):
    """404 or 410: the service is gone, or has no such job."""

    code = "ENV031"
    fix = "run again: where the job is not offered, mig copies the rows itself"


class StartRefused(RequestFailed):
    """The service would not start the job, and says why."""

    code = "ENV032"
    fix = "see what the service says; nothing was started"


class NoEventsService(DataverseError):
    """The job was to be driven, and the manifest names no service."""

    code = "ENV031"
    fix = "name `events` of the environment in the manifest, as it was when the job was started"

    def __init__(self, place: str) -> None:
        super().__init__(f"no events service of {place} is known")


@dataclass(frozen=True, slots=True)
class EventsAccess:
    """How to reach the service. `shown_as` stands for the endpoint wherever people see it."""

    endpoint: str = field(repr=False)
    token: str = field(repr=False)
    origin: str
    shown_as: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """All spellings of the token; and the endpoint, where it came from a variable, with its host."""
        token = (self.token, quote(self.token, safe=""), quote_plus(self.token))
        if self.shown_as == self.endpoint:
            return token
        return (*token, self.endpoint, urlsplit(self.endpoint).hostname or "")


class EventsService:
    """Speaks to one events service. While it is read-only no job can be started."""

    def __init__(
        self, deliver: Send, access: EventsAccess, hidden: Hidden, outside: Outside, patience: Patience
    ) -> None:
        self._deliver = deliver
        self._access = access
        self._hidden = hidden
        self._outside = outside
        self._patience = patience
        self._read_only = True
        self.shown_as = access.shown_as

    def writable(self) -> "EventsService":
        """The same connection, for applying."""
        other = EventsService(self._deliver, self._access, self._hidden, self._outside, self._patience)
        other._read_only = False
        return other

    async def start(self, source: str, target: str, *, instead: bool = False) -> None:
        """Begin to copy one event's registrations into another; `instead` of a job that runs.

        `StartRefused` when the service says no, `OutcomeUnknown` when nobody knows whether it began.
        """
        body = {"fromEventId": source, "toEventId": target}
        request = Request("POST", _START, body | ({"stopExistingIfJobRunning": True} if instead else {}))
        if self._read_only:
            raise WriteRefused(f"{request} was about to be sent while planning")
        reply = await self._deliver(self._call(request))
        if reply.doubted:
            raise OutcomeUnknown(str(request), Dropped(self.shown_as, f"it answered {reply.status}"))
        self._check(request, reply)

    async def status(self) -> JobStatus:
        """How the latest job is, whoever started it."""
        reply = await self._deliver(self._call(_STATUS))
        self._check(_STATUS, reply)
        return read_status(reply.content, reply.headers.get("content-type", ""), self._hidden)

    def _call(self, request: Request) -> Call:
        headers = {"Origin": self._access.origin}
        if request.body is not None:
            headers["Content-Type"] = JSON
        return Call(
            request.method,
            request.path,
            json_bytes(request.body),
            headers,
            replay_of((request,)),
            self._outside.now() + self._patience.request,
        )

    def _check(self, request: Request, reply: Reply) -> None:
        if 300 <= reply.status < 400:
            raise BadAnswer(f"{request}: an answer {reply.status} leads elsewhere")
        if reply.status >= 400:
            raise _refusal(request, reply.status)(
                request=str(request),
                status=reply.status,
                error_code="",
                message=self._told(reply),
                request_id=self._hidden.text(reply.headers.get(REQUEST_ID, "")) or None,
            )

    def _told(self, reply: Reply) -> str:
        """What the service says of an error, without secrets and without addresses of persons."""
        try:
            _, message = answers.read(reply, self._hidden).error
        except BadAnswer as error:
            message = str(error)
        return _ADDRESS.sub("***", message)[:200]


def _refusal(request: Request, status: int) -> type[RequestFailed]:
    if status in _ABSENT:
        return JobNotOffered
    if status in _DENIED or (status == _NO_TOKEN_OR_ORIGIN and not request.writes):
        return TokenRefused
    return StartRefused if request.writes and status < 500 else RequestFailed


@asynccontextmanager
async def connect_events(
    access: EventsAccess,
    *,
    log: Log,
    app: object = None,
    sleep: Sleep,
    outside: Outside = OUTSIDE,
    patience: Patience = PATIENCE,
) -> AsyncIterator[EventsService]:
    """A read-only connection to the service, or to an ASGI application in this process."""
    hidden = Hidden()
    for secret in access.secrets:
        hidden.add(secret)
    async with wire.opened(app, patience.answer) as http:
        once = wire.Wire(
            http=http,
            root=access.endpoint.removesuffix("/") + "/",
            place=access.shown_as,
            hidden=hidden,
            seconds=patience.answer,
            largest=LARGEST,
            new_id=outside.new_id,
            log=log,
            skew=Skew(outside.wall),
            query=f"{_PARAMETER}={quote(access.token, safe='')}",
        )
        in_turn = Throttled(once, Gate(sleep), outside.now, outside.share)
        patiently = Retried(in_turn, sleep, outside.now, outside.share)
        yield EventsService(patiently, access, hidden, outside, patience)
