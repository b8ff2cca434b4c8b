"""A sandbox in this process. The only place that knows both the client and the sandbox."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from mig.cli.terminal import Terminal
from mig.dataverse.calls import Exchange
from mig.dataverse.client import Client, connect
from mig.dataverse.events_service import EventsAccess
from mig.dataverse.line import OUTSIDE, Patience
from mig.sandbox.app import create_app
from mig.sandbox.events import endpoint
from mig.sandbox.maker import make_world
from mig.sandbox.spec import Fault, Phase
from mig.sandbox.worlds import Worlds

_EMBEDDED: Final = "http://sandbox"

# In a sandbox days pass at once.
_ENDLESS: Final = Patience(run=math.inf)


@asynccontextmanager
async def open_embedded(
    name: str, home: Path, terminal: Terminal, log: Callable[[Exchange], None]
) -> AsyncIterator[tuple[Client, Callable[[], datetime]]]:
    """A client of it, and its clock; one that does not exist yet is made.

    Waiting moves its clock, and nobody really waits.
    """
    with made_sandbox(name, home, terminal).open(name) as world:
        passed = 0.0

        async def pass_time(seconds: float) -> None:
            nonlocal passed
            passed += seconds
            world.clock.advance(seconds)

        async with connect(
            _EMBEDDED,
            world.token,
            shown_as=f"sandbox:{name}",
            log=log,
            app=create_app(world),
            sleep=pass_time,
            events=EventsAccess(
                endpoint(_EMBEDDED, world),
                world.events_token,
                _EMBEDDED,
                f"the events service of sandbox:{name}",
            ),
            # How busy this machine is tells nothing of a server: the same run sends the same requests.
            outside=replace(OUTSIDE, now=lambda: passed),
            patience=_ENDLESS,
        ) as client:
            yield client, world.clock.now


def made_sandbox(
    name: str, home: Path, terminal: Terminal, phase: Phase = Phase.REMOVED, faults: Sequence[Fault] = ()
) -> Worlds:
    """The worlds below `home`, one of that name among them; one that is missing is made in that phase."""
    worlds = Worlds(home)
    if not worlds.exists(name):
        terminal.note(f"Making the sandbox {name!r}.")
        worlds.create(name, replace(make_world(phase=phase), faults=tuple(faults)))
    return worlds
