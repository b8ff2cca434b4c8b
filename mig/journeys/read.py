"""Reading who uses which segment: the index of uses, the journeys, the outbound journeys.

One paged request a table. The definitions are long, so pages are small and only what they name is kept. A
table that is missing, or may not be read, leaves a gap.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.messages import Row
from mig.journeys.definitions import Named, named_in_outbound, named_in_real_time
from mig.journeys.rows import DEFINITIONS_PER_PAGE, JOURNEY, JOURNEY_COLUMNS, id_in, journey_of, read_rows
from mig.journeys.usage import UNSEEN, Evidence, Gap, Journey, Role, Usage, Use

_INDEX_ROWS_PER_PAGE: Final = 5000
_INDEX_COLUMNS: Final = (
    "msdynmkt_segmentusageid",
    "msdynmkt_segmentid",
    "msdynmkt_usage",
    "statecode",
    "_msdynmkt_targetsegmentid_value",
    "_msdynmkt_journeyid_value",
    "_msdynmkt_dependententityid_value",
)
_OUTBOUND_COLUMNS: Final = (
    "msdyncrm_customerjourneyid",
    "msdyncrm_name",
    "statuscode",
    "msdyncrm_workflowdefinition",
    "_msdyncrm_suppressionsegmentid_value",
)
_OUTBOUND_STATES: Final = {
    192350000: "draft",
    192350001: "live",
    192350002: "stopped",
    192350003: "live-editable",
    192350004: "expired",
    192350005: "error",
    192350006: "going-live",
    192350007: "stopping",
}
_ROLES: Final = {1: Role.AUDIENCE, 2: Role.EXIT, 3: Role.EXCLUSION, 4: Role.BRANCH, 5: Role.CONTENT}
_INACTIVE: Final = 1


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A row of the index: which segment, for what, and the ids of those who use it."""

    segment_id: str
    role: Role
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A journey with what its definition names."""

    journey: Journey
    named: Named


async def read_real_time_usage(client: Client) -> Usage:
    """Uses by real-time journeys, read where segments are written."""
    index, journeys = await asyncio.gather(
        read_rows(client, "msdynmkt_segmentusage", _INDEX_COLUMNS, _indexed, _INDEX_ROWS_PER_PAGE),
        read_rows(client, JOURNEY, JOURNEY_COLUMNS, _journey, DEFINITIONS_PER_PAGE),
    )
    return _usage(*index, *journeys)


async def read_outbound_usage(client: Client) -> Usage:
    """Uses by outbound journeys, read where outbound segments are."""
    found = await read_rows(
        client, "msdyncrm_customerjourney", _OUTBOUND_COLUMNS, _outbound, DEFINITIONS_PER_PAGE
    )
    return _usage((), None, *found)


def _indexed(row: Row) -> _Indexed | None:
    segment = id_in(row, "_msdynmkt_targetsegmentid_value") or id_in(row, "msdynmkt_segmentid")
    if segment is None or row.get("statecode") == _INACTIVE:
        return None
    users = (id_in(row, "_msdynmkt_journeyid_value"), id_in(row, "_msdynmkt_dependententityid_value"))
    known = tuple(dict.fromkeys(user for user in users if user is not None))
    by_itself = id_in(row, "msdynmkt_segmentusageid") or ""  # somebody uses it, and the row does not say who
    return _Indexed(segment, _ROLES.get(row.get("msdynmkt_usage", 0), Role.ELSEWHERE), known or (by_itself,))


def _journey(row: Row) -> _Read | None:
    journey = journey_of(row)
    return _Read(journey, named_in_real_time(row.get("msdynmkt_journeyjson"))) if journey else None


def _outbound(row: Row) -> _Read:
    state = _OUTBOUND_STATES.get(row.get("statuscode", 0), str(row.get("statuscode")))
    key = id_in(row, "msdyncrm_customerjourneyid") or ""
    journey = Journey(row.get("msdyncrm_name") or "", key, state, outbound=True)
    named = named_in_outbound(row.get("msdyncrm_workflowdefinition"))
    suppressed = id_in(row, "_msdyncrm_suppressionsegmentid_value")
    if suppressed is None:
        return _Read(journey, named)
    roles = {**named.roles, suppressed: named.roles.get(suppressed, frozenset()) | {Role.EXCLUSION}}
    return _Read(journey, Named(roles, named.garbled))


def _usage(
    index: Iterable[_Indexed], no_index: Gap | None, journeys: list[_Read], no_journeys: Gap | None
) -> Usage:
    known = {read.journey.id: read.journey for read in journeys}
    found: dict[str, dict[str, Use]] = defaultdict(dict)
    for segment_id, use in (*_by_index(index, known), *_by_definition(journeys)):
        before = found[segment_id].get(use.journey.id)
        found[segment_id][use.journey.id] = before.joined(use) if before else use
    return Usage(
        uses={key: tuple(sorted(uses.values(), key=_by_journey)) for key, uses in found.items()},
        gaps=tuple(gap for gap in (no_index, no_journeys) if gap is not None),
        garbled=tuple(sorted(read.journey for read in journeys if read.named.garbled)),
    )


def _by_journey(use: Use) -> Journey:
    return use.journey


def _by_index(index: Iterable[_Indexed], known: Mapping[str, Journey]) -> Iterator[tuple[str, Use]]:
    """A user who is no journey that can be seen is one all the same, until it turns out to be a segment."""
    for row in index:
        for user in row.users:
            journey = known.get(user) or Journey(user, user, UNSEEN)
            yield row.segment_id, Use(journey, frozenset({row.role}), frozenset({Evidence.INDEX}))


def _by_definition(journeys: Iterable[_Read]) -> Iterator[tuple[str, Use]]:
    for read in journeys:
        for segment_id, roles in read.named.roles.items():
            yield segment_id, Use(read.journey, roles, frozenset({Evidence.DEFINITION}))
