"""An environment that was recorded: what a plan read of it, kept, and given again.

Nothing of persons is kept: static members stand as number and digest, users by their ids and a digest of
their sign-in names, rows that a manifest looks for by a digest of what it says of them. A question that was
not asked when it was recorded is `NotInSnapshot`, never answered.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from mig.dataverse.messages import Row
from mig.dataverse.particulars import Particulars, Wanted
from mig.engine.ledger import State
from mig.journeys.usage import Usage
from mig.model.tables import Schema
from mig.segments.directory import Directory
from mig.segments.live_side import NoOutbound
from mig.segments.rows import SourceSegment, TargetSegment
from mig.segments.static import Claimed, Members, by_number_only
from mig.segments.told import Told, asked


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSegments:
    """All that segments are planned from; `sources` are None where there never was outbound marketing.

    `claimed` by source id, `known` by the digest of what was claimed, `held` by segment id.
    """

    sources: tuple[SourceSegment, ...] | None
    targets: tuple[TargetSegment, ...]
    loose: Mapping[str, Row]
    directory: Directory
    outbound: Usage
    real_time: Usage
    told: Told = field(default_factory=Told)
    stored: Mapping[str, int | None] = field(default_factory=dict)
    claimed: Mapping[str, Claimed] = field(default_factory=dict)
    known: Mapping[str, Members] = field(default_factory=dict)
    held: Mapping[str, State] = field(default_factory=dict)


class RecordedSide:
    """Gives again what was recorded."""

    def __init__(self, name: str, found: RecordedSegments) -> None:
        self.name = name
        self.found = found

    async def sources(self) -> tuple[SourceSegment, ...]:
        """Sorted by id."""
        if self.found.sources is None:
            raise NoOutbound(self.name)
        return self.found.sources

    async def targets(self) -> tuple[tuple[TargetSegment, ...], Mapping[str, Row]]:
        """Segments sorted by id."""
        return self.found.targets, self.found.loose

    async def directory(self) -> Directory:
        """Users, teams and business units."""
        return self.found.directory

    async def outbound_usage(self) -> Usage:
        """By outbound journeys."""
        return self.found.outbound

    async def real_time_usage(self) -> Usage:
        """By real-time journeys."""
        return self.found.real_time

    async def tables(self, names: Collection[str], known: Schema) -> Schema:
        """Of those names."""
        return self.found.told.tables(self.name, names)

    async def particulars(self, wanted: Wanted) -> Particulars:
        """Answers to what is wanted."""
        return self.found.told.particulars(self.name, wanted)

    async def stored(self) -> Mapping[str, int | None]:
        """How many ids each static segment stores."""
        return self.found.stored

    async def claimed(self, source_ids: Sequence[str]) -> Mapping[str, Claimed]:
        """What static segments store."""
        what = "what a static segment stores"
        return {key: asked(self.name, self.found.claimed, key, what) for key in source_ids}

    async def known(self, claimed: Claimed) -> Members:
        """Those that are here."""
        if claimed.findings:
            return Members(findings=claimed.findings, evidence=claimed.evidence)
        found = self.found.known.get(claimed.told["sha256"])
        return found if found is not None else by_number_only(claimed)

    async def held(self, segment_id: str, groups: Sequence[str]) -> State:
        """Number and digest."""
        return asked(self.name, self.found.held, segment_id, f"what the static segment {segment_id} holds")
