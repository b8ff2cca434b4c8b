"""Verifying events: both sides are read afresh, event by event, and compared."""

from mig.engine.ledger import Ledger
from mig.engine.snapshot import Endpoint
from mig.events.gather import EventRows, holds_none, list_events
from mig.events.left import Left
from mig.events.match import match
from mig.events.own_columns import left_columns, registration_columns
from mig.events.read import read_both
from mig.events.terms import Terms
from mig.events.verification import EventComparison, EventVerification
from mig.events.worklist import Surroundings, worklist
from mig.journeys.read_triggers import read_triggers
from mig.manifest.model import Manifest
from mig.model.address import Address


async def verify_events(
    manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger
) -> EventVerification:
    """One after the other: of an event with its people there is one in memory at a time."""
    if not manifest.events:
        return EventVerification()
    sources = await list_events(source)
    targets = sources if source is target else await list_events(target)
    asked = EventRows(sources=sources, targets=targets).asked(manifest)
    found = [
        EventComparison(address=refused.address, reason=refused.message)
        for refused in asked.refused
        if refused.address is not None
    ]
    not_moved, triggers, own = 0, None, None
    for wanted in asked.wanted:
        known = ledger.entries.get(wanted.source.id)
        there = match(wanted, known, targets.events).target
        if there is None:
            not_moved += 1
            continue
        if holds_none(source, target, ledger):
            reason = f"{source.name} is a snapshot, and registrations are not in it"
            found.append(EventComparison(address=wanted.address, reason=reason))
            continue
        columns = wanted.entry.columns
        both = await read_both(source.client, target.client, wanted.source.id, there.id, columns)
        triggers = triggers or await read_triggers(target.client)
        own = own if own is not None else await registration_columns(target.client)
        around = Surroundings(
            entry=wanted.entry,
            source=both.source.event,
            target=both.target.event,
            target_id=there.id,
            left=Left.of(both.source, both.target, both.belongings),
            triggers=triggers,
            uncarried=await left_columns(source.client, own, wanted.source.id, columns),
            unseen=known is not None and known.published and not both.target.event.live,
        )
        comparison = EventComparison(
            address=wanted.address,
            reconciliation=Terms.of(wanted, manifest, known).compare(both),
            worklist=worklist(around),
        )
        found.append(comparison)
    return EventVerification(tuple(sorted(found, key=_by_address)), not_moved)


def _by_address(one: EventComparison) -> Address:
    return one.address
