"""Connecting to the environments of a manifest. The only place that knows both the client and the sandbox."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mig.cli.terminal import Terminal
from mig.dataverse.client import Exchange, Sleep, connect
from mig.dataverse.errors import SignInFailed
from mig.engine.snapshot import Endpoint, Kind, Snapshot, take
from mig.events.kind import EventKind
from mig.manifest.choose import choose_environment, source_environment
from mig.manifest.load import load_manifest
from mig.manifest.model import Environment, Manifest
from mig.sandbox.app import create_app
from mig.sandbox.maker import make_world
from mig.sandbox.spec import Phase
from mig.sandbox.worlds import Worlds, default_home
from mig.segments.kind import SegmentKind

# A new kind of resource is one entry here.
KINDS: tuple[Kind, ...] = (SegmentKind(), EventKind())


@dataclass(frozen=True, slots=True)
class Session:
    """Open connections to source and target, which may be the same; `clock` is the target's."""

    manifest: Manifest
    source: Endpoint
    target: Endpoint
    clock: Callable[[], datetime]
    home: Path
    terminal: Terminal

    async def snapshot(self) -> Snapshot:
        """Read everything a plan needs."""
        return await take(self.manifest, self.source, self.target, KINDS)


@dataclass(frozen=True, slots=True)
class Reach:
    """How to get at environments: where sandboxes are, and whether requests are logged."""

    home: Path
    verbose: bool
    terminal: Terminal
    sleep: Sleep

    def log(self, exchange: Exchange) -> None:
        """One line a request, when asked for."""
        if self.verbose:
            reference = f"  {exchange.request_id}" if exchange.request_id else ""
            self.terminal.note(f"{exchange.status}  {exchange.request}{reference}")


def home_of(home: Path | None) -> Path:
    """The folder given, else MIG_HOME, else the user's data folder."""
    return home if home is not None else default_home(os.environ)


@asynccontextmanager
async def open_session(
    file: Path,
    environment: str | None,
    *,
    home: Path | None,
    verbose: bool,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Session]:
    """Load the manifest and connect to what it names.

    `sleep` is how to wait for an organisation; an embedded sandbox moves its own clock instead.
    """
    wanted = None if environment is None else [environment]
    manifest = load_manifest(file, environ=os.environ, environments=wanted)
    async with open_manifest(manifest, environment, home=home, verbose=verbose, sleep=sleep) as session:
        yield session


@asynccontextmanager
async def open_manifest(
    manifest: Manifest,
    environment: str | None,
    *,
    home: Path | None,
    verbose: bool,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[Session]:
    """Connect to the environment and, where it has one, to its source."""
    target_environment = choose_environment(manifest, environment)
    from_environment = source_environment(manifest, target_environment)
    terminal = Terminal.current()
    reach = Reach(home_of(home), verbose, terminal, sleep)
    async with AsyncExitStack() as stack:
        target, clock = await stack.enter_async_context(_open(target_environment, reach))
        source = target
        if from_environment is not target_environment:
            source, _ = await stack.enter_async_context(_open(from_environment, reach))
        yield Session(manifest, source, target, clock, reach.home, terminal)


@asynccontextmanager
async def _open(
    environment: Environment, reach: Reach
) -> AsyncIterator[tuple[Endpoint, Callable[[], datetime]]]:
    opened = _sandbox(environment, reach) if environment.sandbox else _organization(environment, reach)
    async with opened as found:
        yield found


@asynccontextmanager
async def _sandbox(
    environment: Environment, reach: Reach
) -> AsyncIterator[tuple[Endpoint, Callable[[], datetime]]]:
    """In-process; one that does not exist yet is made. Waiting moves its clock, and nobody really waits."""
    name = environment.sandbox or ""
    with made_sandbox(name, reach.home, reach.terminal).open(name) as world:

        async def pass_time(seconds: float) -> None:
            world.clock.advance(seconds)

        async with connect(
            "http://sandbox",
            world.token,
            shown_as=f"sandbox:{name}",
            log=reach.log,
            app=create_app(world),
            sleep=pass_time,
        ) as client:
            yield Endpoint(environment.name, client, _pin(environment)), world.clock.now


def made_sandbox(name: str, home: Path, terminal: Terminal, phase: Phase = Phase.REMOVED) -> Worlds:
    """The worlds below `home`, one of that name among them; one that is missing is made in that phase."""
    worlds = Worlds(home)
    if not worlds.exists(name):
        terminal.note(f"Making the sandbox {name!r}.")
        worlds.create(name, make_world(phase=phase))
    return worlds


@asynccontextmanager
async def _organization(
    environment: Environment, reach: Reach
) -> AsyncIterator[tuple[Endpoint, Callable[[], datetime]]]:
    token = environment.auth.token
    if environment.url is None or token is None:
        raise SignInFailed(environment.name)
    async with connect(
        environment.url.reveal(),
        token.reveal(),
        shown_as=str(environment.url),
        log=reach.log,
        sleep=reach.sleep,
    ) as client:
        yield Endpoint(environment.name, client, _pin(environment)), lambda: datetime.now(UTC)


def _pin(environment: Environment) -> str | None:
    return environment.organization.reveal() if environment.organization else None
