"""One organisation over HTTP; the only module that imports the HTTP library.

Layers, top down: `rows` and `batch` build on `send`; `send` adds sign-in, waits when told to, repeats what is
safe to repeat; `_once` sends one request. While a client is read-only nothing that writes leaves it.
What the other side says in an error is shown without the token, should it repeat what it was sent.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

import httpx

from mig.dataverse import batch as multipart
from mig.dataverse import links
from mig.dataverse.bearer import Bearer
from mig.dataverse.errors import BadAnswer, Dropped, RequestFailed, Unreachable, WriteRefused, failure
from mig.dataverse.messages import REQUEST_ID, Answer, ChangeSet, Request, Row

API: Final = "/api/data/v9.2/"
PAGE: Final = 5000  # the largest page the service gives: reference/dataverse-web-api.md 3.2
_GATEWAY_ERRORS: Final = frozenset({502, 503, 504})
_TRIES: Final = 5
_LONGEST_WAIT: Final = 300.0  # seconds; a service that asks for more is left for another time
# The connection was there and broke: worth another try, unlike a name that nobody has.
_BROKEN: Final = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)
_HEADERS: Final = {
    "Accept": "application/json",
    "OData-Version": "4.0",
    "OData-MaxVersion": "4.0",
}

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as the log shows it: no query string, no body, no token."""

    request: str
    status: int
    request_id: str | None


