"""An environment that was recorded: what a plan read of it, kept, and given again.

Nothing of persons is kept: static members stand as number and digest, users by their ids and a digest of
their sign-in names. A question that was not asked when it was recorded is `NotInSnapshot`, never answered.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mig.dataverse.messages import Row
from mig.dataverse.particulars import Particulars, Wanted
from mig.engine.ledger import State
from mig.engine.recording import NotInSnapshot
from mig.journeys.usage import Usage
from mig.model.tables import Schema
from mig.segments.directory import Directory
from mig.segments.live_side import NoOutbound
from mig.segments.rows import SourceSegment, TargetSegment
from mig.segments.static import Claimed, Members, by_number_only

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an organisation told of its tables, and which of them it was asked for.

    `lengths` by table and column; `options` by table and column; `ids` by table and id: None where it was
    asked and said nothing.
    """

    asked: frozenset[str] = frozenset()
    schema: Schema = field(default_factory=lambda: Schema({}, {}))
    lengths: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    options: Mapping[tuple[str, str], Mapping[int, str] | None] = field(default_factory=dict)
    ids: Mapping[tuple[str, str], bool | None] = field(default_factory=dict)


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
    told: Told = Told()
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
        told = self.found.told
        if missing := sorted(set(names) - told.asked):
            raise NotInSnapshot(self.name, f"what the table {missing[0]} looks like")
        return told.schema.only(names)

    async def particulars(self, wanted: Wanted) -> Particulars:
        """Answers to what is wanted."""
        told = self.found.told
        lengths = {
            (table, column): length
            for table in wanted.texts
            for column, length in self._asked(
                told.lengths, table, f"how long texts of {table} may be"
            ).items()
        }
        columns = [(table, column) for (table, _), asked in wanted.choices.items() for column in asked]
        options = {one: self._asked(told.options, one, f"which options {one[1]} has") for one in columns}
        named = [(table.name, one) for table, asked in wanted.ids for one in asked]
        ids = {one: self._asked(told.ids, one, f"whether a {one[0]} has the id {one[1]}") for one in named}
        return Particulars(
            lengths=lengths,
            options={one: found for one, found in options.items() if found is not None},
            ids={one: found for one, found in ids.items() if found is not None},
        )

    async def stored(self) -> Mapping[str, int | None]:
        """How many ids each static segment stores."""
        return self.found.stored

    async def claimed(self, source_ids: Sequence[str]) -> Mapping[str, Claimed]:
        """What static segments store."""
        what = "what a static segment stores"
        return {key: self._asked(self.found.claimed, key, what) for key in source_ids}

    async def known(self, claimed: Claimed) -> Members:
        """Those that are here."""
        if claimed.findings:
            return Members(findings=claimed.findings, evidence=claimed.evidence)
        found = self.found.known.get(claimed.told["sha256"])
        return found if found is not None else by_number_only(claimed)

    async def held(self, segment_id: str, groups: Sequence[str]) -> State:
        """Number and digest."""
        return self._asked(self.found.held, segment_id, f"what the static segment {segment_id} holds")

    def _asked(self, answers: Mapping[_Key, _Answer], key: _Key, what: str) -> _Answer:
        if key not in answers:
            raise NotInSnapshot(self.name, what)
        return answers[key]
