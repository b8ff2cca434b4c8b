"""How many operations a batch of writes is to hold, from how long the server took for those before.

A batch runs in sequence on the server and its time counts in full (reference/dataverse-web-api.md 6, 8.1), so
that its size saves the way there and back and nothing else. What takes long ties up what is in flight: a
request may not run beyond two minutes, and an interrupt waits for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from mig.dataverse.batching import MOST
from mig.dataverse.calls import Call, Reply, Send
from mig.dataverse.errors import Dropped
from mig.dataverse.replay import Replay

FIRST: Final = 20  # operations, before anything is known: at six seconds each they end in time
LEAST: Final = 2  # a segment is two rows
TARGET: Final = 3.0  # seconds of the server's time; 100 ms on the way are three per cent of it


@dataclass(frozen=True, slots=True)
class Sizing:
    """The size to send next; `each` is what an operation takes on the server, in seconds, if it is known."""

    operations: int = FIRST
    each: float | None = None

    def after(self, operations: int, seconds: float) -> Self:
        """So many took the server so long. Slower counts at once, quicker by half; it grows to the double."""
        found = max(seconds, 0.0) / operations
        each = found if self.each is None else max(found, (self.each + found) / 2)
        fits = int(TARGET / each) if each * MOST > TARGET else MOST
        return type(self)(max(LEAST, min(fits, max(self.operations, 2 * operations), MOST)), each)

    def unanswered(self) -> Self:
        """Nothing came back in time: half as many."""
        return type(self)(max(LEAST, self.operations // 2), self.each)


@dataclass(slots=True)
class Measured:
    """Sends, and keeps how long batches of writes took. `way` is the quickest single answer: most of it is
    the way there and back.
    """

    below: Send
    now: Callable[[], float]
    sizing: Sizing = field(default=Sizing(), init=False)
    way: float | None = field(default=None, init=False)

    async def __call__(self, call: Call) -> Reply:
        """The reply, as it came."""
        batch = call.operations > 1 and call.replay is not Replay.READ
        start = self.now()
        try:
            reply = await self.below(call)
        except Dropped:
            if batch:
                self.sizing = self.sizing.unanswered()
            raise
        took = self.now() - start
        if call.operations == 1:
            self.way = took if self.way is None else min(self.way, took)
        elif batch and reply.status == 200:
            self.sizing = self.sizing.after(call.operations, took - (self.way or 0.0))
        return reply
