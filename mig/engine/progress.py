"""What happens during an apply, as events: for the progress display and for `--events`."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `address` is empty for what concerns the whole run.

    Names: run-started, lock-taken-over, change-started, change-done, change-failed, change-skipped, waiting,
    job-starting, job-status (what the service said, redacted), job-progress, job-failed, run-ended,
    run-not-remembered, lock-not-released. `done` and `total` count changes.
    """

    event: str
    address: str = ""
    action: str = ""
    detail: str = ""
    done: int = 0
    total: int = 0


class Listener(Protocol):
    """Receives events as they happen."""

    def __call__(self, event: Event) -> None:
        """Take note; must not fail."""


def silent(event: Event) -> None:
    """Nobody listens."""
