"""Which target row is the copy of a source: ours by the ledger, ours by its id, or the official tool's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from mig.engine.ledger import Entry, Ledger
from mig.segments.names import copied_name
from mig.segments.read import SegmentRows
from mig.segments.rows import DEFINITION, SEGMENT, SourceSegment, TargetSegment, target_id


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for one source. `others` holds the candidates where several could be meant.

    `ids` are those of segment and definition: of the row found, else those a new pair will have. `half` tells
    what is left of a pair that is not whole.
    """

    ids: tuple[str, str]
    target: TargetSegment | None = None
    entry: Entry | None = None
    others: tuple[TargetSegment, ...] = ()
    half: str | None = None

    def contested(self) -> "Match":
        """The row found is just as well that of another source."""
        return replace(self, target=None, others=(self.target,) if self.target else ())


@dataclass(frozen=True, slots=True)
class Targets:
    """The target's segments, ready for looking up."""

    by_id: Mapping[str, TargetSegment]
    copies: Mapping[str, Sequence[TargetSegment]]
    by_name: Mapping[str, Sequence[TargetSegment]]
    loose: Collection[str]

    @classmethod
    def of(cls, rows: SegmentRows, ledger: Ledger) -> Self:
        """Index them by id, by the name of their source, and by their own name.

        What `mig` made or took over is the copy of its own source, whatever other source its name may fit.
        """
        ours = {target_id(SEGMENT, source.id) for source in rows.sources} | set(ledger.owned)
        copies: dict[str, list[TargetSegment]] = {}
        names: dict[str, list[TargetSegment]] = {}
        for target in rows.real_time:
            names.setdefault(target.name, []).append(target)
            copied = copied_name(target.name)
            if copied is not None and target.segment_id not in ours:
                copies.setdefault(copied, []).append(target)
        by_id = {target.segment_id: target for target in rows.real_time}
        return cls(by_id, copies, names, rows.loose)

    def match(self, source: SourceSegment, entry: Entry | None) -> Match:
        """The copy of a source: what the ledger says, then our own id, then one made by the official tool."""
        own = (target_id(SEGMENT, source.id), target_id(DEFINITION, source.id))
        if entry is not None:
            recorded = self.by_id.get(entry.target[SEGMENT])
            if recorded is not None:
                return _found(recorded, entry)
        if own[0] in self.by_id:
            return _found(self.by_id[own[0]], entry)
        candidates = tuple(self.copies.get(source.name.strip(), ()))
        if len(candidates) == 1:
            return _found(candidates[0], None)
        half = f"definition {own[1]} has no segment" if own[1] in self.loose else None
        return Match(own, entry=entry, others=candidates, half=half)


def _found(target: TargetSegment, entry: Entry | None) -> Match:
    whole = target.definition is not None
    half = None if whole else f"segment {target.segment_id} has no definition"
    return Match((target.segment_id, target.definition_id), target, entry, half=half)
