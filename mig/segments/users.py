"""Who uses a segment: journeys, and other segments.

A real-time segment is used by the journeys that name it and by the segments whose queries do. An outbound one
is used by outbound journeys, by real-time ones through the copy that was exported for them or the copy that
stands for it now, and by the segments that are made of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from mig.engine.ledger import Ledger
from mig.journeys.usage import Journey
from mig.segments.meanings import Meanings
from mig.segments.ranking import InUse, Merit
from mig.segments.read import SegmentRows
from mig.segments.rows import (
    SEGMENT,
    SOURCE_REAL_TIME,
    DefinitionStatus,
    SourceSegment,
    TargetSegment,
    target_id,
)

_REFERENCE: Final = re.compile(r"\bSEGMENT_CJO_ID_([0-9a-f]{32})\b", re.IGNORECASE)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Users:
    """Uses of the segments of both sides, ready for looking up."""

    rows: SegmentRows
    ledger: Ledger

    # --- real-time segments -------------------------------------------------------------------------------

    def journeys(self, segment_id: str) -> Sequence[Journey]:
        """The journeys, deleted ones aside, that use a segment of the target."""
        uses = self.rows.usage.real_time.of(segment_id)
        return [
            use.journey
            for use in uses
            if use.journey.state != "deleted" and use.journey.id not in self._targets
        ]

    def segments(self, segment_id: str) -> Sequence[TargetSegment]:
        """The segments of the target that use another one, in the order of their ids."""
        indexed = {use.journey.id for use in self.rows.usage.real_time.of(segment_id)}
        users = self._naming.get(segment_id, set()) | (indexed & self._targets.keys())
        found = (self._targets[user] for user in sorted(users))
        return [user for user in found if user.definition_status != DefinitionStatus.DELETED]

    @property
    def known(self) -> bool:
        """Whether a segment of the target without users is used by nothing."""
        return self.rows.usage.real_time.whole

    @cached_property
    def _targets(self) -> Mapping[str, TargetSegment]:
        return {target.segment_id: target for target in self.rows.targets}

    @cached_property
    def _naming(self) -> Mapping[str, set[str]]:
        """By segment, the segments that name it in their queries."""
        found: dict[str, set[str]] = defaultdict(set)
        for target in self.rows.targets:
            for digits in _REFERENCE.findall(target.query):
                found[str(UUID(digits))].add(target.segment_id)
        return found

    # --- outbound segments --------------------------------------------------------------------------------

    def used(self) -> Mapping[str, bool]:
        """Whether each source is used, by id; without those of which it is not known."""
        direct = [source.id for source in self.rows.sources if self._in_use(source) >= InUse.USED]
        used = Meanings(self.rows).web(direct).keys()
        unused = self.rows.by_id.keys() - used if self.rows.usage.whole else set[str]()
        return {**dict.fromkeys(used, True), **dict.fromkeys(unused, False)}

    def merit(self, source: SourceSegment) -> Merit:
        """What speaks for bringing a source over."""
        return Merit(self._in_use(source), max(source.modified or _NEVER, source.evaluated or _NEVER))

    def _in_use(self, source: SourceSegment) -> InUse:
        journeys = self.journeys_of(source)
        if any(journey.running for journey in journeys):
            return InUse.LIVE
        if journeys:
            return InUse.USED
        return InUse.NOT_USED if self.rows.usage.whole else InUse.UNKNOWN

    def journeys_of(self, source: SourceSegment) -> Sequence[Journey]:
        """The journeys of either side, deleted ones aside, that use a source or what stands for it."""
        return sorted({journey for journey in self._journeys_of(source) if journey.state != "deleted"})

    def _journeys_of(self, source: SourceSegment) -> Iterator[Journey]:
        usage = self.rows.usage
        yield from (use.journey for use in usage.outbound.of(source.id))
        own = self.ledger.entries.get(source.id)
        copies = {source.id, target_id(SEGMENT, source.id), *self._exported.get(source.id, ())}
        copies.update(target.segment_id for target in self.rows.marked.get(source.id, ()))
        for copy in sorted(copies | ({own.target[SEGMENT]} if own else set())):
            yield from self.journeys(copy)

    @cached_property
    def _exported(self) -> Mapping[str, Sequence[str]]:
        """By source, the copies that using it in a real-time journey has left in the target."""
        found: dict[str, list[str]] = defaultdict(list)
        for target in self.rows.targets:
            if target.segment.get("msdynmkt_source") != SOURCE_REAL_TIME:
                found[target.definition_id].append(target.segment_id)
        return found
