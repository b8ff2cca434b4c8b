"""Reading: everything a plan needs, read once, before planning.

The engine reads what every kind needs (organisations, phase, ledger); each kind of resource reads its own
rows. A kind's snapshot is a frozen value that can be planned from without any further request.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError, RequestFailed
from mig.dataverse.messages import Request
from mig.dataverse.privileges import Caller, who_am_i
from mig.engine import ledger, probed
from mig.engine.ledger import Ledger, Ledgers, ledgers_in
from mig.engine.notes import Note, Notes
from mig.engine.plan import Change, Drift, Organization, Quota
from mig.engine.privileges import NOTES, Need, Needs, Rights, check_readable, read_rights
from mig.engine.probed import Probed, probed_in
from mig.engine.recording import Recording
from mig.manifest.environment_variables import Expanded
from mig.manifest.model import Manifest
from mig.model.findings import Finding

# A harmless question to an outbound service: is this query a segment? Where it answers, outbound is live.
_PROBE: Final = Request(
    "POST",
    "msdyncrm_ValidateSegment",
    {
        "msdyncrm_segmentname": "probe",
        "msdyncrm_segmentquery": "PROFILE(contact)",
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350000,
    },
)

# What a refusal tells; any other (sign-in, privilege, throttling, a failure) tells nothing of the phase.
_TOLD_BY: Final = {400: "hidden", 404: "removed", 410: "removed"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A connection to one side of the move. `pinned` is the organisation id the manifest demands, if any.

    `notes` is where its ledger and lock are kept. Of a snapshot there is a `recording`, and a client that has
    no answers.
    """

    name: str
    client: Client
    notes: Notes
    pinned: Expanded | None = None
    recording: Recording | None = None

    def writable(self) -> "Endpoint":
        """The same, for applying."""
        return replace(self, client=self.client.writable(), notes=self.notes.writable())


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of resource contributes to a plan. `people`: the members of all copies it owns."""

    changes: tuple[Change, ...]
    quota: Quota | None = None
    drift: tuple[Drift, ...] = ()
    findings: tuple[Finding, ...] = ()
    people: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """What every kind plans on: the two organisations, our ledger and those of other migrations.

    `probed`: what the target was found to take. `ledger_file`: where all that is kept, if not in the target.
    `rights`: what this identity may do in either. `now`: when all was read, by the target's clock; it does
    not count when readings are compared. `stop_job`: a job of somebody else may be ended.
    """

    source: Organization
    target: Organization
    ledgers: Ledgers
    probed: Probed
    ledger_file: str | None = None
    rights: tuple[Rights, ...] = ()
    now: datetime = field(default=datetime.min.replace(tzinfo=UTC), compare=False)
    stop_job: bool = False

    @property
    def ledger(self) -> Ledger:
        """What this migration owns."""
        return self.ledgers.own


class KindSnapshot(Protocol):
    """All rows one kind of resource needs; immutable."""

    def plan(self, manifest: Manifest, base: Base, *, prune: bool) -> Part:
        """Decide, without any I/O.

        `prune`: delete what this migration made, the manifest no longer lists, and nothing uses.
        """


class Kind(Protocol):
    """A kind of resource: knows how to read what it plans from. `name` is that of its part of a recording."""

    name: str

    def needs(self, manifest: Manifest) -> Needs:
        """The privileges that reading, planning and applying take."""

    async def read(
        self, manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger
    ) -> KindSnapshot:
        """Read once; `ledger` tells what this migration owns in the target."""

    async def record(self, manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger) -> Any:
        """All of the target that a plan may read of it, as source or as target, as plain data."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a plan needs."""

    base: Base
    kinds: tuple[KindSnapshot, ...]


class WrongOrganization(DataverseError):
    """The url answers, but it is not the organisation the manifest pins."""

    code = "ENV002"
    fix = "correct `organization` in the manifest, or the url"

    def __init__(self, endpoint: Endpoint, found: str) -> None:
        super().__init__(f"{endpoint.name} is pinned to organisation {endpoint.pinned}, but {found} answered")


async def take(
    manifest: Manifest,
    source: Endpoint,
    target: Endpoint,
    kinds: Sequence[Kind],
    now: datetime,
    before: Base | None = None,
) -> Snapshot:
    """Read both sides; `PrivilegesLacking` before that, where a plan would not be right.

    `before`: who answers and what this identity may do was found out already, over the same connections.
    """
    if before is None:
        found_source, found_target, rights = await _met(source, target, needs_of(manifest, target, kinds))
        check_readable(rights)
    else:
        found_source, found_target, rights = before.source, before.target, before.rights
    organization = found_target.organization_id
    notes = await notes_of(target)
    ledgers = ledgers_in(notes, organization, manifest.migration)
    answers = probed_in(notes).get(organization, Probed(organization))
    parts = await asyncio.gather(*(kind.read(manifest, source, target, ledgers.own) for kind in kinds))
    base = Base(found_source, found_target, ledgers, answers, target.notes.file, rights, now)
    return Snapshot(base, tuple(parts))


