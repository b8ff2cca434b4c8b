"""Who is in a real-time segment: its query and its static groups, kept as of the last computation."""

import json
from dataclasses import dataclass
from datetime import datetime

from mig.query.evaluate import NotEvaluated, Selection, Semantics, compile_query
from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.segmentation.checking import check_query
from mig.sandbox.segmentation.pairs import (
    READY,
    SEGMENT,
    Pair,
    read_row,
    referenced_segment,
    refused,
    segment_parameter,
)
from mig.sandbox.segmentation.static import Groups, fill_members, read_groups
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Audience:
    """What a pair's rows ask for, checked: a query, static groups, or both."""

    selection: Selection | None
    groups: Groups


def members_list(call: Call) -> WireResponse:
    """`msdynmkt_MembersList`: the members as last computed; none unless the segment is live (assumed)."""
    segment = segment_parameter(call)
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


def read_audience(world: World, pair: Pair, now: datetime) -> Audience:
    """What to compute; 400 in the service's way when the query or the groups are not good ones."""
    if pair.older_members:
        raise errors.not_emulated("msdynmkt_includedmembers and msdynmkt_excludedmembers")
    if pair.table not in world.schema.tables:
        raise refused(f"There is no table '{pair.table}' to take members from.")
    groups = read_groups(pair)
    if groups and not pair.query.strip():
        return Audience(None, groups)
    return Audience(_selection(world, pair, now), groups)


def _selection(world: World, pair: Pair, now: datetime) -> Selection:
    try:
        query = parse(pair.query, Dialect.RTM)
        check_query(query, world)
        # A reference to a segment that is not live refuses the whole query; assumed.
        selection = compile_query(
            query,
            world.schema,
            members=lambda name: stored_members(world, name),
            semantics=world_semantics(world),
            now=now,
        )
    except QueryError as error:
        raise refused(f"Syntax error in the segment query: {error}.", error.span.start) from None
    except NotEvaluated as error:
        raise refused(f"The segment query cannot be evaluated: {error}.", error.span.start) from None
    if selection.table not in (None, pair.table):
        raise refused(f"The query yields rows of '{selection.table}', the segment is of '{pair.table}'.")
    return selection


def world_semantics(world: World) -> Semantics:
    """What queries mean to this organisation's services (segment-queries.md D-7, D-8, D-9)."""
    switches = world.switches
    return Semantics(
        empty_is_unknown=switches.empty_is_unknown,
        ignore_case=switches.ignore_case,
        inactive_rows=switches.inactive_rows,
    )


def compute(world: World, pair: Pair, audience: Audience) -> int:
    """Find the members and keep them; the number of them."""
    forget(world, pair.segment)
    if (selection := audience.selection) is not None:
        world.connection.execute(
            f"INSERT OR IGNORE INTO _members SELECT ?, found.* FROM ({selection.sql}) AS found",
            (pair.segment, *selection.parameters),
        )
    fill_members(world, pair, audience.groups)
    return count_of(world, pair.segment)


def count_of(world: World, segment: str) -> int:
    """How many were found last."""
    sql = "SELECT count(*) FROM _members WHERE segment = ?"
    return int(world.connection.execute(sql, (segment,)).fetchone()[0])


def forget(world: World, segment: str) -> None:
    """Drop what was computed earlier."""
    world.connection.execute("DELETE FROM _members WHERE segment = ?", (segment,))


def stored_members(world: World, name: str) -> Selection | None:
    """The members behind `SEGMENT(SEGMENT_CJO_ID_<hex>)`; None unless that segment is live."""
    segment = referenced_segment(name)
    if segment is None:
        return None
    row = read_row(world, SEGMENT, segment, "statuscode", "msdynmkt_baseentitylogicalname")
    if row is None or row[0] not in READY:
        return None
    return Selection("SELECT member FROM _members WHERE segment = ?", (segment,), row[1])
