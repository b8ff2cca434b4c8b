"""Reading what events are planned from: the events of both sides, and how far each has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mig.dataverse.errors import RequestFailed
from mig.engine.ledger import Ledger
from mig.engine.recording import NotInSnapshot
from mig.engine.snapshot import Endpoint
from mig.events.asked import Asked, Wanted, asked_for, unreadable
from mig.events.compared import Compared
from mig.events.match import match, moved_into
from mig.events.offer import UNCONFIGURED, Offer, read_offer
from mig.events.outbound import OutboundEvents, read_outbound
from mig.events.own_columns import Columns, left_columns, registration_columns, unfit_columns
from mig.events.read import find_events, read_both, read_source
from mig.events.rows import Event
from mig.events.standing import Standing, standing_of
from mig.events.terms import Terms
from mig.journeys.read_triggers import read_triggers
from mig.journeys.triggers import Triggers
from mig.manifest.model import Manifest

PART: Final = "event"
"""What a recording calls the events' part."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The events of one environment; `gap` says why they could not be read."""

    events: tuple[Event, ...] = ()
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvents:
    """All that is kept of an environment's events: what an inventory shows, and what plans are made of."""

    outbound: OutboundEvents = field(default_factory=OutboundEvents)
    listed: Listed = Listed()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    triggers: Triggers = field(default_factory=Triggers)
    offer: Offer = UNCONFIGURED


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRows:
    """What events are planned from; `standings` by the source's id, of what the manifest asks for. There are
    none where the source is a snapshot, which holds no registrations.

    `triggers` are those of the target's journeys, `offer` whether its events service moves registrations.
    """

    sources: Listed = Listed()
    targets: Listed = Listed()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    triggers: Triggers = field(default_factory=Triggers)
    offer: Offer = UNCONFIGURED

    def asked(self, manifest: Manifest) -> Asked:
        """What the manifest asks for."""
        gap = self.sources.gap or self.targets.gap
        if gap:
            return Asked(refused=tuple(unreadable(entry, gap) for entry in manifest.events))
        return asked_for(manifest.events, self.sources.events)


async def read_events(manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger) -> EventRows:
    """Read both sides; a manifest without events costs no request."""
    if not manifest.events:
        return EventRows()
    sources = await list_events(source)
    targets = sources if source is target else await list_events(target)
    rows = EventRows(sources=sources, targets=targets)
    wanted = () if holds_none(source, target, ledger) else rows.asked(manifest).wanted
    columns = await _columns(target) if wanted else {}
    found = [await _standing(one, manifest, source, target, targets, ledger, columns) for one in wanted]
    standings = {one.source.id: standing for one, standing in zip(wanted, found, strict=True)}
    triggers = await _triggers(target) if wanted else Triggers()
    offer = await _offer(target) if wanted else UNCONFIGURED
    return replace(rows, standings=standings, triggers=triggers, offer=offer)


def holds_none(source: Endpoint, target: Endpoint, ledger: Ledger) -> bool:
    """Whether the source is a snapshot that tells nothing of registrations. One of the target does, where
    they were counted in the source's organisation.
    """
    if source.recording is None:
        return False
    return target.recording is None or source.recording.organization.organization_id != ledger.organization


async def list_events(endpoint: Endpoint) -> Listed:
    """As they are, or as they were recorded."""
    if endpoint.recording is not None:
        return endpoint.recording.part(PART, RecordedEvents).listed
    try:
        return Listed(await find_events(endpoint.client))
    except RequestFailed as error:
        if error.status != 403:
            raise
        return Listed(gap=f"{error.status} {error.message}".strip())


async def _triggers(endpoint: Endpoint) -> Triggers:
    if endpoint.recording is not None:
        return endpoint.recording.part(PART, RecordedEvents).triggers
    return await read_triggers(endpoint.client)


async def outbound_events(endpoint: Endpoint) -> OutboundEvents:
    """What an inventory shows, as it is or as it was recorded."""
    if endpoint.recording is not None:
        return endpoint.recording.part(PART, RecordedEvents).outbound
    return await read_outbound(endpoint.client)


async def _columns(target: Endpoint) -> Columns:
    """Those that registrations have. A snapshot tells of each event what matters of them."""
    return {} if target.recording is not None else await registration_columns(target.client)


async def _offer(target: Endpoint) -> Offer:
    if target.recording is not None:
        return target.recording.part(PART, RecordedEvents).offer
    return await read_offer(target.client)


async def _standing(
    wanted: Wanted,
    manifest: Manifest,
    source: Endpoint,
    target: Endpoint,
    targets: Listed,
    ledger: Ledger,
    known_columns: Columns,
) -> Standing:
    """How far an event has come. Columns that cannot be carried block it: nothing is compared then."""
    known = ledger.entries.get(wanted.source.id)
    there = match(wanted, known, targets.events).target
    if target.recording is not None:
        return _recorded(wanted, there, target.name, target.recording.part(PART, RecordedEvents))
    asked = wanted.entry.columns
    unfit = unfit_columns(known_columns, asked)
    uncarried = await left_columns(source.client, known_columns, wanted.source.id, asked)
    columns = {} if unfit else asked
    if there is None:
        alone, belongings = await read_source(source.client, wanted.source.id, columns)
        found = standing_of(alone, None, belongings)
        return replace(found, columns=asked, unfit=unfit, uncarried=uncarried)
    both = await read_both(source.client, target.client, wanted.source.id, there.id, columns)
    standing = standing_of(both.source, both.target, both.belongings)
    standing = replace(standing, columns=asked, unfit=unfit, uncarried=uncarried)
    if unfit or not moved_into(known, there.id):
        return standing
    terms = Terms.of(wanted, manifest, known)
    compared = terms.compare(both)
    return replace(standing, compared=Compared.of(compared, terms.repair(compared, both)))


def _recorded(wanted: Wanted, there: Event | None, name: str, recorded: RecordedEvents) -> Standing:
    found = recorded.standings.get(wanted.source.id)
    if found is None or (found.target and found.target.id) != (there and there.id):
        raise NotInSnapshot(name, f"what is registered for the event {wanted.source.name!r}")
    if found.columns != wanted.entry.columns:
        raise NotInSnapshot(name, f"whether the columns can be carried that {wanted.address} names")
    return found
