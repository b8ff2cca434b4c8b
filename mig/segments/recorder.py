"""Recording an environment: plans are read through it, and what is answered is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from mig.dataverse.particulars import Particulars, Wanted
from mig.engine.ledger import State
from mig.manifest.model import Manifest
from mig.model.tables import Schema
from mig.segments.groups import told_of
from mig.segments.inventory import everything
from mig.segments.live_side import NoOutbound
from mig.segments.origins import names_of
from mig.segments.read import ids_named, read_rows
from mig.segments.recorded import RecordedSegments, RecordedSide
from mig.segments.rows import SourceSegment
from mig.segments.side import Side
from mig.segments.static import Claimed, Members
from mig.segments.told import Told


async def record_segments(manifest: Manifest, source: Side, target: Side) -> RecordedSegments:
    """Read the target as the manifest's plan does, and as a plan of everything that is there would.

    What rows are called that its outbound queries name is asked by plans of another target (`origins`).
    """
    recorder = Recorder(target, await _begin(target))
    await read_rows(manifest, recorder if source is target else source, recorder)
    if recorder.found.sources is not None:
        rows = await read_rows(everything(manifest), recorder, recorder)
        await recorder.particulars(names_of(ids_named(rows.readings, rows.schema), rows.schema))
    return recorder.sorted()


async def _begin(side: Side) -> RecordedSegments:
    """What does not depend on any question."""
    sources = await _sources(side)
    targets, loose = await side.targets()
    return RecordedSegments(
        sources=sources,
        targets=targets,
        loose=loose,
        directory=await side.directory(),
        outbound=await side.outbound_usage(),
        real_time=await side.real_time_usage(),
        stored=await side.stored() if sources is not None else {},
    )


async def _sources(side: Side) -> tuple[SourceSegment, ...] | None:
    try:
        return await side.sources()
    except NoOutbound:
        return None


class Recorder(RecordedSide):
    """A recording that grows: each question goes to the side behind it too."""

    def __init__(self, side: Side, found: RecordedSegments) -> None:
        super().__init__(side.name, found)
        self._side = side

    def sorted(self) -> RecordedSegments:
        """All of it. What was asked at the same time came in any order."""
        found = self.found
        return replace(
            found,
            claimed=dict(sorted(found.claimed.items())),
            known=dict(sorted(found.known.items())),
            held=dict(sorted(found.held.items())),
        )

    async def tables(self, names: Collection[str], known: Schema) -> Schema:
        """Of those names."""
        answer = await self._side.tables(names, known)
        self._keep_told(self.found.told.with_tables(names, answer))
        return answer

    async def particulars(self, wanted: Wanted) -> Particulars:
        """Answers to what is wanted."""
        answer = await self._side.particulars(wanted)
        self._keep_told(self.found.told.with_particulars(wanted, answer))
        return answer

    async def claimed(self, source_ids: Sequence[str]) -> Mapping[str, Claimed]:
        """What static segments store."""
        answer = await self._side.claimed(source_ids)
        self.found = replace(self.found, claimed={**self.found.claimed, **answer})
        return answer

    async def known(self, claimed: Claimed) -> Members:
        """Those that are here."""
        answer = await self._side.known(claimed)
        if not claimed.findings:
            kept = replace(answer, recorded=told_of(answer.ids))
            self.found = replace(self.found, known={**self.found.known, claimed.told["sha256"]: kept})
        return answer

    async def held(self, segment_id: str, groups: Sequence[str]) -> State:
        """Number and digest."""
        answer = await self._side.held(segment_id, groups)
        self.found = replace(self.found, held={**self.found.held, segment_id: answer})
        return answer

    def _keep_told(self, told: Told) -> None:
        self.found = replace(self.found, told=told)
