"""Stopping: refused for a segment that a live journey or an active segment uses (dataverse-schema.md §7).

live  --StopSegments-->  stopping  --later-->  stopped
"""

from datetime import timedelta
from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, ODataError
from mig.sandbox.segmentation import results
from mig.sandbox.segmentation.living import drop
from mig.sandbox.segmentation.pairs import LIVE, DefinitionStatus, SegmentStatus, guids_in, read_pair
from mig.sandbox.segmentation.uses import Uses, read_uses
from mig.sandbox.segmentation.work import Step, Work, put
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

STOPPING: Final = timedelta(seconds=5)  # ours
_IDS: Final = "SegmentIdList"


def stop(call: Call) -> WireResponse:
    """`msdynmkt_StopSegments`: always 200; `WasStopped` tells for each segment, one after the other."""
    uses, stopped, told = read_uses(call.world), set[str](), list[dict[str, Any]]()
    ids = guids_in(call.parameters((_IDS,)).get(_IDS), _IDS)
    for segment in dict.fromkeys(ids):
        result = _stop(call.world, segment, uses, stopped)
        if result["WasStopped"]:
            stopped.add(segment)
        told.append(result)
    answer = {
        "@odata.context": f"{call.base}$metadata#{TYPE}msdynmkt_StopSegmentsResponse",
        "summary": f"{len(stopped)} of {len(told)} segments were stopped.",
        "stopSingleSegmentResults": told,
    }
    return json_response(200, answer)


def finish(world: World, work: Work) -> None:
    """It has stopped."""
    try:
        pair = read_pair(world, work.segment)
    except ODataError:  # one half was deleted meanwhile
        return
    results.ended(world, pair, work.moment, SegmentStatus.STOPPED, DefinitionStatus.STOPPED)


def _stop(world: World, segment: str, uses: Uses, stopped: set[str]) -> dict[str, Any]:
    journeys = uses.journeys.get(segment, [])
    segments = [user for user in uses.segments.get(segment, []) if user not in stopped]
    try:
        pair = read_pair(world, segment)
    except ODataError:
        return _result(segment, "The segment does not exist.")
    if pair.status not in LIVE:
        return _result(segment, "The segment is not live.")
    if journeys or segments:
        return _result(segment, "The segment is in use.", journeys, segments)
    now = world.clock.now()
    drop(world, segment)
    results.ended(world, pair, now, SegmentStatus.STOPPING, DefinitionStatus.STOPPING)
    put(world, Work(now + STOPPING, segment, Step.STOP))
    return _result(segment, "The segment is being stopped.", stopped=True)


def _result(
    segment: str,
    message: str,
    journeys: list[str] | None = None,
    segments: list[str] | None = None,
    *,
    stopped: bool = False,
) -> dict[str, Any]:
    return {
        "SegmentId": segment,
        "WasStopped": stopped,
        "Message": message,
        "DependentJourneys": journeys or [],
        "DependentSegments": segments or [],
    }
