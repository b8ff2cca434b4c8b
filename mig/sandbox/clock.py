"""The world's clock: stands still until it is moved, or runs with real time when the world is served."""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def stored_time(moment: datetime) -> str:
    """A moment as rows hold it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def microseconds(moment: datetime) -> int:
    """A moment as the clock keeps it: microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


class Clock:
    """Time in one world, kept in its file, so that it goes on where it stopped."""

    def __init__(
        self, connection: sqlite3.Connection, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection = connection
        self._monotonic = monotonic
        self._speed = 0.0
        self._origin = monotonic()

    def run(self, speed: float = 1.0) -> None:
        """From here on the clock follows real time, `speed` times as fast."""
        self._speed = speed
        self._origin = self._monotonic()

    def stop(self) -> None:
        """From here on the clock stands still again, where it is now."""
        self.advance(0)
        self._speed = 0.0

    def now(self) -> datetime:
        """The present moment in the world, aware, UTC."""
        return EPOCH + timedelta(microseconds=self._stored() + self._elapsed())

    def real(self, seconds: float) -> float:
        """How long so many seconds of the world take outside it; a standing clock is taken for a real one."""
        return seconds / (self._speed or 1.0)

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        moved = round(seconds * 1_000_000) + self._elapsed()
        self._connection.execute("UPDATE _state SET clock = clock + ?", (moved,))
        self._origin = self._monotonic()

    def tick(self) -> None:
        """A request is about to write: a standing clock moves one second, so that an edit is later."""
        self.advance(0 if self._speed else 1)

    def _stored(self) -> int:
        return int(self._connection.execute("SELECT clock FROM _state").fetchone()[0])

    def _elapsed(self) -> int:
        return round((self._monotonic() - self._origin) * self._speed * 1_000_000)
