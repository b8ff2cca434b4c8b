"""What happens during an apply, as events: for the progress display and for `--events`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

_PAUSE: Final = timedelta(seconds=10)  # between two words about one step


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `address` is empty for what concerns the whole run.

    Names: run-started, lock-taken-over, change-started, change-done, change-failed, change-skipped, waiting,
    rows-written, job-starting, job-status (what the service said, redacted), job-progress, job-failed,
    run-ended, run-not-remembered, lock-not-released. `done` and `total` count changes.
    """

    event: str
    address: str = ""
    action: str = ""
    detail: str = ""
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Count:
    """What was written of one step that brings about `told`, and when that was said last."""

    told: str
    said: datetime
    rows: int = 0

    def add(self, rows: int, now: datetime) -> str | None:
        """`copies of its registrations: 1,200 written`, where it is time to say something again."""
        self.rows += rows
        if now - self.said < _PAUSE:
            return None
        self.said = now
        return f"{self.told}: {self.rows:,} written"


class Listener(Protocol):
    """Receives events as they happen."""

    def __call__(self, event: Event) -> None:
        """Take note; must not fail."""
