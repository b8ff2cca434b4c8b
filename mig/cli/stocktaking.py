"""Taking stock of an environment from the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mig.cli.session import Session
from mig.engine.snapshot import Base
from mig.events.inventory import EventItem, event_items
from mig.events.outbound import OutboundEvents
from mig.manifest.model import Manifest
from mig.model.findings import Finding
from mig.segments.inventory import Item, everything, inventory
from mig.segments.kind import SegmentSnapshot, side_of
from mig.segments.read import SegmentRows


@dataclass(frozen=True, slots=True)
class Stock:
    """What was read of an environment; `manifest` asks for everything there is."""

    manifest: Manifest
    base: Base
    rows: SegmentRows
    stored: Mapping[str, int | None]
    now: datetime

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What could not be read of who uses what."""
        usage = self.rows.usage
        return (*usage.outbound.findings({}), *usage.real_time.findings({}))

    def items(self, manifest: Manifest | None = None) -> tuple[Item, ...]:
        """Everything; or what another manifest asks for, as its plan judges it."""
        return inventory(manifest or self.manifest, self.base, self.rows, self.stored, self.now)

    def events(self, found: OutboundEvents) -> tuple[EventItem, ...]:
        """The outbound events, beside the segments."""
        base = self.base
        return event_items(
            found.events, self.rows.owners.source, base.source.url, base.ledger, base.target.url
        )


async def take_stock(session: Session) -> Stock:
    """Read both sides, and how many members static segments store."""
    session = replace(session, manifest=everything(session.manifest))
    snapshot = await session.snapshot()
    rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
    stored = await side_of(session.source).stored()
    return Stock(session.manifest, snapshot.base, rows, stored, session.clock())