def needs_of(manifest: Manifest, target: Endpoint, kinds: Sequence[Kind]) -> Needs:
    """The privileges that a manifest takes; those for notes where ledger and lock are kept in the target."""
    needs = Needs() if target.notes.file else NOTES
    for kind in kinds:
        needs = needs.joined(kind.needs(manifest))
    return needs


async def read_kept(notes: Notes) -> Sequence[Note]:
    """The notes of all ledgers and probes, read together."""
    return await notes.kept(ledger.PREFIX, probed.PREFIX)


async def record(
    manifest: Manifest, source: Endpoint, target: Endpoint, kinds: Sequence[Kind], taken: datetime
) -> Recording:
    """Read the target as plans read it, and keep that. `source` is where the manifest reads its rows."""
    organization = await identify(target)
    notes = await notes_of(target)
    own = ledgers_in(notes, organization.organization_id, manifest.migration).own
    parts = {kind.name: await kind.record(manifest, source, target, own) for kind in kinds}
    return Recording(taken=taken, organization=organization, notes=tuple(notes), parts=parts)


async def notes_of(endpoint: Endpoint) -> Sequence[Note]:
    """Those of all ledgers and probes, as they are or as they were recorded."""
    if endpoint.recording is not None:
        return endpoint.recording.notes
    return await read_kept(endpoint.notes)


async def _met(
    source: Endpoint, target: Endpoint, needs: Needs
) -> tuple[Organization, Organization, tuple[Rights, ...]]:
    """Who answers on either side, and what this identity may do there."""
    if source is target:
        found, rights = await _meet(target, (*needs.source, *needs.target))
        return found, found, rights
    before, source_rights = await _meet(source, needs.source)
    after, target_rights = await _meet(target, needs.target)
    return before, after, (*source_rights, *target_rights)


async def _meet(endpoint: Endpoint, needs: Sequence[Need]) -> tuple[Organization, tuple[Rights, ...]]:
    caller = await recognise(endpoint)
    return await asyncio.gather(describe(endpoint, caller), rights_in(endpoint, caller, needs))


async def rights_in(endpoint: Endpoint, caller: Caller, needs: Sequence[Need]) -> tuple[Rights, ...]:
    """What this identity may do of what is needed; of a snapshot there is nothing to be told."""
    if endpoint.recording is not None:
        return ()
    return (await read_rights(endpoint.client, endpoint.name, caller, needs),)


async def identify(endpoint: Endpoint) -> Organization:
    """Who answers there, and in which phase outbound marketing is there."""
    return await describe(endpoint, await recognise(endpoint))


async def recognise(endpoint: Endpoint) -> Caller:
    """Who asks, of the organisation that the manifest pins; `WrongOrganization` where another one answers.

    A snapshot is asked by nobody.
    """
    recording = endpoint.recording
    if recording is None:
        caller = await who_am_i(endpoint.client)
    else:
        caller = Caller(recording.organization.organization_id, user="", unit="")
    if endpoint.pinned and endpoint.pinned.reveal().lower() != caller.organization:
        raise WrongOrganization(endpoint, caller.organization)
    return caller


async def describe(endpoint: Endpoint, caller: Caller) -> Organization:
    """The organisation that was recognised, and in which phase outbound marketing is there."""
    recording = endpoint.recording
    if recording is not None:
        recorded = recording.taken.isoformat(timespec="seconds")
        return replace(recording.organization, name=endpoint.name, recorded=recorded)
    phase, evidence = await _phase(endpoint.client)
    return Organization(
        name=endpoint.name,
        url=endpoint.client.shown_as,
        organization_id=caller.organization,
        phase=phase,
        evidence=evidence,
    )


async def _phase(client: Client) -> tuple[str, str]:
    # What each phase still answers: reference/events-and-transition.md 4.2; how it refuses is assumed.
    try:
        await client.send(_PROBE)
    except RequestFailed as error:
        told = f"{_PROBE.path} answers {error.status}"
        return _TOLD_BY.get(error.status, "unknown"), told
    return "live", f"{_PROBE.path} answers"
