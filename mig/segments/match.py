"""Which target row is the copy of a source.

The one the manifest names, else ours by the ledger, by its id or by its mark, or the official tool's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from mig.dataverse.cells import row_key
from mig.dataverse.messages import Row
from mig.engine.ledger import Entry, Ledger
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.segments.names import copied_name
from mig.segments.read import SegmentRows
from mig.segments.rows import DEFINITION, SEGMENT, SourceSegment, TargetSegment, target_id


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for one source. `others` holds the candidates where several could be meant.

    `ids` are those of segment and definition: of the row found, else those a new pair will have. `half` tells
    what is left of a pair that is not whole. `ours`: its id or its mark is one that only `mig` gives. `copy`
    is False for a row that only the manifest calls the copy: neither that nor its name says so. `wrong` is
    what stands against the row that the manifest names. `claim` is the definition that a run made ahead for
    a new pair and came no further. `marked`: the copy has a mark in its description, or is to have one.
    """

    ids: tuple[str, str]
    target: TargetSegment | None = None
    entry: Entry | None = None
    others: tuple[TargetSegment, ...] = ()
    half: str | None = None
    ours: bool = False
    copy: bool = True
    wrong: tuple[Finding, ...] = ()
    claim: Row | None = None
    marked: bool = False

    def contested(self, *, named: bool) -> "Match":
        """The row found is just as well that of another source; `named` for this one by the manifest."""
        if named:
            return replace(self, target=None, wrong=(_taken(self.ids[0], "another entry means it too"),))
        return replace(self, target=None, others=(self.target,) if self.target else ())


@dataclass(frozen=True, slots=True)
class Targets:
    """The target's segments, ready for looking up."""

    by_id: Mapping[str, TargetSegment]
    copies: Mapping[str, Sequence[TargetSegment]]
    by_name: Mapping[str, Sequence[TargetSegment]]
    marked: Mapping[str, Sequence[TargetSegment]]
    claims: Mapping[str, Row]
    loose: Collection[str]
    ledger: Ledger

    @classmethod
    def of(cls, rows: SegmentRows, ledger: Ledger, named: Collection[str]) -> Self:
        """Index them by id, by the name of their source, and by their own name.

        What `mig` made or took over is the copy of its own source, whatever other source its name may fit;
        what the manifest has `named`, by id, is that of the entry that names it.
        """
        ours = {target_id(SEGMENT, key) for key in rows.by_id} | {*ledger.owned, *named}
        copies: dict[str, list[TargetSegment]] = {}
        names: dict[str, list[TargetSegment]] = {}
        for target in rows.real_time:
            names.setdefault(target.name, []).append(target)
            copied = copied_name(target.name)
            if copied is not None and target.segment_id not in ours and target.copy_of is None:
                copies.setdefault(copied, []).append(target)
        by_id = {target.segment_id: target for target in rows.real_time}
        return cls(by_id, copies, names, rows.marked, rows.claims, rows.loose, ledger)

    def match(self, source: SourceSegment, resource: Resource | None) -> Match:
        """The copy of a source, or the segment that was built by hand in its place."""
        entry = self.ledger.entries.get(source.id)
        if resource is None:
            return self._known(source, entry, outbound=True)
        outbound = not resource.entry.alone
        if resource.entry.rebuilt_as is not None:
            return self._rebuilt(resource.entry.rebuilt_as)
        if resource.entry.target_id is not None:
            return self._named(resource.entry.target_id, source, entry, outbound=outbound)
        return self._known(source, entry, outbound=outbound)

    def _known(self, source: SourceSegment, entry: Entry | None, *, outbound: bool) -> Match:
        """What the ledger says, then our own id, our mark, then one made by the official tool.

        That one made copies of `outbound` segments only, whatever name a person's query has.
        """
        own = (target_id(SEGMENT, source.id), target_id(DEFINITION, source.id))
        if entry is not None:
            recorded = self.by_id.get(entry.target[SEGMENT])
            if recorded is not None:
                return _found(recorded, entry, source)
        if own[0] in self.by_id:
            return _found(self.by_id[own[0]], entry, source)
        official = self.copies.get(source.name.strip(), ()) if outbound else ()
        candidates = tuple(self.marked.get(source.id) or official)
        if len(candidates) == 1:
            return _found(candidates[0], None, source)
        if (claim := self.claims.get(source.id)) is not None:
            claimed = row_key(claim, "msdynmkt_segmentdefinitionid")
            ids, marked = (own[0], claimed), claimed != own[1]
            return Match(ids, entry=entry, others=candidates, claim=claim, marked=marked)
        made = entry.target[DEFINITION] if entry is not None and entry.created else own[1]
        half = f"definition {made} has no segment" if made in self.loose else None
        return Match(own, entry=entry, others=candidates, half=half)

    def _named(self, row_id: str, source: SourceSegment, entry: Entry | None, *, outbound: bool) -> Match:
        target, holder = self.by_id.get(row_id), self.ledger.owned.get(row_id)
        if target is None:
            return _missing(row_id)
        if holder is not None and holder.source_id != source.id:
            return Match((row_id, ""), wrong=(_taken(row_id, f"it is the copy of {holder.address}"),))
        found = _found(target, entry if holder is not None else None, source)
        official = outbound and copied_name(target.name) == source.name.strip()
        return replace(found, copy=found.ours or official)

    def _rebuilt(self, row_id: str) -> Match:
        target = self.by_id.get(row_id)
        return _found(target, None, None) if target and target.definition is not None else _missing(row_id)


def _found(target: TargetSegment, entry: Entry | None, source: SourceSegment | None) -> Match:
    whole = target.definition is not None
    half = None if whole else f"segment {target.segment_id} has no definition"
    ids, mark = (target.segment_id, target.definition_id), target.copy_of
    ours = source is not None and (ids[0] == target_id(SEGMENT, source.id) or mark == source.id)
    return Match(ids, target, entry, half=half, ours=ours, marked=mark is not None)


def _missing(row_id: str) -> Match:
    finding = Finding(
        code="SEG040",
        severity=Severity.ERROR,
        message=f"the manifest names {row_id}, and the target has no real-time segment with this id",
        fix="correct the id: it is that of the msdynmkt_segment row, not of its definition",
    )
    return Match((row_id, ""), wrong=(finding,))


def _taken(row_id: str, why: str) -> Finding:
    return Finding(
        code="SEG041",
        severity=Severity.ERROR,
        message=f"the manifest names {row_id}, but {why}",
        fix="name another row, or take one of the two entries out",
    )
