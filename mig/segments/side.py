"""One environment, as far as segments are planned from it. It may answer itself, or have been recorded."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from mig.dataverse.messages import Row
from mig.dataverse.particulars import Particulars, Wanted
from mig.engine.ledger import State
from mig.journeys.usage import Usage
from mig.model.tables import Schema
from mig.segments.directory import Directory
from mig.segments.rows import SourceSegment, TargetSegment
from mig.segments.static import Claimed, Members


class Side(Protocol):
    """What may be asked of either side of the move; `name` is the environment's."""

    @property
    def name(self) -> str:
        """As the manifest calls it."""

    async def sources(self) -> tuple[SourceSegment, ...]:
        """Outbound segments, by id; `NoOutbound` where there never were any."""

    async def targets(self) -> tuple[tuple[TargetSegment, ...], Mapping[str, Row]]:
        """Real-time segments, each with its definition; and by id the definitions without a segment."""

    async def directory(self) -> Directory:
        """Who can own rows."""

    async def outbound_usage(self) -> Usage:
        """Uses by outbound journeys."""

    async def real_time_usage(self) -> Usage:
        """Uses by real-time journeys."""

    async def tables(self, names: Collection[str], known: Schema) -> Schema:
        """The tables of those names, as `read_tables` gives them."""

    async def particulars(self, wanted: Wanted) -> Particulars:
        """Lengths, options, and whether ids exist."""

    async def stored(self) -> Mapping[str, int | None]:
        """How many ids each static outbound segment stores; None for what is no list of ids."""

    async def claimed(self, source_ids: Sequence[str]) -> Mapping[str, Claimed]:
        """The members that static outbound segments store."""

    async def known(self, claimed: Claimed) -> Members:
        """Those that this environment has."""

    async def held(self, segment_id: str, groups: Sequence[str]) -> State:
        """Number and digest of what the static groups of a copy hold."""
