"""The segment resource as the engine sees it."""

from dataclasses import dataclass
from typing import Any

from mig.engine.ledger import Ledger
from mig.engine.privileges import Needs
from mig.engine.snapshot import Base, Endpoint, Part
from mig.manifest.model import Manifest
from mig.model.typed_json import to_json
from mig.segments.live_side import LiveSide
from mig.segments.needs import needs_of_segments
from mig.segments.planner import SegmentPlanner
from mig.segments.read import SegmentRows, read_rows
from mig.segments.recorded import RecordedSegments, RecordedSide
from mig.segments.recorder import record_segments
from mig.segments.side import Side


@dataclass(frozen=True, slots=True)
class SegmentSnapshot:
    """All rows the segments are planned from."""

    rows: SegmentRows

    def plan(self, manifest: Manifest, base: Base, *, prune: bool) -> Part:
        """Decide, without any I/O."""
        return SegmentPlanner(manifest, base, self.rows, prune).plan()


class SegmentKind:
    """Reads segments."""

    name = "segment"

    def needs(self, manifest: Manifest) -> Needs:
        """To read both sides, and to write copies."""
        return needs_of_segments(manifest)

    async def read(
        self, manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger
    ) -> SegmentSnapshot:
        """Read once, both sides; a manifest without segments still shows what the ledger owns."""
        before, after = sides(source, target)
        return SegmentSnapshot(await read_rows(manifest, before, after))

    async def record(self, manifest: Manifest, source: Endpoint, target: Endpoint, ledger: Ledger) -> Any:
        """All that segments are planned from."""
        before, after = sides(source, target)
        return to_json(RecordedSegments, await record_segments(manifest, before, after))


def sides(source: Endpoint, target: Endpoint) -> tuple[Side, Side]:
    """Both sides of the move; the same one twice where they are one environment."""
    after = side_of(target)
    return (after if source is target else side_of(source)), after


def side_of(endpoint: Endpoint) -> Side:
    """The environment itself, or as it was recorded."""
    if endpoint.recording is None:
        return LiveSide(endpoint.name, endpoint.client)
    return RecordedSide(endpoint.name, endpoint.recording.part(SegmentKind.name, RecordedSegments))
