"""An environment that was recorded: what a plan read of it, kept, and given again.

Nothing of persons is kept: static members stand as number and digest, users by their ids and a digest of
their sign-in names, rows that a manifest looks for by a digest of what it says of them. A question that was
not asked when it was recorded is `NotInSnapshot`, never answered.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mig.dataverse.messages import Row
from mig.dataverse.particulars import Particulars, Wanted
from mig.engine.ledger import State
from mig.journeys.usage import Usage
from mig.manifest.model import MembersList
from mig.model.tables import Schema
from mig.segments.claims import Claimed
from mig.segments.directory import Directory
from mig.segments.ids import NOBODY
from mig.segments.live_side import NoOutbound
from mig.segments.rows import SourceSegment, TargetSegment
from mig.segments.static import Members, by_number_only
from mig.segments.told import Told, asked


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSegments:
    """All that segments are planned from; `sources` are None where there never was outbound marketing.

    `claimed` by source id, `known` by the question of what was claimed, `held` by segment id.
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
    listed: Mapping[MembersList, Claimed] = field(default_factory=dict)
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

    async def claimed(self, sources: Sequence[SourceSegment]) -> Mapping[str, Claimed]:
        """What static segments store, or the service lists for them."""
        what = "who is in a static segment"
        return {source.id: asked(self.name, self.found.claimed, source.id, what) for source in sources}

    async def listed(self, wanted: Collection[MembersList]) -> Mapping[MembersList, Claimed]:
        """Of those that were named when it was recorded."""
        return {
            one: asked(
                self.name, self.found.listed, one, f"who is in the marketing list {one.name or one.id}"
            )
            for one in wanted
        }

    async def known(self, claims: Sequence[Claimed]) -> Sequence[Members]:
        """Those that are here, claim by claim."""
        return [self._known(claim) for claim in claims]

    def _known(self, claimed: Claimed) -> Members:
        if claimed.findings:
            return Members.of(claimed, NOBODY, claimed.findings)
        found = self.found.known.get(claimed.question)
        if found is None:
            return by_number_only(claimed)
        return replace(found, evidence=claimed.evidence, taken=claimed.taken)

    async def held(self, segment_id: str, groups: Sequence[str]) -> State:
        """Number and digest."""
        return asked(self.name, self.found.held, segment_id, f"what the static segment {segment_id} holds")
