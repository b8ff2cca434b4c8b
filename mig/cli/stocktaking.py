"""Taking stock of an environment from the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mig.cli.session import Session
from mig.engine.snapshot import Base
from mig.manifest.model import Manifest
from mig.model.findings import Finding
from mig.segments.inventory import Item, everything, inventory
from mig.segments.kind import SegmentSnapshot
from mig.segments.read import SegmentRows
from mig.segments.stored import read_stored


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


async def take_stock(session: Session) -> Stock:
    """Read both sides, and how many members static segments store."""
    session = replace(session, manifest=everything(session.manifest))
    snapshot = await session.snapshot()
    rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
    stored = {key: found.count if found else None async for key, found in read_stored(session.source.client)}
    return Stock(session.manifest, snapshot.base, rows, stored, session.clock())
