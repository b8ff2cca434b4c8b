"""Refresh: the service looks at all live segments every half hour, and lets those expire that nobody uses.

The service sets the rate itself, whatever `msdynmkt_segmentrefreshintervalminutes` says: every 30 minutes for
a segment in use; for one that is not, every 30 minutes in its first 24 hours, then every 24 hours; after 120
days without use it expires (events-and-transition.md §5). What a clock that jumps has missed is done once.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from mig.sandbox.clock import EPOCH, stored_time
from mig.sandbox.errors import ODataError
from mig.sandbox.segmentation import results
from mig.sandbox.segmentation.living import Living, all_living, basis_of, drop, fingerprint_of, keep
from mig.sandbox.segmentation.members import compute, count_of, read_audience
from mig.sandbox.segmentation.pairs import (
    DEFINITION,
    LIVE,
    READY,
    SEGMENT,
    DefinitionStatus,
    Pair,
    SegmentStatus,
    read_pair,
    read_row,
)
from mig.sandbox.segmentation.uses import Uses, read_uses
from mig.sandbox.segmentation.work import EVERY_SEGMENT, Step, Work, put
from mig.sandbox.world import World

OFTEN: Final = timedelta(minutes=30)
SELDOM: Final = timedelta(hours=24)
YOUNG: Final = timedelta(hours=24)
UNUSED: Final = timedelta(days=120)


def refresh(world: World, work: Work) -> None:
    """Look at all live segments, as of the last half hour that has passed."""
    latest = _half_hour(world.clock.now())
    if work.moment < latest:  # what else is due until then comes first
        put(world, replace(work, moment=latest))
        return
    visit = _Visit(world, work.moment, read_uses(world))
    living = {one.segment: one for one in all_living(world)}
    for segment in visit.uses.in_order(living):
        visit.see(living[segment])
    put(world, replace(work, moment=work.moment + OFTEN))


def compute_all(world: World) -> None:
    """Members, and counts that nobody gave, of the segments that a new world starts with as live.

    A segment whose query cannot be run has no members, and is not refreshed.
    """
    now = world.clock.now()
    put(world, Work(_half_hour(now) + OFTEN, EVERY_SEGMENT, Step.REFRESH))
    for segment in read_uses(world).in_order(_ready(world)):
        try:
            pair = read_pair(world, segment)
            count = compute(world, pair, read_audience(world, pair, now))
        except ODataError:
            continue
        keep(world, Living(segment, now, now, now))
        world.connection.execute(
            f"UPDATE {SEGMENT} SET msdynmkt_membercount = ifnull(msdynmkt_membercount, ?)"
            " WHERE msdynmkt_segmentid = ?",
            (count, segment),
        )


def _half_hour(moment: datetime) -> datetime:
    return EPOCH + (moment - EPOCH) // OFTEN * OFTEN


def _ready(world: World) -> list[str]:
    """Ids of the segments whose status says that they have members."""
    sql = f"SELECT msdynmkt_segmentid FROM {SEGMENT} WHERE statuscode IN (?, ?)"
    return [segment for (segment,) in world.connection.execute(sql, tuple(READY))]


@dataclass(slots=True)
class _Visit:
    """The service's look at its segments at one moment."""

    world: World
    moment: datetime
    uses: Uses
    fingerprints: dict[str, str] = field(default_factory=dict)

    def see(self, one: Living) -> None:
        """Refresh one segment, let it expire, or leave it."""
        try:
            pair = read_pair(self.world, one.segment)
        except ODataError:  # one half was deleted
            drop(self.world, one.segment)
            return
        if pair.status not in LIVE:  # somebody wrote another status
            drop(self.world, one.segment)
            return
        if one.segment in self.uses:
            one = replace(one, used=self.moment)
        if self.moment - one.used >= UNUSED:
            drop(self.world, one.segment)
            results.ended(self.world, pair, self.moment, SegmentStatus.EXPIRED, DefinitionStatus.STOPPED)
        elif self._wants_refresh(one, pair):
            self._refresh(one, pair)
        else:
            keep(self.world, one)

    def _wants_refresh(self, one: Living, pair: Pair) -> bool:
        often = one.used == self.moment or self.moment - one.since < YOUNG
        if self.moment - one.computed < (OFTEN if often else SELDOM):
            return False
        columns = ("msdynmkt_disablesegmentrefresh", "msdynmkt_stoprefreshafter")
        disabled, stop = read_row(self.world, DEFINITION, pair.definition, *columns) or (1, None)
        return not disabled and not (stop and stop < stored_time(self.moment))

    def _refresh(self, one: Living, pair: Pair) -> None:
        """Count, times and row versions change; the statuses stay (assumed)."""
        try:
            audience = read_audience(self.world, pair, self.moment)
        except ODataError:  # the query was edited after it was accepted
            drop(self.world, one.segment)
            results.failed(self.world, pair, self.moment, SegmentStatus.ERROR)
            return
        basis = basis_of(self.world, pair, audience, self._fingerprint)
        same = basis is not None and basis == one.basis
        count = count_of(self.world, pair.segment) if same else compute(self.world, pair, audience)
        warnings = pair.status == DefinitionStatus.LIVE_WITH_WARNINGS
        results.live(self.world, pair, self.moment, count, warnings=warnings)
        keep(self.world, replace(one, computed=self.moment, basis=basis))

    def _fingerprint(self, table: str) -> str:
        if table not in self.fingerprints:
            self.fingerprints[table] = fingerprint_of(self.world, table)
        return self.fingerprints[table]
