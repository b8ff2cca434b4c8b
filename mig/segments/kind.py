"""The segment resource as the engine sees it."""

from dataclasses import dataclass

from mig.engine.snapshot import Base, Endpoint, Part
from mig.manifest.model import Manifest
from mig.segments.planner import SegmentPlanner
from mig.segments.read import SegmentRows, read_rows


@dataclass(frozen=True, slots=True)
class SegmentSnapshot:
    """All rows the segments are planned from."""

    rows: SegmentRows

    def plan(self, manifest: Manifest, base: Base, *, prune: bool) -> Part:
        """Decide, without any I/O."""
        return SegmentPlanner(manifest, base, self.rows, prune).plan()


class SegmentKind:
    """Reads segments."""

    async def read(self, manifest: Manifest, source: Endpoint, target: Endpoint) -> SegmentSnapshot:
        """Read once, both sides; a manifest without segments still shows what the ledger owns."""
        return SegmentSnapshot(await read_rows(manifest, source, target))
