"""Who uses a segment: live journeys, and segments that are live or going there.

Journeys name segments in their JSON and in rows of `msdynmkt_segmentusage`. Who writes those rows is not
public, so both are read (events-and-transition.md §3.1). Segments name others in their queries.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from mig.sandbox.segmentation.pairs import (
    DEFINITION,
    LIVE,
    READY,
    SEGMENT,
    DefinitionStatus,
    referenced_segment,
)
from mig.sandbox.world import World

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE: Final = re.compile(r"\bsegment_cjo_id_[0-9a-f]{32}\b")
_LIVE_JOURNEY: Final = 1  # statecode
_READY: Final = ", ".join(str(int(status)) for status in READY)
_ACTIVE: Final = ", ".join(str(int(status)) for status in (*LIVE, DefinitionStatus.GOING_LIVE))


@dataclass(frozen=True, slots=True)
class Uses:
    """Ids of the journeys and of the segments that use a segment, by its id. Each list is sorted."""

    journeys: Mapping[str, list[str]]
    segments: Mapping[str, list[str]]

    def in_order(self, segments: Iterable[str]) -> list[str]:
        """The same segments, each behind those it refers to; those that refer to a circle come last."""
        wanted = dict.fromkeys(sorted(segments))
        sorter = TopologicalSorter[str](dict.fromkeys(wanted, ()))
        for used, users in self.segments.items():
            for user in users:
                sorter.add(user, used)
        with suppress(CycleError):
            sorter.prepare()
        order: dict[str, None] = {}
        while ready := sorter.get_ready():
            order.update(dict.fromkeys(sorted(ready)))
            sorter.done(*ready)
        return [segment for segment in order | wanted if segment in wanted]

    def __contains__(self, segment: str) -> bool:
        return segment in self.journeys or segment in self.segments


def read_uses(world: World) -> Uses:
    """All uses there are now."""
    return Uses(_by_used(_journeys(world)), _by_used(_segments(world)))


def _by_used(pairs: set[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for used, user in sorted(pairs):
        found[used].append(user)
    return dict(found)


def _journeys(world: World) -> set[tuple[str, str]]:
    told = world.connection.execute(
        "SELECT msdynmkt_journeyid, lower(msdynmkt_journeyjson) FROM msdynmkt_journey"
        " WHERE statecode = ? AND msdynmkt_journeyjson IS NOT NULL",
        (_LIVE_JOURNEY,),
    )
    named = {(segment, journey) for journey, text in told for segment in _GUID.findall(text)}
    listed = world.connection.execute(
        "SELECT lower(coalesce(u.msdynmkt_targetsegmentid, u.msdynmkt_segmentid)), j.msdynmkt_journeyid"
        " FROM msdynmkt_segmentusage u JOIN msdynmkt_journey j"
        " ON j.msdynmkt_journeyid IN (u.msdynmkt_journeyid, u.msdynmkt_dependententityid)"
        " WHERE j.statecode = ? AND coalesce(u.msdynmkt_targetsegmentid, u.msdynmkt_segmentid) IS NOT NULL",
        (_LIVE_JOURNEY,),
    )
    return named.union(listed)


def _segments(world: World) -> set[tuple[str, str]]:
    queries = world.connection.execute(
        f"SELECT s.msdynmkt_segmentid, lower(d.msdynmkt_segmentquery) FROM {SEGMENT} s JOIN {DEFINITION} d"
        " ON d.msdynmkt_segmentdefinitionid = lower(s.msdynmkt_sourcesegmentuid)"
        " WHERE d.msdynmkt_segmentquery IS NOT NULL"
        f" AND (d.statuscode IN ({_ACTIVE}) OR s.statuscode IN ({_READY}))"
    )
    named = ((name, user) for user, text in queries for name in _REFERENCE.findall(text))
    return {(used, user) for name, user in named if (used := referenced_segment(name))}
