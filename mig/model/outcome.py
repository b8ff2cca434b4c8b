"""Exit codes and the sentence that goes with them; one object, so that they cannot disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """Exit codes of every command. They never change meaning."""

    DONE = 0
    FAILED = 1
    PENDING = 2
    REFUSED = 3
    STALE = 4
    LOCKED = 5
    PARTIAL = 6
    DIFFERS = 7
    DENIED = 8
    USAGE = 64
    INTERRUPTED = 130


_PRECEDENCE: Final = (
    Exit.INTERRUPTED,
    Exit.DENIED,
    Exit.LOCKED,
    Exit.STALE,
    Exit.FAILED,
    Exit.PARTIAL,
    Exit.REFUSED,
    Exit.DIFFERS,
    Exit.PENDING,
    Exit.DONE,
)


def gravest(codes: Iterable[Exit]) -> Exit:
    """The one to exit with where several apply; `DONE` for none."""
    return min(codes, key=_PRECEDENCE.index, default=Exit.DONE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: the closing sentence and the exit code."""

    exit: Exit
    sentence: str
