"""The sandbox behind a socket, on loopback only."""

import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from mig.sandbox.app import create_app
from mig.sandbox.world import World

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class ServeError(Exception):
    """An address that cannot be served; the message is one sentence for a person."""


def serve(world: World, host: str, port: int, on_ready: Callable[[str], None], *, speed: float = 1.0) -> None:
    """Serve `world` until interrupted; `on_ready` gets the URL once requests are answered.

    Port 0 takes a free one. The world's clock follows real time, `speed` times as fast.
    """
    if host not in LOOPBACK:
        raise ServeError(f"a sandbox is served on this machine only, not on {host}")
    listener = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}"
    world.clock.run(speed)
    config = uvicorn.Config(create_app(world), log_level="error", access_log=False, lifespan="off")
    try:
        _Server(config, lambda: on_ready(url)).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # the ordinary end: what was in flight has been answered
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


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServeError(f"{host}:{port} cannot be served: {error.strerror or error}") from error
