"""Examining an environment: read only, one step after the other; what fails is told and the rest goes on."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError, PrivilegeMissing
from mig.dataverse.metadata import read_server, read_tables
from mig.engine.clock import check_clock
from mig.engine.ledger import ledgers_in
from mig.engine.privileges import Need, Needs, Rights, every, usual
from mig.engine.probed import Probed, probed_in
from mig.engine.snapshot import Endpoint, describe, identify, notes_of, recognise, rights_in
from mig.manifest.model import Manifest
from mig.model.findings import Severity
from mig.model.tables import bundled_schema
from mig.segments.diagnosis import Diagnosis, Side
from mig.segments.leftovers import LeftBehind, Leftovers
from mig.segments.live_side import NoOutbound, read_targets
from mig.segments.quota import counted, quota
from mig.segments.rows import DEFINITION, SEGMENT, SOURCE

_TABLES: Final = (SEGMENT, DEFINITION, "annotation", "contact")


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined, and which privileges the manifest takes.

    `probing`: whether drafts are to be made there, which have to be deleted again.
    """

    manifest: Manifest
    needs: Needs
    source: Endpoint
    target: Endpoint
    probing: bool = False

    @property
    def one(self) -> bool:
        """Whether source and target are one environment."""
        return self.source is self.target


async def diagnose(patient: Patient, now: datetime) -> Diagnosis:
    """Read what can be read; without a sign-in there is nothing more to ask."""
    found = Diagnosis(at=now, target=_named(patient.target))
    found = await _taken(_target, patient, found)
    if found.target.organization is None:
        return found
    for step in (_clock, _source, _tables, _privileges, _notes, _rows):
        found = await _taken(step, patient, found)
    return found


Step = Callable[[Patient, Diagnosis], Awaitable[Diagnosis]]


async def _taken(step: Step, patient: Patient, found: Diagnosis) -> Diagnosis:
    """The diagnosis after one more step; what stopped it is among the findings."""
    try:
        return await step(patient, found)
    except DataverseError as error:
        if isinstance(error, PrivilegeMissing) and found.unreadable:
            return found  # the privilege is among those that are told
        return found.telling(error.code, str(error), error.fix)


def _named(endpoint: Endpoint) -> Side:
    return Side(endpoint.name, endpoint.client.shown_as)


async def _target(patient: Patient, found: Diagnosis) -> Diagnosis:
    return replace(found, target=await _side(patient.target))


async def _clock(patient: Patient, found: Diagnosis) -> Diagnosis:
    await check_clock(patient.target.client)
    return found


async def _source(patient: Patient, found: Diagnosis) -> Diagnosis:
    """It needs the outbound table, and its answers may count for the target. A snapshot holds what it has."""
    source = patient.source
    if source.recording is not None:
        side = replace(_named(source), organization=await identify(source))
        return replace(found, source=side, elsewhere=await _answers(source))
    if not patient.one:
        found = replace(found, source=await _side(source), elsewhere=await _answers(source))
    if not await _has(source.client, [SOURCE]):
        raise NoOutbound(source.name)
    return found


async def _answers(source: Endpoint) -> tuple[Probed, ...]:
    """They save asking; a source whose notes cannot be read is fit all the same."""
    with suppress(DataverseError):
        return tuple(probed_in(await notes_of(source)).values())
    return ()


async def _side(endpoint: Endpoint) -> Side:
    caller = await recognise(endpoint)
    organization = await describe(endpoint, caller)
    server = await read_server(endpoint.client)
    return replace(
        _named(endpoint),
        organization=organization,
        version=server.version,
        caller=caller,
        signed_in=endpoint.client.who,
        limits=server.limits,
    )


async def _tables(patient: Patient, found: Diagnosis) -> Diagnosis:
    there = await _has(patient.target.client, _TABLES)
    for name in _TABLES:
        if name not in there:
            message = f"environment {patient.target.name} has no table {name}"
            found = found.telling("ENV025", message, "install real-time journeys there, or name another one")
    return found


async def _has(client: Client, names: Sequence[str]) -> set[str]:
    return {table.name for table in await read_tables(client, names, bundled_schema())}


async def _privileges(patient: Patient, found: Diagnosis) -> Diagnosis:
    """On both sides. To delete is needed by a probe, which takes back what it made."""
    rights: tuple[Rights, ...] = ()
    for endpoint, side, needs in _asked(patient, found):
        if side is not None and side.caller is not None:
            rights = (*rights, *await rights_in(endpoint, side.caller, needs))
    wanted = every if patient.probing else usual
    told = (finding for one in rights for finding in one.findings(wanted, Severity.ERROR))
    return replace(found, rights=rights, findings=(*found.findings, *told))


def _asked(patient: Patient, found: Diagnosis) -> Iterator[tuple[Endpoint, Side | None, Sequence[Need]]]:
    needs = patient.needs
    if patient.one:
        yield patient.target, found.target, (*needs.source, *needs.target)
        return
    yield patient.target, found.target, needs.target
    yield patient.source, found.source, needs.source


async def _notes(patient: Patient, found: Diagnosis) -> Diagnosis:
    """Ledgers and answers. What another organisation left there came with a copy of its environment."""
    organization = found.target.organization.organization_id if found.target.organization else ""
    notes = await notes_of(patient.target)
    probed = dict(probed_in(notes))
    own = probed.pop(organization, Probed(organization))
    return replace(
        found,
        ledgers=ledgers_in(notes, organization, patient.manifest.migration),
        ledger_file=patient.target.notes.file,
        probed=own,
        elsewhere=(*found.elsewhere, *probed.values()),
    )


async def _rows(patient: Patient, found: Diagnosis) -> Diagnosis:
    """How many segments there are, and whether a probe left some behind."""
    targets, loose = await read_targets(patient.target.client)
    real_time = [one for one in targets if one.real_time]
    if found.ledgers is not None:
        policy = patient.manifest.policy
        used = counted(real_time, found.ledgers.own, policy)
        found = replace(found, quota=quota(real_time, used, policy.quota))
    left = Leftovers.among(targets, loose)
    if not left.names:
        return found
    behind = LeftBehind(left, "a probe did not come to its end")
    return replace(found, leftovers=tuple(left.names)).telling(behind.code, str(behind), behind.fix)
