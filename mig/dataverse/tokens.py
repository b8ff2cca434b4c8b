"""The token of a connection: had when it is first needed, and had anew before it ends or when it is refused.

Signing in blocks (MSAL, the Azure CLI, a person at a browser), so it is done aside, in a thread that ends
with the process: an interrupted run does not wait for somebody to type a code.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from mig.dataverse.bearer import Bearer
from mig.dataverse.hiding import Hidden

# MSAL takes a token with less left for expired, and has another (reference/dataverse-web-api.md 1.4).
_EARLY: Final = 300.0
# Whatever a clock that is wrong says of its end, a token just had is used for so long.
_AT_LEAST: Final = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and for how many seconds it is good; None when that is not known."""

    bearer: Bearer
    seconds: float | None = None


class Way(Protocol):
    """One way to sign in; `who` says in words as whom."""

    @property
    def who(self) -> str:
        """Who signs in, for messages; never the name of a person."""

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        """Have a token; blocks. `fresh`: not one that is kept. `claims`: what a refusal asked for, as JSON.

        Raises `SignInFailed`, or `Unreachable` when whoever signs people in is.
        """


class Tokens:
    """Hands out the token of a connection; many workers, one sign-in. `now` is in seconds."""

    def __init__(self, way: Way, hidden: Hidden, now: Callable[[], float]) -> None:
        self._way = way
        self._hidden = hidden
        self._now = now
        self._held: Bearer | None = None
        self._renew_at = 0.0
        self._signing_in = asyncio.Lock()

    @property
    def who(self) -> str:
        """Who is signed in, in words."""
        return self._way.who

    async def current(self) -> Bearer:
        """A token that is good for some time yet."""
        async with self._signing_in:
            if self._held is None or self._now() >= self._renew_at:
                return await self._sign_in(fresh=False, claims=None)
            return self._held

    async def instead_of(self, refused: Bearer, claims: str | None) -> Bearer:
        """The token that came after the one that was refused; the same one where no other can be had."""
        async with self._signing_in:
            if self._held is not None and self._held != refused:
                return self._held
            return await self._sign_in(fresh=True, claims=claims)

    async def _sign_in(self, *, fresh: bool, claims: str | None) -> Bearer:
        token = await _aside(lambda: self._way.acquire(fresh=fresh, claims=claims))
        self._hidden.add(token.bearer.token)
        self._held = token.bearer
        left = float("inf") if token.seconds is None else max(token.seconds - _EARLY, _AT_LEAST)
        self._renew_at = self._now() + left
        return token.bearer


async def _aside(work: Callable[[], T]) -> T:
    """Run what blocks in a thread that nobody waits for when this process ends."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def tell(how: Callable[[Any], None], what: object) -> None:
        if not ended.done():
            how(what)

    def run() -> None:
        with suppress(RuntimeError):  # the loop has closed meanwhile: nobody listens any more
            try:
                result = work()
            except Exception as error:
                loop.call_soon_threadsafe(tell, ended.set_exception, error)
            else:
                loop.call_soon_threadsafe(tell, ended.set_result, result)

    threading.Thread(target=run, name="sign-in", daemon=True).start()
    return await ended
