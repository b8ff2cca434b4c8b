"""What may be repeated, and how often: the table of reference/dataverse-web-api.md 8.4.

Two questions make it: what the request is, and what is known of the try that failed. A create that brings no
id counts as an action: `mig` sends none, and neither may be repeated blindly.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Final

from mig.dataverse.messages import UPSERT_MULTIPLE, Request

TRIES: Final = 5
_GATEWAY_ERRORS: Final = frozenset({502, 503, 504})
# A deadlock, a time-out of the database: all of it was rolled back (dataverse-web-api.md 9.2).
ROLLED_BACK_CODES: Final = frozenset({"0x80044150", "0x80044151"})


class Replay(Enum):
    """What a request is."""

    READ = auto()
    KEYED = auto()  # writes that name their rows: repeated they meet the same ones, and the rows tell
    ACTION = auto()  # whatever starts work


class Doubt(Enum):
    """What is known of a try that did not go well."""

    NOT_SENT = auto()  # no connection: refused, no such name, TLS
    UNKNOWN = auto()  # a gateway's error, no answer in time, a connection that broke
    FAILED = auto()  # 500: the service itself does not say how far it came
    ROLLED_BACK = auto()
    NONE = auto()  # it is answered, well or not: once more would change nothing


_TABLE: Final[Mapping[Doubt, Mapping[Replay, int]]] = {
    Doubt.NOT_SENT: {Replay.READ: TRIES, Replay.KEYED: TRIES, Replay.ACTION: TRIES},
    Doubt.UNKNOWN: {Replay.READ: TRIES, Replay.KEYED: TRIES, Replay.ACTION: 1},
    Doubt.FAILED: {Replay.READ: 3, Replay.KEYED: 3, Replay.ACTION: 1},
    Doubt.ROLLED_BACK: {Replay.READ: TRIES, Replay.KEYED: TRIES, Replay.ACTION: 1},
    Doubt.NONE: {Replay.READ: 1, Replay.KEYED: 1, Replay.ACTION: 1},
}


def tries(doubt: Doubt, replay: Replay) -> int:
    """How often a request may be sent in all. What was refused unread (429, 401) is not counted here."""
    return _TABLE[doubt][replay]


def replay_of(requests: Iterable[Request]) -> Replay:
    """What a request is, or a batch: it is as its most delicate part."""
    kinds = {_replay(request) for request in requests}
    return next((kind for kind in (Replay.ACTION, Replay.KEYED) if kind in kinds), Replay.READ)


def _replay(request: Request) -> Replay:
    if not request.writes:
        return Replay.READ
    named = request.method != "POST" or request.creates or request.path.endswith(UPSERT_MULTIPLE)
    return Replay.KEYED if named else Replay.ACTION


def doubt(status: int, code: str) -> Doubt:
    """What an answer leaves open; `code` is Dataverse's, empty when there is none."""
    if code in ROLLED_BACK_CODES:
        return Doubt.ROLLED_BACK
    if status in _GATEWAY_ERRORS:
        return Doubt.UNKNOWN
    return Doubt.FAILED if status == 500 else Doubt.NONE
