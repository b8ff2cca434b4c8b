"""Organisations that misbehave: tiny ASGI applications with a script, and a client for them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from mig.dataverse.calls import Exchange
from mig.dataverse.client import Client, connect
from mig.dataverse.events_service import EventsAccess
from mig.dataverse.line import PATIENCE, Outside, Patience
from mig.dataverse.tokens import Way
from mig.dataverse.unpacking import LARGEST

URL = "https://contoso.example"
API = f"{URL}/api/data/v9.2/"
BEARER = "a-bearer-that-nobody-may-see"

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Reply:
    """One answer; a mapping or list is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        match self.body:
            case bytes():
                return self.body
            case str():
                return self.body.encode()
        return json.dumps(self.body).encode()

    @property
    def all_headers(self) -> list[tuple[bytes, bytes]]:
        kind = {} if isinstance(self.body, bytes | str) else {"content-type": "application/json"}
        return [(name.lower().encode(), value.encode()) for name, value in {**kind, **self.headers}.items()]


@dataclass
class Scripted:
    """Answers in the order of the script; the last answer for ever. What was asked is kept."""

    replies: list[Reply]
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        path = scope["raw_path"].partition(b"?")[0].decode()
        self.asked.append(f"{scope['method']} {path}{'?' if query else ''}{query}")
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        self.bodies.append(await _body(receive))
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.all_headers})
        await send({"type": "http.response.body", "body": reply.content})


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


@dataclass
class Talk:
    """Runs one conversation with an application; keeps the log and the waits."""

    app: Any
    token: str | Way = BEARER
    patience: Patience = PATIENCE
    largest: int = LARGEST
    pass_time: Callable[[float], None] = lambda seconds: None
    url: str = URL
    events: EventsAccess | None = None
    log: list[Exchange] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __call__(self, job: Callable[[Client], Awaitable[Any]], *, writable: bool = False) -> Any:
        async def wait(seconds: float) -> None:
            self.waits.append(seconds)
            self.pass_time(seconds)

        ids = count(1)
        outside = Outside(now=lambda: sum(self.waits), share=lambda: 1.0, new_id=lambda: f"c{next(ids)}")

        async def work() -> Any:
            async with connect(
                self.url,
                self.token,
                shown_as="the test organisation",
                log=self.log.append,
                app=self.app,
                sleep=wait,
                events=self.events,
                outside=outside,
                patience=self.patience,
                largest=self.largest,
            ) as client:
                return await job(client.writable() if writable else client)

        return asyncio.run(work())


async def all_rows(client: Client, path: str = "contacts") -> list[Any]:
    return [row async for row in client.rows(path)]
