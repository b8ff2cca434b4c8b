"""One organisation, as its users see it: requests to answers, rows page by page, batches.

What is below (sign-in, repeating, waiting, one request) is told in `calls`. While a client is read-only
nothing that writes leaves it.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from mig.dataverse import links, readback, wire
from mig.dataverse.answers import failed
from mig.dataverse.auth import SignedIn
from mig.dataverse.batches import Batches
from mig.dataverse.calls import Log, Sleep
from mig.dataverse.errors import (
    BadAnswer,
    DataverseError,
    OutcomeUnknown,
    RequestFailed,
    WriteRefused,
)
from mig.dataverse.events_service import EventsAccess, EventsService, connect_events
from mig.dataverse.hiding import Hidden
from mig.dataverse.line import OUTSIDE, PATIENCE, Deadline, Line, Outside, Patience
from mig.dataverse.messages import Answer, Part, Request, Row, requests_of
from mig.dataverse.retry import Retried
from mig.dataverse.sign_in.given import Given
from mig.dataverse.sizing import Measured
from mig.dataverse.skew import Skew
from mig.dataverse.throttle import Gate, Throttled
from mig.dataverse.tokens import Tokens, Way
from mig.dataverse.unpacking import LARGEST

API: Final = "/api/data/v9.2/"
PAGE: Final = 5000  # the largest page the service gives: reference/dataverse-web-api.md 3.2


class Client:
    """Speaks to one organisation. Open it with `connect`. `events` is its events service, if it is known."""

    def __init__(self, line: Line, events: EventsService | None = None, *, read_only: bool = True) -> None:
        self._line = line
        self._read_only = read_only
        self.events = events
        self.shown_as = line.place
        self.who = line.who

    def writable(self) -> "Client":
        """The same connection, for applying: writes may leave it."""
        return Client(self._line, self.events and self.events.writable(), read_only=False)

    @property
    def ahead(self) -> timedelta | None:
        """How far the organisation's clock was ahead of this machine's when it answered last; None before."""
        return self._line.skew.ahead

    async def pause(self, seconds: float) -> None:
        """Wait; in-process sandboxes move their clock instead."""
        await self._line.sleep(seconds)

    async def idle(self, seconds: float) -> None:
        """Wait for what may take days: it takes nothing off the time that all of a run may take."""
        await self._line.idle(seconds)

    # --- one request --------------------------------------------------------------------------------------

    async def get(self, path: str) -> Any:
        """The parsed body of one GET."""
        return (await self.send(Request("GET", path))).body

    async def send(self, request: Request) -> Answer:
        """One request to its answer; raises what `failure` makes of an error answer.

        A write that is in doubt is read back: what was carried out is answered as if it had been seen.
        """
        self._check([request])
        try:
            answer, doubted = await self._line.answer(request)
        except OutcomeUnknown:
            told = await self._told_by_row(request)
            if told is None:
                raise
            return told
        if not answer.failed:
            return answer
        told = await self._told_by_row(request) if doubted else None
        if told is None:
            raise self._line.refusal(request, answer)
        return told

    async def _told_by_row(self, write: Request) -> Answer | None:
        question = readback.question(write)
        if question is None:
            return None
        try:
            answer, _ = await self._line.answer(question)
        except DataverseError:
            return None
        return readback.verdict(write, answer)

    def _check(self, requests: Sequence[Request]) -> None:
        for request in requests:
            if request.writes and self._read_only:
                raise WriteRefused(f"{request} was about to be sent while planning")

    # --- many requests ------------------------------------------------------------------------------------

    async def batch(self, parts: Sequence[Part]) -> list[list[Answer]]:
        """Send parts together; one list of answers a part, in order, errors included.

        Every part runs whatever becomes of the others.
        """
        self._check([request for part in parts for request in requests_of(part)])
        return await Batches(self._line).send(parts)

    @property
    def batch_size(self) -> int:
        """How many writes the next batch is to hold, as quick as the service is."""
        return self._line.measured.sizing.operations

    # --- rows ---------------------------------------------------------------------------------------------

    async def rows(self, path: str, *, annotations: bool = False, page: int = PAGE) -> AsyncIterator[Row]:
        """All rows of a query, page by page; the service's next link is followed untouched."""
        async for found in self.pages(path, annotations=annotations, page=page):
            for row in found:
                yield row

    async def pages(
        self, path: str, *, annotations: bool = False, page: int = PAGE
    ) -> AsyncIterator[list[Row]]:
        """The same, as many rows at once as come in an answer: of millions, each step counts."""
        prefer = f"odata.maxpagesize={page}"
        if annotations:
            prefer += ',odata.include-annotations="OData.Community.Display.V1.FormattedValue"'
        request = Request("GET", path, headers={"Prefer": prefer})
        async for found in self._all_pages(request, await self.send(request)):
            yield found

    async def listings(self, paths: Sequence[str]) -> list[list[Row]]:
        """All rows of several queries, whose first pages come in one request."""
        found = []
        for rows in await self.outcomes(paths):
            if isinstance(rows, RequestFailed):
                raise rows
            found.append(rows)
        return found

    async def outcomes(self, paths: Sequence[str]) -> list[list[Row] | RequestFailed]:
        """The same, with the refusal in the place of the rows of a query that is refused."""
        requests = [Request("GET", path, headers={"Prefer": f"odata.maxpagesize={PAGE}"}) for path in paths]
        answers = [answer for answer, *_ in await self.batch(requests)]
        return await asyncio.gather(*map(self._outcome, requests, answers))

    async def _outcome(self, request: Request, first: Answer) -> list[Row] | RequestFailed:
        if first.failed:
            return failed(request, first)
        return [row async for page in self._all_pages(request, first) for row in page]

    async def _all_pages(self, request: Request, answer: Answer) -> AsyncIterator[list[Row]]:
        """A first page and those that follow it."""
        seen: set[str] = set()
        while True:
            body = answer.body
            if not isinstance(body, dict) or not isinstance(body.get("value"), list):
                raise BadAnswer(f"{request} was answered without rows")
            rows = body["value"]
            if not all(isinstance(row, dict) for row in rows):
                raise BadAnswer(f"{request} was answered with something that is no row")
            yield rows
            link = body.get("@odata.nextLink")
            if link is None:
                return
            request = replace(request, path=self._next(link, seen))
            answer = await self.send(request)

    def _next(self, link: object, seen: set[str]) -> str:
        try:
            path = links.below(self._line.root, link)
        except BadAnswer as error:
            raise BadAnswer(self._line.hidden.text(str(error))) from error
        if path in seen:  # it would never end
            raise BadAnswer("the service sent the same next page twice")
        seen.add(path)
        return path


