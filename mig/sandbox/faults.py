"""Faults of a world: which strike a request. They are kept in its file, with how often each was met.

Counting is by fault, over the requests that match it, so that a sandbox that is started again goes on where
it was, and the same requests meet the same faults.
"""

import hashlib
import re
from collections.abc import Container, Iterator
from dataclasses import astuple, dataclass
from typing import Final
from urllib.parse import unquote

from mig.sandbox.call import Call
from mig.sandbox.errors import ODataError, too_many_requests
from mig.sandbox.limits import Limits
from mig.sandbox.odata.url import split_base
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.world import World

METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE", "*")
_RETRY_AFTER: Final = 5  # seconds that a fault's 429 asks to wait; ours
_COLUMNS: Final = '"on", "do", nth, every, probability, seed'


@dataclass(frozen=True, slots=True)
class Kept:
    """A fault in a world: how many requests matched it, and to how many it happened."""

    fault: Fault
    met: int = 0
    struck: int = 0


def is_request(on: str) -> bool:
    """Whether a text names requests: a method or `*`, a blank, a path in which `*` stands for anything."""
    method, _, path = on.partition(" ")
    return method in METHODS and bool(path.strip())


def kept(world: World) -> tuple[Kept, ...]:
    """The faults of a world, in order."""
    return tuple(one for _, one in _kept(world))


def add(world: World, fault: Fault) -> None:
    """One more; it counts from here on."""
    statement = f"INSERT INTO _faults ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
    world.connection.execute(statement, astuple(fault))


def clear(world: World) -> int:
    """Take all away; how many there were."""
    return world.connection.execute("DELETE FROM _faults").rowcount


def strike(world: World, deeds: Container[Deed], method: str, path: str) -> Kept | None:
    """The first fault with one of these deeds that happens to a request; all that match it have counted it.

    `path` is percent-encoded, whole or below the service root.
    """
    found: Kept | None = None
    for position, one in list(_kept(world)):
        if one.fault.do not in deeds or not _matches(one.fault, method, path):
            continue
        strikes = found is None and _happens(one.fault, position, one.met + 1)
        count = "UPDATE _faults SET met = met + 1, struck = struck + ? WHERE position = ?"
        world.connection.execute(count, (strikes, position))
        if strikes:
            found = Kept(one.fault, one.met + 1, one.struck + 1)
    return found


def strikes(call: Call, deed: Deed) -> bool:
    """Whether a fault with that deed happens to an operation."""
    path = "/" + call.base.partition("://")[2].partition("/")[2] + call.path
    return strike(call.world, {deed}, call.method, path) is not None


def throttled() -> ODataError:
    """The 429 of a fault."""
    limits = Limits()
    return too_many_requests(limits.requests, limits.window, _RETRY_AFTER)


def _kept(world: World) -> Iterator[tuple[int, Kept]]:
    rows = world.connection.execute(
        f"SELECT {_COLUMNS}, position, met, struck FROM _faults ORDER BY position"
    )
    for on, do, nth, every, probability, seed, position, met, struck in rows:
        yield position, Kept(Fault(on, Deed(do), nth, every, probability, seed), met, struck)


def _matches(fault: Fault, method: str, path: str) -> bool:
    wanted, _, pattern = fault.on.partition(" ")
    if wanted not in ("*", method):
        return False
    known = unquote(path)
    below = split_base(path)
    names = (known, unquote(below[1])) if below else (known,)
    shape = ".*".join(map(re.escape, pattern.strip().split("*")))
    return any(re.fullmatch(shape, name, re.DOTALL) for name in names)


def _happens(fault: Fault, position: int, met: int) -> bool:
    if fault.nth is not None:
        return met == fault.nth
    if fault.every is not None:
        return met % fault.every == 0
    return fault.probability is None or _draw(fault.seed, position, met) < fault.probability


def _draw(*what: int) -> float:
    """A share that looks like chance and is the same each time, in every version."""
    digest = hashlib.sha256(repr(what).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
