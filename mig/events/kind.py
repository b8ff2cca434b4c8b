"""The event resource as the engine sees it."""

from dataclasses import dataclass
from typing import Any

from mig.engine.ledger import Ledger
from mig.engine.privileges import Needs
from mig.engine.snapshot import Base, Endpoint, Part
from mig.events.gather import (
    PART,
    EventRows,
    RecordedEvents,
    list_events,
    outbound_events,
    read_events,
)
from mig.events.needs import needs_of_events
from mig.events.planner import EventPlanner
from mig.manifest.model import Manifest
from mig.model.typed_json import to_json


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """All rows the events are planned from."""

    rows: EventRows

    def plan(self, manifest: Manifest, base: Base, *, prune: bool) -> Part:
        """Decide, without any I/O; an event that is no longer listed is told, and never deleted."""
        return EventPlanner(manifest, base, self.rows).plan()


class EventKind:
    """Reads events."""

    name = PART

    def needs(self, manifest: Manifest) -> Needs:
        """To read events and their registrations, and to write them."""
        return needs_of_events(manifest)

    async def read(
        self, manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger
    ) -> EventSnapshot:
        """Read once, both sides."""
        return EventSnapshot(await read_events(manifest, source, target, ledger))

    async def record(self, manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger) -> Any:
        """The events there are, and how far those have come that the manifest asks for."""
        rows = await read_events(manifest, source, target, ledger)
        recorded = RecordedEvents(
            outbound=await outbound_events(target),
            listed=await list_events(target),
            standings=rows.standings,
            triggers=rows.triggers,
            offer=rows.offer,
        )
        return to_json(RecordedEvents, recorded)
