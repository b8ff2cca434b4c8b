"""What the authority has handed out: access and refresh tokens, device codes; kept as digests."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from mig.sandbox.clock import microseconds
from mig.sandbox.world import World

_KEPT: Final = timedelta(days=1)  # how long one that ended is remembered, and answered as expired


class Kind(StrEnum):
    """What a secret is for."""

    ACCESS = "access"
    REFRESH = "refresh"
    DEVICE = "device"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Grant:
    """`application` may use `resource`, for a system user, or without one on its own behalf."""

    application: str
    resource: str
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A grant by the world's clock: not yet good, good, or over."""

    grant: Grant
    has_started: bool
    has_ended: bool


def issue(world: World, kind: Kind, grant: Grant, *, seconds: float, after: float = 0.0) -> str:
    """A new secret for a grant, good for so many seconds once `after` seconds have passed."""
    now = world.clock.now()
    starts = now + timedelta(seconds=after)
    secret = secrets.token_urlsafe(32)
    ends = microseconds(starts + timedelta(seconds=seconds))
    row = (_digest(secret), kind, grant.application, grant.user, grant.resource, microseconds(starts), ends)
    with world.transaction():
        world.connection.execute("DELETE FROM _tokens WHERE ends < ?", (microseconds(now - _KEPT),))
        world.connection.execute("INSERT INTO _tokens VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return secret


def look_up(world: World, kind: Kind, secret: str) -> Held | None:
    """What a secret stands for; None when it was never handed out."""
    query = "SELECT application, resource, user, starts, ends FROM _tokens WHERE digest = ? AND kind = ?"
    row = world.connection.execute(query, (_digest(secret), kind)).fetchone()
    if row is None:
        return None
    application, resource, user, starts, ends = row
    now = microseconds(world.clock.now())
    return Held(Grant(application, resource, user), starts <= now, ends <= now)


def end(world: World, secret: str) -> None:
    """From now on it opens nothing."""
    now = microseconds(world.clock.now())
    world.connection.execute("UPDATE _tokens SET ends = ? WHERE digest = ?", (now, _digest(secret)))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
