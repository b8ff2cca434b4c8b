"""Worlds behind a socket of this process, for jobs that are otherwise done without one."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from mig.cli.session import Session, open_session
from mig.sandbox.app import create_app
from mig.sandbox.world import World
from tests.support import WORLD, Document, Site


class _Server(uvicorn.Server):
    """Says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def behind_socket(world: World, between: Callable[[Any], Any] = lambda app: app) -> Iterator[str]:
    """The URL under which a world answers; its clock stands still, as it does without a socket.

    `between` puts another application before the world's.
    """
    app = between(create_app(world))
    config = uvicorn.Config(app, log_level="error", lifespan="off", date_header=False)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            server.ready.wait()
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True)
class FarSite(Site):
    """A site whose world is an organisation at a URL. Waiting moves its clock from here."""

    url: str
    world: World

    def manifest(self, manifest: Document, name: str = "mig.yaml") -> Path:
        far = {"url": self.url, "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"}}
        return super().manifest({"environments": {WORLD: far}, **manifest}, name)

    def session(self, manifest: Path) -> AbstractAsyncContextManager[Session]:
        async def pass_time(seconds: float) -> None:
            self.world.clock.advance(seconds)

        return open_session(manifest, None, home=self.home, verbose=False, sleep=pass_time)
