"""The event resource as the engine sees it: each entry is blocked, and says so."""

from dataclasses import dataclass
from typing import Any

from mig.engine.plan import Action, Change, Verdicts
from mig.engine.snapshot import Base, Endpoint, Part
from mig.events.outbound import PART, OutboundEvents, outbound_events
from mig.manifest.model import EventEntry, Manifest
from mig.model.findings import Finding, Severity
from mig.model.typed_json import to_json


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """Nothing is read: nothing can be planned yet."""

    def plan(self, manifest: Manifest, base: Base, *, prune: bool) -> Part:
        """Refuse each entry."""
        return Part(tuple(change for entry in manifest.events for change in _refusal(entry)))


class EventKind:
    """Reads events."""

    name = PART

    async def read(self, manifest: Manifest, source: Endpoint, target: Endpoint) -> EventSnapshot:
        """Nothing to read yet."""
        return EventSnapshot()

    async def record(self, manifest: Manifest, source: Endpoint, target: Endpoint) -> Any:
        """The outbound events there are."""
        return to_json(OutboundEvents, await outbound_events(target))


def _refusal(entry: EventEntry) -> list[Change]:
    address = entry.address()
    if address is None:
        return []
    finding = Finding(
        code="EVT001",
        severity=Severity.ERROR,
        message="this version does not move events and their registrations yet",
        fix="take the entry out for now",
        address=address,
        place=entry.place,
    )
    return [
        Change(
            address=address,
            source_id=entry.source_id or "",
            source_name=entry.source_name or "",
            action=Action.BLOCKED,
            reason=finding.message,
            listed=True,
            verdicts=Verdicts(documented=False, extended=False),
            findings=(finding,),
        )
    ]
