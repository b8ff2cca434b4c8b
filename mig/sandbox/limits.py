"""Service-protection limits: how much one user may ask in a sliding window (dataverse-web-api.md §8.1).

A request is known by when it came, and by how long the server is busy with it; both by the world's clock.
What was counted is forgotten when the serving ends, as it would be on another of the service's servers.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mig.sandbox.errors import ODataError, too_many_at_once, too_many_requests, too_much_time

_GROWTH: Final = 1.0  # seconds that a request sent during a wait adds to it; ours, no source tells
_UNCOUNTED: Final = (7999, 1200.0)  # what was seen to be left (§2.2), told where nothing is counted
_BRIEFLY: Final = 1  # seconds to wait when too many run at once


@dataclass(frozen=True, slots=True)
class Limits:
    """`requests` and `busy` seconds in `window` seconds, and how many requests may run at once."""

    requests: int = 6000
    window: float = 300.0
    at_once: int = 52
    busy_share: float = 4.0  # seconds of work in a second: 1,200 in 300

    @property
    def busy(self) -> float:
        """How many seconds of work the window holds."""
        return self.window * self.busy_share


@dataclass(slots=True)
class _Use:
    """What one user has had. `work` holds when a request came and how long it takes."""

    work: deque[tuple[float, float]] = field(default_factory=deque)
    ends: list[float] = field(default_factory=list)
    busy: float = 0.0
    blocked_until: float = -math.inf

    def forget_before(self, moment: float) -> None:
        while self.work and self.work[0][0] <= moment:
            self.busy -= self.work.popleft()[1]


class Meter:
    """Counts for each user; without limits it lets all through. Moments are seconds of the world's clock."""

    def __init__(self, limits: Limits | None) -> None:
        self._limits = limits
        self._uses: defaultdict[str, _Use] = defaultdict(_Use)

    def admit(self, user: str, now: float) -> None:
        """Let a request through, or raise the 429; what is refused is not counted."""
        if (limits := self._limits) is None:
            return
        use = self._use(user, now, limits)
        if now < use.blocked_until:
            use.blocked_until = min(use.blocked_until + _GROWTH, now + limits.window)
            raise _refusal(use, limits, now)
        if len(use.ends) >= limits.at_once:
            raise too_many_at_once(limits.at_once, _BRIEFLY)
        if (room := _room_at(use, limits)) is not None:
            use.blocked_until = room
            raise _refusal(use, limits, now)

    def count(self, user: str, now: float, busy: float, seconds: float) -> None:
        """A request that was let through: `busy` seconds of work, answered after `seconds`."""
        if self._limits is None:
            return
        use = self._use(user, now, self._limits)
        use.work.append((now, busy))
        use.busy += busy
        if seconds > 0:
            use.ends.append(now + seconds)

    def left(self, user: str, now: float) -> tuple[int, float]:
        """How many requests, and seconds of work, the user has left in the window."""
        if (limits := self._limits) is None:
            return _UNCOUNTED
        use = self._use(user, now, limits)
        return limits.requests - len(use.work), max(limits.busy - use.busy, 0.0)

    def _use(self, user: str, now: float, limits: Limits) -> _Use:
        use = self._uses[user]
        use.forget_before(now - limits.window)
        use.ends = [end for end in use.ends if end > now]
        return use


def _room_at(use: _Use, limits: Limits) -> float | None:
    """When enough of what was counted is older than the window; None while there is room."""
    room: float | None = None
    count, busy = len(use.work), use.busy
    for came, seconds in use.work:
        if count < limits.requests and busy < limits.busy:
            break
        room = came + limits.window
        count, busy = count - 1, busy - seconds
    return room


def _refusal(use: _Use, limits: Limits, now: float) -> ODataError:
    wait = max(1, math.ceil(use.blocked_until - now))
    if len(use.work) >= limits.requests:
        return too_many_requests(limits.requests, limits.window, wait)
    return too_much_time(limits.busy, limits.window, wait)


def remaining_headers(left: tuple[int, float]) -> Iterable[tuple[str, str]]:
    """The headers that tell what is left; the time really has a comma (§2.2)."""
    requests, busy = left
    yield "x-ms-ratelimit-burst-remaining-xrm-requests", str(requests)
    yield "x-ms-ratelimit-time-remaining-xrm-requests", f"{busy:,.2f}"
