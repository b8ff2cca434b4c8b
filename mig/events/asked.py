"""Which outbound event each entry means, given the events there are. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from mig.events.rows import Event
from mig.manifest.complaints import in_order
from mig.manifest.model import EventEntry
from mig.manifest.named import NamedRows
from mig.model.address import Address
from mig.model.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Wanted:
    """One event that is asked for."""

    address: Address
    entry: EventEntry
    source: Event


@dataclass(frozen=True, slots=True)
class Asked:
    """What a manifest asks for, by address.

    `findings` are about the whole manifest; `refused` are each about an entry that stands under its address.
    `perhaps` has the ids of those that an unclear entry could mean.
    """

    wanted: tuple[Wanted, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()
    perhaps: frozenset[str] = frozenset()


def asked_for(entries: Sequence[EventEntry], events: Sequence[Event]) -> Asked:
    """Find the outbound event of every entry; one that is real-time already is refused."""
    outbound: NamedRows[Event, EventEntry] = NamedRows("event", [one for one in events if one.outbound])
    refused: list[Finding] = []
    wanted: list[Wanted] = []
    by_source: dict[str, EventEntry] = {}
    by_address: dict[Address, EventEntry] = {}
    for entry in entries:
        if (moved := _moved_already(entry, outbound, events)) is not None:
            refused.append(_already_real_time(entry, moved))
            continue
        source = outbound.one(entry)
        address = entry.address(source.name) if source else None
        if source is None or address is None:
            continue
        complaints = outbound.complaints
        first = by_source.setdefault(source.id, outbound.perhaps.get(source.id, entry))
        if first is not entry:
            what, fix = f"`{source.name}` is already brought over by another entry", "take one of the two out"
            complaints.twice("MAN017", what, entry.place, first.place, fix, address)
        elif (other := by_address.setdefault(address, entry)) is not entry:
            what, fix = f"two entries have the address {address}", "give one of them a `key` of its own"
            complaints.twice("MAN010", what, entry.place, other.place, fix, address)
        else:
            wanted.append(Wanted(address, entry, source))
    return Asked(
        tuple(sorted(wanted, key=lambda one: one.address)),
        in_order(outbound.complaints.findings),
        in_order((*refused, *outbound.unclear.findings)),
        frozenset(outbound.perhaps),
    )


def _moved_already(
    entry: EventEntry, outbound: NamedRows[Event, EventEntry], events: Sequence[Event]
) -> Event | None:
    """The real-time event that an entry names, where no outbound one has its name."""
    real_time = [event for event in events if not event.outbound]
    if entry.source_id:
        return next((event for event in real_time if event.id == entry.source_id), None)
    name = entry.source_name or ""
    if outbound.called(name):
        return None
    return next((event for event in real_time if event.name == name), None)


def _already_real_time(entry: EventEntry, event: Event) -> Finding:
    return Finding(
        code="EVT003",
        severity=Severity.ERROR,
        message=f"event {event.id} is no outbound event: real-time journeys made it",
        fix="name an outbound event as `source`, or take the entry out",
        address=entry.address(event.name),
        place=entry.place,
    )


def unreadable(entry: EventEntry, why: str) -> Finding:
    """The events cannot be read, so that nobody knows which one an entry means."""
    return Finding(
        code="EVT013",
        severity=Severity.ERROR,
        message=f"which event is meant is not known: msevtmgt_event cannot be read: {why}",
        fix="give this identity read access to the table",
        address=entry.address() or Address("event", (entry.source_id or "").replace("-", "")),
        place=entry.place,
    )
