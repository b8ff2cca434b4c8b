"""The sandbox behind a socket, on loopback only."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from mig.sandbox.app import application
from mig.sandbox.authority import Authority
from mig.sandbox.conditions import IDEAL, Conditions
from mig.sandbox.connection import Connection
from mig.sandbox.front import Front
from mig.sandbox.requestlog import Log
from mig.sandbox.service import Service
from mig.sandbox.tls import Tls
from mig.sandbox.world import World

_LOOPBACK: Final = "127.0.0.1"
_PATIENCE: Final = 3
"""Seconds for answers in flight at the end: whoever does not fetch theirs would hold it up for ever."""


class ServeError(Exception):
    """A port that cannot be served; the message is one sentence for a person."""

    fix = "take another port, or `--port 0` for one that is free"


def serve(
    world: World,
    port: int,
    on_ready: Callable[[str], None],
    *,
    speed: float = 1.0,
    conditions: Conditions = IDEAL,
    tls: Tls | None = None,
    log: Log | None = None,
) -> None:
    """Serve `world` until interrupted; `on_ready` gets the URL once requests are answered.

    Port 0 takes a free one. The world's clock follows real time, `speed` times as fast. With `tls` there is
    an authority too, to sign in with.
    """
    listener = _listen(port)
    url = f"{'https' if tls else 'http'}://{_LOOPBACK}:{listener.getsockname()[1]}"
    authority = Authority(world, time.time).answer if tls else None
    front = Front(Service(world, conditions), authority, log)

    async def wait(seconds: float) -> None:
        await asyncio.sleep(world.clock.real(seconds))

    config = uvicorn.Config(
        application(front, conditions, wait),
        http=Connection,
        log_level="error",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_PATIENCE,
    )
    config.load()
    config.ssl = tls.context if tls else None  # given whole: uvicorn itself would want the key in a file
    world.clock.run(speed)
    try:
        with _ended_by_signals():
            _Server(config, lambda: on_ready(url)).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # the ordinary end: what was in flight has been answered, if the client was there to hear it
    finally:
        listener.close()
        world.clock.stop()


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A request to end is an interrupt too, so that nothing is left behind: uvicorn repeats it at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(port: int) -> socket.socket:
    try:
        listener = socket.create_server((_LOOPBACK, port))
    except OSError as error:
        raise ServeError(f"{_LOOPBACK}:{port} cannot be served: {error.strerror or error}") from error
    # What is accepted here inherits it. Without, the end of an answer waits for the client to acknowledge its
    # beginning, 40 ms late.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
