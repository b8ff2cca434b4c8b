"""One organisation over HTTP; the only module that imports the HTTP library.

Layers, top down: `rows` and `batch` build on `send`; `send` adds sign-in, waits when told to, repeats what is
safe to repeat; `_once` sends one request. While a client is read-only nothing that writes leaves it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from mig.dataverse import batch as multipart
from mig.dataverse.errors import BadAnswer, RequestFailed, Unreachable, WriteRefused, failure
from mig.dataverse.messages import REQUEST_ID, Answer, ChangeSet, Request, Row

API: Final = "/api/data/v9.2/"
PAGE: Final = 5000  # the largest page the service gives: reference/dataverse-web-api.md 3.2
_GATEWAY_ERRORS: Final = frozenset({502, 503, 504})
_TRIES: Final = 5
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
        token: str,
        *,
        sleep: Sleep,
        log: Callable[[Exchange], None],
        shown_as: str,
        read_only: bool = True,
    ) -> None:
        self._http = http
        self._url = url
        self._root = url.rstrip("/") + API
        self._token = token
        self._sleep = sleep
        self._log = log
        self._read_only = read_only
        self.shown_as = shown_as

    def writable(self) -> "Client":
        """The same connection, for applying: writes may leave it."""
        return Client(
            self._http,
            self._url,
            self._token,
            sleep=self._sleep,
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
        seen: set[str] = set()
        request: Request | None = Request("GET", path, headers={"Prefer": prefer})
        while request is not None:
            body = (await self.send(request)).body
            if not isinstance(body, dict) or not isinstance(body.get("value"), list):
                raise BadAnswer(f"{request} was answered without rows")
            for found in body["value"]:
                yield found
            link = body.get("@odata.nextLink")
            request = replace(request, path=self._next(link, seen)) if link else None

    def _next(self, link: str, seen: set[str]) -> str:
        # A link elsewhere would carry the token away; a repeated one would never end.
        if not link.startswith(self._root):
            raise BadAnswer(f"the next page is on another host: {urlsplit(link).netloc}")
        if link in seen:
            raise BadAnswer("the service sent the same next page twice")
        seen.add(link)
        return link.removeprefix(self._root)

    async def send(self, request: Request) -> Answer:
        """One request to its answer; raises what `failure` makes of an error answer."""
        if request.writes and self._read_only:
            raise WriteRefused(f"{request} was about to be sent while planning")
        headers = dict(request.headers)
        content = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(request.body).encode()
        answer = _answer(await self._patiently(request.method, request.path, content, headers))
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
            answer = _answer(response)
            if answer.failed:
                raise failed(Request("POST", "$batch"), answer)
            raise BadAnswer(f"a batch was answered {answer.status} without parts")
        answers = multipart.decode(kind, response.content)
        if len(answers) != len(parts):
            raise BadAnswer(f"a batch of {len(parts)} parts was answered with {len(answers)}")
        return [[_with_request_id(answer, response) for answer in part] for part in answers]

    async def _patiently(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        for attempt in range(1, _TRIES):
            response = await self._once(method, path, content, headers)
            wait = _wait(response, attempt, safe=method == "GET")
            if wait is None:
                return response
            await self._sleep(wait)
        return await self._once(method, path, content, headers)

    async def _once(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        try:
            response = await self._http.request(
                method,
                self._root + path,
                content=content,
                headers={**_HEADERS, "Authorization": f"Bearer {self._token}", **headers},
            )
        except httpx.InvalidURL as error:
            raise Unreachable(self.shown_as, "the url is not valid") from error
        except httpx.TransportError as error:
            raise Unreachable(self.shown_as, _reason(error)) from error
        self._log(
            Exchange(
                f"{method} {path.partition('?')[0]}",
                response.status_code,
                response.headers.get(REQUEST_ID),
            )
        )
        return response


@asynccontextmanager
async def connect(
    url: str,
    token: str,
    *,
    shown_as: str,
    log: Callable[[Exchange], None],
    app: Any = None,
    sleep: Sleep = asyncio.sleep,
    timeout: float = 120.0,
) -> AsyncIterator[Client]:
    """A read-only client for an organisation's URL, or for an ASGI application in this process.

    `shown_as` stands for the url wherever people see it: the url may hold what came from a variable.
    `timeout` is in seconds; the service's own gateway gives up after about two minutes.
    """
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True) if app is not None else None
    async with httpx.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False) as http:
        yield Client(http, url, token, sleep=sleep, log=log, shown_as=shown_as)


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


def _answer(response: httpx.Response) -> Answer:
    if response.is_redirect:  # the Web API sends none; followed, it would carry the token away
        raise BadAnswer(f"an answer {response.status_code} leads elsewhere")
    headers = {name.lower(): value for name, value in response.headers.items()}
    if not response.content:
        return Answer(response.status_code, headers)
    kind = headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            return Answer(response.status_code, headers, response.json())
        except ValueError as error:
            raise BadAnswer(f"an answer {response.status_code} is cut or not JSON") from error
    if response.status_code < 400:
        raise BadAnswer(f"an answer {response.status_code} came as {kind or 'nothing'} instead of JSON")
    return Answer(response.status_code, headers, response.text[:200])


def _with_request_id(answer: Answer, batch: httpx.Response) -> Answer:
    """A part of a batch often has no id of its own; the batch's finds it too."""
    if answer.request_id or REQUEST_ID not in batch.headers:
        return answer
    return replace(answer, headers={**answer.headers, REQUEST_ID: batch.headers[REQUEST_ID]})


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return str(error) or "the connection was refused"
    return str(error) or type(error).__name__
