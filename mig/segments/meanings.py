"""What each segment is made of: its outbound query, what a person answered, or the real-time query it has.

Keys are the ids of sources, and the ids of real-time segments that are no source's copy.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from mig.query.analysis import realtime_reference
from mig.query.tree import Dialect, Query, Segment
from mig.query.walk import operands
from mig.segments.answers import Answer
from mig.segments.read import Reading, SegmentRows, reading
from mig.segments.rows import TargetSegment


@dataclass(frozen=True)
class Meanings:
    """Segments by key, whether a manifest lists them or not. `copies` has source ids by the copy's id."""

    rows: SegmentRows
    answers: Mapping[str, Answer] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def targets(self) -> Mapping[str, TargetSegment]:
        """Real-time segments by id."""
        return {target.segment_id: target for target in self.rows.real_time}

    def name(self, key: str) -> str:
        """What people call it."""
        return self.rows.by_id[key].name if key in self.rows.by_id else self.targets[key].name

    def reading(self, key: str) -> Reading | None:
        """The query its members follow from; None where there is none."""
        if key in self.answers:
            return self.answers[key].reading
        if key in self.rows.by_id:
            return self.rows.readings.get(key)
        return reading(self.targets[key].query, Dialect.RTM)

    def key(self, name: str) -> str | None:
        """The segment that a query of either language means by `SEGMENT(name)`; None for nobody's name."""
        digits = realtime_reference(name)
        if digits is not None:
            row_id = str(UUID(digits))
            return self.copies.get(row_id) or (row_id if row_id in self.targets else None)
        source = self.rows.by_query_name.get(name.lower())
        return source.id if source else None

    def named(self, query: Query) -> tuple[str, ...]:
        """The segments that an outbound query names; names of nobody are left out."""
        return self._keys(_names(query))

    def references(self, key: str) -> tuple[str, ...]:
        """The segments that one refers to; none where it has no query, or one that is not read.

        Real-time queries do not know the outbound names.
        """
        read = self.reading(key)
        if read is None or read.query is None:
            return ()
        outbound = key in self.rows.by_id and key not in self.answers
        return self._keys(name for name in _names(read.query) if outbound or realtime_reference(name))

    def queries(self, keys: Iterable[str]) -> Iterator[Query]:
        """The queries of these and of all they refer to."""
        readings = map(self.reading, self.web(keys))
        return (found.query for found in readings if found and found.query)

    def _keys(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for key in map(self.key, names) if key is not None))

    def web(self, keys: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """What each of these refers to, and so for all they lead to."""
        found: dict[str, tuple[str, ...]] = {}
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found[key] = self.references(key)
                waiting += found[key]
        return found


def _names(query: Query) -> Iterator[str]:
    return (one.source.name for one in operands(query) if isinstance(one.source, Segment))
