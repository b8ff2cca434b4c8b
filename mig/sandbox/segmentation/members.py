"""Who is in a segment: its query run over the world's rows, kept as of the last computation."""

import json
from datetime import datetime
from typing import Final

from mig.query.evaluate import NotEvaluated, Selection, compile_query
from mig.query.parser import QueryError, parse
from mig.query.relations import unknown_schema_name
from mig.query.tree import Dialect, Query, Relate
from mig.query.walk import hops, operands
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.segmentation.pairs import (
    DEFINITION,
    SEGMENT,
    Pair,
    SegmentStatus,
    read_pair,
    read_row,
    refused,
    segment_id,
)
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

_REFERENCE: Final = "segment_cjo_id_"


def members_list(call: Call) -> WireResponse:
    """`msdynmkt_MembersList`: the members as last computed; none where nothing was computed yet (assumed)."""
    segment = segment_id(call)
    row = read_row(call.world, SEGMENT, segment, "msdynmkt_baseentitylogicalname")
    if row is None:
        raise errors.no_row(SEGMENT, segment)
    table = call.world.schema.get(str(row[0]))
    sql = "SELECT member FROM _members WHERE segment = ? ORDER BY member"
    members = [member for (member,) in call.world.connection.execute(sql, (segment,))]
    result = {
        "baseEntityLogicalName": row[0],
        "primaryKeyColumnName": table.primary_id if table else None,
        "members": members,
        "totalCount": len(members),
        "additionalProperties": {},
    }
    context = f"{call.base}$metadata#{errors.TYPE}msdynmkt_MembersListResponse"
    answer = {"@odata.context": context, "StatusCode": 200, "ResultText": json.dumps(result)}
    return json_response(200, answer)


def compiled(world: World, pair: Pair, now: datetime) -> Selection:
    """The segment's query, ready to run; 400 in the service's way when it is not a good one."""
    if pair.static_groups.strip(" []"):
        raise errors.not_emulated("publishing a segment with static members")
    try:
        query = parse(pair.query, Dialect.RTM)
        _check_relations(query, world)
        # A reference to a segment that is not live refuses the whole query; assumed.
        selection = compile_query(
            query, world.schema, members=lambda name: stored_members(world, name), now=now
        )
    except QueryError as error:
        raise refused(f"Syntax error in the segment query: {error}.", error.span.start) from None
    except NotEvaluated as error:
        raise refused(f"The segment query cannot be evaluated: {error}.", error.span.start) from None
    if selection.table not in (None, pair.table):
        raise refused(f"The query yields rows of '{selection.table}', the segment is of '{pair.table}'.")
    return selection


def _check_relations(query: Query, world: World) -> None:
    """Relations go by schema name; the names that outbound paths use are not known here (assumed)."""
    for operand in operands(query):
        for step in operand.steps:
            for hop in hops(step) if isinstance(step, Relate) else ():
                if unknown_schema_name(world.schema, hop.relationship):
                    raise NotEvaluated(f"unknown relationship {hop.relationship}", hop.span)


def compute(world: World, pair: Pair, now: datetime) -> int:
    """Run the query and keep who it found; the number of them."""
    selection = compiled(world, pair, now)
    forget(world, pair.segment)
    cursor = world.connection.execute(
        f"INSERT INTO _members SELECT DISTINCT ?, found.* FROM ({selection.sql}) AS found",
        (pair.segment, *selection.parameters),
    )
    return cursor.rowcount


def compute_all(world: World) -> None:
    """Members, and counts that nobody gave, of the segments that a new world starts with as live.

    Plain queries come before those that refer to segments: references go one level deep. A segment without a
    query that can be run keeps no members.
    """
    live = world.connection.execute(
        f"SELECT s.msdynmkt_segmentid FROM {SEGMENT} s JOIN {DEFINITION} d"
        " ON d.msdynmkt_segmentdefinitionid = lower(s.msdynmkt_sourcesegmentuid)"
        " WHERE s.statuscode = ? ORDER BY instr(upper(d.msdynmkt_segmentquery), 'SEGMENT('), 1",
        (SegmentStatus.ACTIVE,),
    ).fetchall()
    for (segment,) in live:
        try:
            count = compute(world, read_pair(world, segment), world.clock.now())
        except errors.ODataError:
            continue
        world.connection.execute(
            f"UPDATE {SEGMENT} SET msdynmkt_membercount = ifnull(msdynmkt_membercount, ?)"
            " WHERE msdynmkt_segmentid = ?",
            (count, segment),
        )


def forget(world: World, segment: str) -> None:
    """Drop what was computed earlier."""
    world.connection.execute("DELETE FROM _members WHERE segment = ?", (segment,))


def stored_members(world: World, name: str) -> Selection | None:
    """The members behind `SEGMENT(SEGMENT_CJO_ID_<hex>)`; None unless that segment is live."""
    digits = name.lower().removeprefix(_REFERENCE)
    if len(digits) != 32:
        return None
    segment = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    row = read_row(world, SEGMENT, segment, "statuscode", "msdynmkt_baseentitylogicalname")
    if row is None or row[0] != SegmentStatus.ACTIVE:
        return None
    return Selection("SELECT member FROM _members WHERE segment = ?", (segment,), row[1])