class Client:
    """Speaks to one organisation. Open it with `connect`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        bearer: Bearer,
        *,
        sleep: Sleep,
        timeout: float,
        log: Callable[[Exchange], None],
        shown_as: str,
        read_only: bool = True,
    ) -> None:
        self._http = http
        self._url = url
        self._root = url.rstrip("/") + API
        self._bearer = bearer
        self._sleep = sleep
        self._timeout = timeout
        self._log = log
        self._read_only = read_only
        self.shown_as = shown_as

    def writable(self) -> "Client":
        """The same connection, for applying: writes may leave it."""
        return Client(
            self._http,
            self._url,
            self._bearer,
            sleep=self._sleep,
            timeout=self._timeout,
            log=self._log,
            shown_as=self.shown_as,
            read_only=False,
        )

    async def pause(self, seconds: float) -> None:
        """Wait; in-process sandboxes move their clock instead."""
        await self._sleep(seconds)

    async def get(self, path: str) -> Any:
        """The parsed body of one GET."""
        return (await self.send(Request("GET", path))).body

    async def rows(self, path: str, *, annotations: bool = False, page: int = PAGE) -> AsyncIterator[Row]:
        """All rows of a query, page by page; the service's next link is followed untouched."""
        prefer = f"odata.maxpagesize={page}"
        if annotations:
            prefer += ',odata.include-annotations="OData.Community.Display.V1.FormattedValue"'
        request = Request("GET", path, headers={"Prefer": prefer})
        async for row in self._all_rows(request, await self.send(request)):
            yield row

    async def listings(self, paths: Sequence[str]) -> list[list[Row]]:
        """All rows of several queries, whose first pages come in one request."""
        requests = [Request("GET", path, headers={"Prefer": f"odata.maxpagesize={PAGE}"}) for path in paths]
        found = []
        for request, (answer, *_) in zip(requests, await self.batch(requests), strict=True):
            if answer.failed:
                raise failed(request, answer)
            found.append([row async for row in self._all_rows(request, answer)])
        return found

    async def _all_rows(self, request: Request, answer: Answer) -> AsyncIterator[Row]:
        """The rows of a first page and of those that follow it."""
        seen: set[str] = set()
        while True:
            body = answer.body
            if not isinstance(body, dict) or not isinstance(body.get("value"), list):
                raise BadAnswer(f"{request} was answered without rows")
            for found in body["value"]:
                if not isinstance(found, dict):
                    raise BadAnswer(f"{request} was answered with something that is no row")
                yield found
            link = body.get("@odata.nextLink")
            if link is None:
                return
            request = replace(request, path=self._next(link, seen))
            answer = await self.send(request)

    def _next(self, link: object, seen: set[str]) -> str:
        try:
            path = links.below(self._root, link)
        except BadAnswer as error:
            raise BadAnswer(self._bearer.hide(str(error))) from error
        if path in seen:  # it would never end
            raise BadAnswer("the service sent the same next page twice")
        seen.add(path)
        return path

    async def send(self, request: Request) -> Answer:
        """One request to its answer; raises what `failure` makes of an error answer."""
        if request.writes and self._read_only:
            raise WriteRefused(f"{request} was about to be sent while planning")
        headers = dict(request.headers)
        content = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(request.body).encode()
        answer = self._answer(await self._patiently(request.method, request.path, content, headers))
        if answer.failed:
            raise failed(request, answer)
        return answer

    async def batch(self, parts: Sequence[Request | ChangeSet]) -> list[list[Answer]]:
        """Send parts in one request; one list of answers a part, in order, errors included.

        Every part runs whatever becomes of the others.
        """
        boundary = f"batch_{uuid4()}"
        writes = any(
            request.writes
            for part in parts
            for request in (part.requests if isinstance(part, ChangeSet) else (part,))
        )
        if writes and self._read_only:
            raise WriteRefused("a batch with writes was about to be sent while planning")
        response = await self._patiently(
            "POST",
            "$batch",
            multipart.encode(parts, self._root, boundary),
            {
                "Content-Type": f'multipart/mixed; boundary="{boundary}"',
                "Prefer": "odata.continue-on-error",
            },
        )
        kind = response.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            answer = self._answer(response)
            if answer.failed:
                raise failed(Request("POST", "$batch"), answer)
            raise BadAnswer(f"a batch was answered {answer.status} without parts")
        try:
            answers = multipart.decode(kind, response.content)
        except BadAnswer as error:
            raise BadAnswer(self._bearer.hide(str(error))) from error
        if len(answers) != len(parts):
            raise BadAnswer(f"a batch of {len(parts)} parts was answered with {len(answers)}")
        return [[self._hidden(_with_request_id(answer, response)) for answer in part] for part in answers]

    async def _patiently(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        """Repeats what was not executed, and a GET that a gateway or a broken connection ended."""
        for attempt in range(1, _TRIES):
            try:
                response = await self._once(method, path, content, headers)
            except Dropped:
                if method != "GET":
                    raise
                await self._sleep(2**attempt)
                continue
            wait = _wait(response, attempt, safe=method == "GET")
            if wait is None:
                return response
            if wait > _LONGEST_WAIT:
                raise _asks_too_long(f"{method} {path.partition('?')[0]}", response, wait)
            await self._sleep(wait)
        return await self._once(method, path, content, headers)

    async def _once(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout):  # httpx counts from one piece of an answer to the next
                response = await self._http.request(
                    method,
                    self._root + path,
                    content=content,
                    headers={**_HEADERS, "Authorization": self._bearer.header, **headers},
                )
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unreachable(self.shown_as, "no answer in time") from error
        except httpx.InvalidURL as error:
            raise Unreachable(self.shown_as, "the url is not valid") from error
        except httpx.DecodingError as error:
            raise BadAnswer("an answer cannot be unpacked: it is cut, or not packed as it says") from error
        except httpx.LocalProtocolError as error:  # its text quotes what was sent
            raise Unreachable(self.shown_as, "the request cannot be sent as it is") from error
        except ConnectionError as error:  # an application in this process says it as a socket would
            raise Dropped(self.shown_as, "the connection broke") from error
        except httpx.HTTPError as error:
            kind = Dropped if isinstance(error, _BROKEN) else Unreachable
            raise kind(self.shown_as, self._bearer.hide(_reason(error))) from error
        self._log_exchange(method, path, response)
        return response

    def _log_exchange(self, method: str, path: str, response: httpx.Response) -> None:
        hide = self._bearer.hide
        request_id = response.headers.get(REQUEST_ID)
        self._log(
            Exchange(
                hide(f"{method} {path.partition('?')[0]}"),
                response.status_code,
                hide(request_id) if request_id else None,
            )
        )

    def _answer(self, response: httpx.Response) -> Answer:
        if response.is_redirect:  # the Web API sends none; followed, it would carry the token away
            raise BadAnswer(f"an answer {response.status_code} leads elsewhere")
        headers = {name.lower(): value for name, value in response.headers.items()}
        if not response.content:
            return self._hidden(Answer(response.status_code, headers))
        kind = headers.get("content-type", "")
        if kind.startswith("application/json"):
            try:
                return self._hidden(Answer(response.status_code, headers, response.json()))
            except (ValueError, RecursionError) as error:
                raise BadAnswer(f"an answer {response.status_code} is cut or not JSON") from error
        if response.status_code < 400:
            told = self._bearer.hide(kind) or "nothing"
            raise BadAnswer(f"an answer {response.status_code} came as {told} instead of JSON")
        # Hidden before it is cut: half a token is one too many.
        return self._hidden(Answer(response.status_code, headers, self._bearer.hide(response.text)[:200]))

    def _hidden(self, answer: Answer) -> Answer:
        """An error without the token; what went well is left as it came."""
        if not answer.failed:
            return answer
        headers = {name: self._bearer.hide(value) for name, value in answer.headers.items()}
        try:
            return replace(answer, headers=headers, body=self._bearer.hide_in(answer.body))
        except RecursionError as error:
            raise BadAnswer(f"an answer {answer.status} is nested too deeply to be read") from error


@asynccontextmanager
async def connect(
    url: str,
    token: str,
    *,
    shown_as: str,
    log: Callable[[Exchange], None],
    app: Any = None,
    sleep: Sleep = asyncio.sleep,
    timeout: float = 180.0,
) -> AsyncIterator[Client]:
    """A read-only client for an organisation's URL, or for an ASGI application in this process.

    `shown_as` stands for the url wherever people see it: the url may hold what came from a variable.
    `timeout` is in seconds, for a request and its whole answer; the service's own gateway gives up after
    about two minutes. `BadToken` when the token cannot be sent.
    """
    bearer = Bearer.of(token, shown_as)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True) if app is not None else None
    async with httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False) as http:
        yield Client(http, url, bearer, sleep=sleep, timeout=timeout, log=log, shown_as=shown_as)