@asynccontextmanager
async def connect(
    url: str,
    sign_in: str | Way,
    *,
    shown_as: str,
    log: Log,
    app: Any = None,
    sleep: Sleep = asyncio.sleep,
    events: EventsAccess | None = None,
    outside: Outside = OUTSIDE,
    patience: Patience = PATIENCE,
    largest: int = LARGEST,
    secrets: Collection[str] = (),
) -> AsyncIterator[Client]:
    """A read-only client for an organisation's URL, or for an ASGI application in this process.

    `sign_in` is a bearer token, or how to have one. `shown_as` stands for the url wherever people see it: the
    url may hold what came from a variable. `events` is how to reach its events service. `largest` bounds an
    answer, in bytes. `secrets` are hidden in what the other side says, as the token is. `BadToken` when the
    token cannot be sent.
    """
    way = Given(sign_in, shown_as) if isinstance(sign_in, str) else sign_in
    hidden = Hidden()
    for secret in secrets:
        hidden.add(secret)
    skew = Skew(outside.wall)
    root = url.rstrip("/") + API
    async with AsyncExitStack() as stack:
        service = None
        if events is not None:
            service = await stack.enter_async_context(
                connect_events(events, log=log, app=app, sleep=sleep, outside=outside, patience=patience)
            )
        http = await stack.enter_async_context(wire.opened(app, patience.answer))
        once = wire.Wire(
            http=http,
            root=root,
            place=shown_as,
            hidden=hidden,
            seconds=patience.answer,
            largest=largest,
            new_id=outside.new_id,
            log=log,
            skew=skew,
        )
        measured = Measured(once, outside.now)
        in_turn = Throttled(measured, Gate(sleep), outside.now, outside.share)
        patiently = Retried(in_turn, sleep, outside.now, outside.share)
        tokens = Tokens(way, hidden, outside.now)
        yield Client(
            Line(
                deliver=SignedIn(patiently, tokens),
                measured=measured,
                root=root,
                place=shown_as,
                hidden=hidden,
                who=way.who,
                patience=patience,
                ends=Deadline(outside.now() + patience.run),
                sleep=sleep,
                outside=outside,
                skew=skew,
            ),
            service,
        )
