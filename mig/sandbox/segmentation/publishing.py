"""Publishing: Draft, Going live while exporting and computing, Live.

What is due happens at the next request, dated when it was due; who becomes a member is decided over the rows
as they are then.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Final

from mig.sandbox import faults
from mig.sandbox.call import Call
from mig.sandbox.errors import TYPE, ODataError
from mig.sandbox.segmentation import results
from mig.sandbox.segmentation.living import Living, basis_of, drop, fingerprint_of, keep
from mig.sandbox.segmentation.members import compute, read_audience
from mig.sandbox.segmentation.pairs import (
    DEFINITION,
    Computation,
    DefinitionStatus,
    SegmentStatus,
    read_pair,
    read_row,
    refused,
    segment_parameter,
)
from mig.sandbox.segmentation.work import Step, Work, cancel, put
from mig.sandbox.spec import Deed
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

EXPORTING: Final = timedelta(seconds=5)  # from publishing to computing; ours, as is the next
COMPUTING: Final = timedelta(seconds=15)  # from computing to live
_FAILURES: Final = {"error": SegmentStatus.ERROR, "faulted": SegmentStatus.FAULTED}
# `Success` was seen; the other words are those of segment executions, assumed (dataverse-schema.md §4, §7).
_EXECUTIONS: Final = {
    Computation.RUNNING: "InProgress",
    Computation.FINISHED: "Success",
    Computation.ERROR: "Failed",
    Computation.NOT_STARTED: "NotStarted",
}


def publish(call: Call) -> WireResponse:
    """`msdynmkt_PublishSegmentDefinition`: 204 and the work begins, or 400 with what is wrong."""
    world, now = call.world, call.world.clock.now()
    pair = read_pair(world, segment_parameter(call))
    if pair.status not in (DefinitionStatus.DRAFT, DefinitionStatus.STOPPED):
        raise refused("The segment is live, or going live, already.")  # assumed: no source shows this case
    read_audience(world, pair, now)
    drop(world, pair.segment)
    cancel(world, pair.segment)  # somebody may have written another status while work was under way
    results.going_live(world, pair, now)
    if not _stuck(call):
        put(world, Work(now + EXPORTING, pair.segment, Step.EXPORT))
    return WireResponse(204)


def status(call: Call) -> WireResponse:
    """`msdynmkt_SegmentStatus`: how the last computation went, as JSON text."""
    pair = read_pair(call.world, segment_parameter(call))
    row = read_row(call.world, DEFINITION, pair.definition, "msdynmkt_computationstatus")
    word = _EXECUTIONS.get(row[0]) if row else None
    told = {"lastExecution": {"status": word} if word else None}
    context = f"{call.base}$metadata#{TYPE}msdynmkt_SegmentStatusResponse"
    return json_response(200, {"@odata.context": context, "ResultText": json.dumps(told)})


def _stuck(call: Call) -> bool:
    """Whether a fault keeps this publication from ever ending. Only those that were accepted count."""
    return faults.strikes(call, Deed.STUCK_PUBLISHING)


def export(world: World, work: Work) -> None:
    """The computation starts."""
    try:
        pair = read_pair(world, work.segment)
    except ODataError:  # one half was deleted meanwhile: nothing more happens
        return
    results.computing(world, pair, work.moment)
    put(world, replace(work, moment=work.moment + COMPUTING, step=Step.COMPUTE))


def finish(world: World, work: Work) -> None:
    """The computation ends, as this organisation's computations end."""
    try:
        pair = read_pair(world, work.segment)
    except ODataError:
        return
    if (failure := _FAILURES.get(world.switches.publishing_ends)) is not None:
        results.failed(world, pair, work.moment, failure)
        return
    try:
        audience = read_audience(world, pair, work.moment)
    except ODataError:  # the query was edited after it was accepted
        results.failed(world, pair, work.moment, SegmentStatus.ERROR)
        return
    basis = basis_of(world, pair, audience, lambda table: fingerprint_of(world, table))
    count = compute(world, pair, audience)
    warnings = world.switches.publishing_ends == "warnings"
    results.live(world, pair, work.moment, count, warnings=warnings)
    keep(world, Living(pair.segment, work.moment, work.moment, work.moment, basis))
