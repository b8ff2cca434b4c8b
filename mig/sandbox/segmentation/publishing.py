"""Publishing: Draft, Going live while exporting and computing, Live.

What is due happens at the next request, dated when it was due; who becomes a member is decided over the rows
as they are then.
"""

from datetime import datetime, timedelta
from typing import Final

from mig.sandbox.call import Call
from mig.sandbox.clock import EPOCH, microseconds, stored_time
from mig.sandbox.errors import ODataError
from mig.sandbox.segmentation import members
from mig.sandbox.segmentation.pairs import (
    DEFINITION,
    SEGMENT,
    Computation,
    DefinitionStatus,
    Pair,
    SegmentStatus,
    read_pair,
    refused,
    segment_id,
    set_row,
)
from mig.sandbox.wire import WireResponse
from mig.sandbox.world import World

EXPORTING: Final = timedelta(seconds=5)  # from publishing to computing; ours, as is the next
COMPUTING: Final = timedelta(seconds=15)  # from computing to live


def publish(call: Call) -> WireResponse:
    """`msdynmkt_PublishSegmentDefinition`: 204 and the work begins, or 400 with what is wrong."""
    world, now = call.world, call.world.clock.now()
    pair = read_pair(world, segment_id(call))
    if pair.status not in (DefinitionStatus.DRAFT, DefinitionStatus.STOPPED):
        raise refused("The segment is live, or going live, already.")  # assumed: no source shows this case
    members.compiled(world, pair, now)
    members.forget(world, pair.segment)
    _go_live(world, pair, now)
    world.connection.execute(
        "INSERT OR REPLACE INTO _publications VALUES (?, 0, ?)", (pair.segment, microseconds(now + EXPORTING))
    )
    return WireResponse(204)


def settle(world: World) -> None:
    """Do what has become due since the last request."""
    now = microseconds(world.clock.now())
    due = "SELECT segment, step, due FROM _publications WHERE due <= ? ORDER BY due, segment LIMIT 1"
    while world.connection.execute(due, (now,)).fetchone() is not None:
        with world.transaction():
            row = world.connection.execute(due, (now,)).fetchone()
            if row is not None:  # another process may have been quicker
                _step(world, row[0], row[1], EPOCH + timedelta(microseconds=row[2]))


def _step(world: World, segment: str, step: int, moment: datetime) -> None:
    world.connection.execute("DELETE FROM _publications WHERE segment = ?", (segment,))
    try:
        pair = read_pair(world, segment)
    except ODataError:  # one half was deleted meanwhile: nothing more happens
        return
    if step == 0:
        _start_computing(world, pair, moment)
    else:
        _finish(world, pair, moment)


def _go_live(world: World, pair: Pair, moment: datetime) -> None:
    set_row(world, SEGMENT, pair.segment, moment, {"statecode": 1, "statuscode": SegmentStatus.EXPORTING})
    set_row(
        world,
        DEFINITION,
        pair.definition,
        moment,
        {
            "statecode": 0,
            "statuscode": DefinitionStatus.GOING_LIVE,
            "msdynmkt_computationstatus": Computation.NOT_STARTED,
            "msdynmkt_computationstartedon": None,
            "msdynmkt_computationfinishedon": None,
        },
    )


def _start_computing(world: World, pair: Pair, moment: datetime) -> None:
    set_row(world, SEGMENT, pair.segment, moment, {"statuscode": SegmentStatus.COMPUTING})
    set_row(
        world,
        DEFINITION,
        pair.definition,
        moment,
        {
            "msdynmkt_computationstatus": Computation.RUNNING,
            "msdynmkt_computationstartedon": stored_time(moment),
        },
    )
    due = microseconds(moment + COMPUTING)
    world.connection.execute("INSERT INTO _publications VALUES (?, 1, ?)", (pair.segment, due))


def _finish(world: World, pair: Pair, moment: datetime) -> None:
    try:
        count = members.compute(world, pair, moment)
    except ODataError:  # the query was edited after it was accepted
        _fail(world, pair, moment)
        return
    now = stored_time(moment)
    set_row(
        world,
        SEGMENT,
        pair.segment,
        moment,
        {
            "statecode": 0,
            "statuscode": SegmentStatus.ACTIVE,
            "msdynmkt_membercount": count,
            "msdynmkt_membercount_date": now,
            "msdynmkt_membercount_state": 1,
            "msdynmkt_lastevaluated": now,
            "msdynmkt_lastexportedat": now,
            "msdynmkt_lastupdatedon": now,
        },
    )
    set_row(
        world,
        DEFINITION,
        pair.definition,
        moment,
        {
            "statecode": 0,
            "statuscode": DefinitionStatus.LIVE,
            "msdynmkt_computationstatus": Computation.FINISHED,
            "msdynmkt_computationfinishedon": now,
        },
    )


def _fail(world: World, pair: Pair, moment: datetime) -> None:
    set_row(world, SEGMENT, pair.segment, moment, {"statecode": 1, "statuscode": SegmentStatus.ERROR})
    set_row(
        world,
        DEFINITION,
        pair.definition,
        moment,
        {"statuscode": DefinitionStatus.DRAFT, "msdynmkt_computationstatus": Computation.ERROR},
    )