def failed(request: Request, answer: Answer) -> RequestFailed:
    """The exception for an error answer to a request."""
    code, message = answer.error
    return failure(
        request=str(request),
        status=answer.status,
        error_code=code,
        message=message,
        request_id=answer.request_id,
    )


def _wait(response: httpx.Response, attempt: int, *, safe: bool) -> float | None:
    """Seconds to wait before repeating, or None. A 429 was not executed, so it may always be repeated."""
    if response.status_code == 429 or (safe and response.status_code in _GATEWAY_ERRORS):
        told = response.headers.get("retry-after", "")
        return float(told) if told.isdecimal() else float(2**attempt)
    return None


def _asks_too_long(request: str, response: httpx.Response, wait: float) -> RequestFailed:
    return failure(
        request=request,
        status=response.status_code,
        error_code="",
        message=f"the service asks to wait {wait:.0f} seconds; mig waits {_LONGEST_WAIT:.0f} at most",
        request_id=None,
    )


def _with_request_id(answer: Answer, batch: httpx.Response) -> Answer:
    """A part of a batch often has no id of its own; the batch's finds it too."""
    if answer.request_id or REQUEST_ID not in batch.headers:
        return answer
    return replace(answer, headers={**answer.headers, REQUEST_ID: batch.headers[REQUEST_ID]})


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        return str(error) or "the connection was refused"
    return str(error) or type(error).__name__
