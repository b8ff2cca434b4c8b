"""Connecting to the environments of a manifest."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mig.cli.signing_in import way_of
from mig.cli.terminal import Terminal
from mig.dataverse.calls import Exchange, Sleep
from mig.dataverse.client import Client, connect
from mig.dataverse.events_service import EventsAccess
from mig.engine.environment_notes import EnvironmentNotes
from mig.engine.file_notes import FileNotes
from mig.engine.notes import Notes
from mig.engine.plan import Plan
from mig.engine.privileges import Rights, check_writable
from mig.engine.recording import EnvironmentNeeded, Recording, SnapshotTakesNoChanges, read_recording
from mig.engine.snapshot import (
    Endpoint,
    Kind,
    Snapshot,
    needs_of,
    recognise,
    record,
    rights_in,
    take,
)
from mig.events.kind import EventKind
from mig.manifest.choose import choose_environment, source_environment
from mig.manifest.environment_variables import Expanded
from mig.manifest.load import load_manifest
from mig.manifest.model import Environment, LedgerStore, Manifest
from mig.sandbox.home import default_home
from mig.segments.doctor import Patient
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

    async def snapshot(self, before: Snapshot | None = None) -> Snapshot:
        """Read everything a plan needs; what was found out `before` of the organisations holds still."""
        known = before.base if before else None
        return await take(self.manifest, self.source, self.target, KINDS, self.clock(), known)

    async def recording(self) -> Recording:
        """The target, with everything a plan may read of it."""
        return await record(self.manifest, self.source, self.target, KINDS, self.clock())

    async def check_writable(self, plan: Plan, seen: Snapshot | None) -> None:
        """`PrivilegesLacking` where this identity cannot make all changes of a plan.

        `seen` is what it was made of; one that somebody else may have made is asked about anew.
        """
        if not plan.work:
            return
        rights = seen.base.rights if seen is not None else await self.rights()
        check_writable(rights, plan.work)

    async def rights(self) -> tuple[Rights, ...]:
        """What this identity may do in the target."""
        caller = await recognise(self.target)
        return await rights_in(self.target, caller, needs_of(self.manifest, self.target, KINDS).target)

    def patient(self, *, probing: bool) -> Patient:
        """What `mig doctor` examines."""
        needs = needs_of(self.manifest, self.target, KINDS)
        return Patient(self.manifest, needs, self.source, self.target, probing)

    def refuse_snapshot(self) -> None:
        """`SnapshotTakesNoChanges` where the target is one."""
        if self.target.recording is not None:
            raise SnapshotTakesNoChanges(self.target.name)


@dataclass(frozen=True, slots=True)
class Reach:
    """How to get at environments: where sandboxes and snapshots are, and whether requests are logged."""

    home: Path
    folder: Path
    verbose: bool
    terminal: Terminal
    sleep: Sleep

    def log(self, exchange: Exchange) -> None:
        """One line a request, when asked for."""
        if self.verbose:
            parts = (exchange.status or "---", exchange.request, exchange.request_id, exchange.client_id)
            self.terminal.note("  ".join(str(part) for part in (*parts, exchange.limits) if part))


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
    reach = Reach(home_of(home), Path(manifest.file).parent, verbose, terminal, sleep)
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
    opened = _recorded if environment.snapshot else _sandbox if environment.sandbox else _organization
    async with opened(environment, reach) as found:
        yield found


@asynccontextmanager
async def _recorded(
    environment: Environment, reach: Reach
) -> AsyncIterator[tuple[Endpoint, Callable[[], datetime]]]:
    """A snapshot beside the manifest. Its clock stands still; what is sent to it is for the environment."""
    recording = read_recording(reach.folder / (environment.snapshot or ""))

    async def no_answer(scope: Mapping[str, Any], receive: object, send: object) -> None:
        raise EnvironmentNeeded(environment.name)

    async with connect(
        "http://snapshot",
        "none",
        shown_as=recording.organization.url,
        log=reach.log,
        app=no_answer,
        sleep=reach.sleep,
    ) as client:
        yield _endpoint(environment, client, reach, recording), lambda: recording.taken


@asynccontextmanager
async def _sandbox(
    environment: Environment, reach: Reach
) -> AsyncIterator[tuple[Endpoint, Callable[[], datetime]]]:
    # Loaded here: whoever connects to an organisation elsewhere does not wait for it.
    from mig.cli.embedded import open_embedded

    async with open_embedded(environment.sandbox or "", reach.home, reach.terminal, reach.log) as embedded:
        client, clock = embedded
        yield _endpoint(environment, client, reach), clock


@asynccontextmanager
async def _organization(
    environment: Environment, reach: Reach
) -> AsyncIterator[tuple[Endpoint, Callable[[], datetime]]]:
    url = environment.url
    if url is None:  # a snapshot, which the manifest calls not yet usable
        raise LookupError(f"{environment.name} is no organisation")
    async with connect(
        url.reveal(),
        way_of(environment.auth, url, os.environ, reach.terminal.note),
        shown_as=str(url),
        log=reach.log,
        sleep=reach.sleep,
        secrets=_secrets(url),
        events=_events_access(environment, url.reveal()),
    ) as client:
        yield _endpoint(environment, client, reach), lambda: datetime.now(UTC)


def _endpoint(
    environment: Environment, client: Client, reach: Reach, recording: Recording | None = None
) -> Endpoint:
    notes = _notes(environment, client, reach)
    return Endpoint(environment.name, client, notes, environment.organization, recording)


def _notes(environment: Environment, client: Client, reach: Reach) -> Notes:
    """In the organisation itself, or in a file beside the manifest: that is, in what its path leads to."""
    file = environment.ledger.path
    if environment.ledger.store is LedgerStore.ENVIRONMENT or file is None:
        return EnvironmentNotes(client)
    return FileNotes((reach.folder / file.reveal()).resolve(), str(file))


def _secrets(url: Expanded) -> Collection[str]:
    """What stands in variables of it: its host alone tells as much, and errors of TLS name it."""
    if str(url) == url.reveal():
        return ()
    return (url.reveal(), urlsplit(url.reveal()).hostname or "")


def _events_access(environment: Environment, url: str) -> EventsAccess | None:
    """How to reach the events service, where the manifest says."""
    events = environment.events
    if events is None:
        return None
    parts = urlsplit(url)
    origin = events.origin.reveal() if events.origin else f"{parts.scheme}://{parts.netloc}"
    return EventsAccess(events.endpoint.reveal(), events.token.reveal(), origin, str(events.endpoint))
