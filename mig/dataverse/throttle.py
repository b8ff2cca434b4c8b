"""One gate for all workers of a connection: limits are counted for the user, not for one request.

While one waits as the service asks, nobody sends: a wait during which others keep sending grows
(reference/dataverse-web-api.md 8.1, trap 26). How many may be under way goes up by one a round of good
answers and is halved at once by a 429.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from mig.dataverse import waits
from mig.dataverse.answers import code_of
from mig.dataverse.calls import Call, Reply, Send, Sleep
from mig.dataverse.errors import OutOfTime, failure
from mig.dataverse.replay import TRIES

_AT_FIRST: Final = 8.0
MOST_AT_ONCE: Final = 52  # of one user: reference/dataverse-web-api.md 8.1


class Gate:
    """Who may send now. Open while nobody waits and fewer are under way than `at_once`."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._resting = 0
        self._under_way = 0
        self._at_once = _AT_FIRST
        self._slowed = 0  # how often it was; those sent before the last time tell nothing new
        self._changed = asyncio.Event()

    @property
    def at_once(self) -> int:
        """How many may be under way."""
        return int(self._at_once)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Wait for a place and have it; gives what `slow_down` wants to know."""
        while self._resting or self._under_way >= self.at_once:
            await self._changed.wait()
        self._under_way += 1
        try:
            yield self._slowed
        finally:
            self._under_way -= 1
            self._tell()

    async def rest(self, seconds: float) -> None:
        """Wait, and let nobody send meanwhile."""
        self._resting += 1
        try:
            await self._sleep(seconds)
        finally:
            self._resting -= 1
            self._tell()

    def slow_down(self, seen: int) -> None:
        """After a 429: half as many, once for all that were under way together."""
        if seen == self._slowed:
            self._slowed += 1
            self._at_once = max(1.0, self._at_once / 2)

    def speed_up(self) -> None:
        """After a good answer: one more, once as many answers have come as may be under way."""
        self._at_once = min(float(MOST_AT_ONCE), self._at_once + 1 / self._at_once)
        self._tell()

    def _tell(self) -> None:
        """Whoever waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()


@dataclass(frozen=True, slots=True)
class Throttled:
    """Sends through the gate. What a 429 refused was not carried out, so that anything is sent again."""

    below: Send
    gate: Gate
    now: Callable[[], float]
    share: Callable[[], float]

    async def __call__(self, call: Call) -> Reply:
        """The reply that is no 429, or the last one that is."""
        attempt = 0
        while True:
            attempt += 1
            reply, seen = await self._sent(call)
            asked = waits.asked(reply.status, reply.headers)
            if reply.status != 429:
                if reply.status < 500:
                    self.gate.speed_up()
                if asked is not None:  # whether it may be sent again is for the layer above to say
                    await self._rest(call, reply, asked)
                return reply
            self.gate.slow_down(seen)
            if attempt == TRIES:
                return reply
            await self._rest(call, reply, asked or waits.growing(attempt, self.share()))

    async def _sent(self, call: Call) -> tuple[Reply, int]:
        async with self.gate.place() as seen:
            if self.now() >= call.ends:
                raise OutOfTime(str(call), "it has had the time it may take")
            return await self.below(call), seen

    async def _rest(self, call: Call, reply: Reply, seconds: float) -> None:
        most = min(waits.LONGEST, call.ends - self.now())
        if seconds > most:
            told = f"the service asks to wait {seconds:.0f} seconds; mig waits {max(most, 0.0):.0f} at most"
            code = code_of(reply)
            raise failure(
                request=str(call), status=reply.status, error_code=code, message=told, request_id=None
            )
        await self.gate.rest(seconds)
