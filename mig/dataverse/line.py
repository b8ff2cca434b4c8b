"""What all requests of one connection go through: its layers, its secrets, its deadlines."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from mig.dataverse import answers, waits
from mig.dataverse.calls import Call, Reply, Send, Sleep
from mig.dataverse.errors import RequestFailed
from mig.dataverse.hiding import Hidden
from mig.dataverse.messages import Answer, Request, Row
from mig.dataverse.replay import replay_of
from mig.dataverse.sizing import Measured
from mig.dataverse.skew import Skew

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for one answer (the service's gateway gives up after about two minutes), for a request with all
    its waits and repetitions, and for all that is done over one connection.
    """

    answer: float = 180.0
    request: float = 1800.0
    run: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Outside:
    """What the client takes from outside the program: chance from 0 to 1, new ids, and two clocks.

    `now` is in seconds and never put back, `wall` tells the time of day.
    """

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    share: Callable[[], float] = random.random
    new_id: Callable[[], str] = lambda: str(uuid4())


@dataclass(slots=True)
class Deadline:
    """When all that is done over one connection must have ended, on the clock of `Outside`."""

    at: float


def json_bytes(body: Row | None) -> bytes | None:
    """A body as it is sent."""
    return None if body is None else json.dumps(body).encode()


PATIENCE: Final = Patience()
OUTSIDE: Final = Outside()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One connection, shared by its read-only and its writable client.

    `deliver` is the topmost layer; `place` stands for the url, `who` for whoever is signed in; `ends` is the
    deadline of the whole run.
    """

    deliver: Send
    measured: Measured
    root: str
    place: str
    hidden: Hidden
    who: str
    patience: Patience
    ends: Deadline
    sleep: Sleep
    outside: Outside
    skew: Skew

    def call(self, request: Request) -> Call:
        """A request, ready to be sent."""
        headers = dict(request.headers)
        if request.body is not None:
            headers["Content-Type"] = JSON
        content = json_bytes(request.body)
        return Call(request.method, request.path, content, headers, replay_of((request,)), self._deadline())

    def batch(self, requests: Sequence[Request], content: bytes, boundary: str) -> Call:
        """A batch of requests, ready to be sent; every part runs whatever becomes of the others."""
        headers = {
            "Content-Type": f'multipart/mixed; boundary="{boundary}"',
            "Prefer": "odata.continue-on-error",
        }
        replay = replay_of(requests)
        return Call("POST", "$batch", content, headers, replay, self._deadline(), operations=len(requests))

    async def answer(self, request: Request) -> tuple[Answer, bool]:
        """The answer, errors included; and whether an earlier try may have been carried out."""
        reply = await self.deliver(self.call(request))
        return self.read(reply), reply.doubted

    def read(self, reply: Reply) -> Answer:
        """What a reply says."""
        return answers.read(reply, self.hidden)

    def refusal(self, request: Request, answer: Answer) -> RequestFailed:
        """The exception for an error answer, with who was refused."""
        error = answers.failed(request, answer)
        error.of(self.who, self.place)
        return error

    async def pause(self, attempt: int) -> None:
        """Before something is sent for one more time."""
        await self.sleep(waits.growing(attempt, self.outside.share()))

    async def idle(self, seconds: float) -> None:
        """Between two looks at what goes on without us: the run's end moves on by as much."""
        before = self.outside.now()
        await self.sleep(seconds)
        self.ends.at += self.outside.now() - before

    def _deadline(self) -> float:
        return min(self.outside.now() + self.patience.request, self.ends.at)
