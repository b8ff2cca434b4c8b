"""Any query over a world's rows, and what `SEGMENT(name)` means in it.

Real-time: the members as last computed. Outbound: nothing evaluates those segments any more, so the
referenced query is evaluated in their stead, as it would be now; a static segment has the ids it stores.
"""

import json
import re
from typing import Final

from mig.query.evaluate import SERVICE, NotEvaluated, Selection, Semantics, compile_query
from mig.query.parser import QueryError, parse
from mig.query.tree import NOWHERE, Dialect, Query
from mig.sandbox.segmentation.members import stored_members
from mig.sandbox.segmentation.publishing import settle
from mig.sandbox.world import World

_STATIC: Final = 192350001
_REFERENCE: Final = re.compile(r"segment_crm_id_([0-9a-f]{32})")


def members_of(
    world: World, query: Query, dialect: Dialect, semantics: Semantics = SERVICE
) -> tuple[str | None, list[str]]:
    """The table that a query's members are rows of, and their ids, sorted; raises `NotEvaluated`."""
    settle(world)
    selection = _compiled(world, query, dialect, semantics, ())
    found = world.connection.execute(selection.sql, selection.parameters)
    return selection.table, sorted({member for (member,) in found if member is not None})


def _compiled(
    world: World, query: Query, dialect: Dialect, semantics: Semantics, path: tuple[str, ...]
) -> Selection:
    def members(name: str) -> Selection | None:
        if dialect is Dialect.RTM:
            return stored_members(world, name)
        return _outbound(world, name, semantics, path)

    now = world.clock.now()
    return compile_query(query, world.schema, members=members, semantics=semantics, now=now)


def _outbound(world: World, name: str, semantics: Semantics, path: tuple[str, ...]) -> Selection | None:
    """An outbound segment by its query name, or the id in it; `path` holds those that lead to it."""
    found = _REFERENCE.fullmatch(name.lower())
    row = world.connection.execute(
        "SELECT msdyncrm_segmentid, msdyncrm_segmenttype, msdyncrm_segmentquery, msdyncrm_segmentmemberids"
        " FROM msdyncrm_segment WHERE lower(msdyncrm_segmentqueryname) = ?1"
        " OR replace(msdyncrm_segmentid, '-', '') = ?2"
        " ORDER BY lower(msdyncrm_segmentqueryname) = ?1 DESC LIMIT 1",
        (name.lower(), found[1] if found else None),
    ).fetchone()
    if row is None:
        return None
    segment, kind, text, stored = row
    if segment in path:
        raise NotEvaluated(f"the segment {name} refers to itself", NOWHERE)
    if kind == _STATIC:
        return Selection("SELECT value FROM json_each(?)", (_ids(name, stored),), "contact")
    try:
        query = parse(text or "", Dialect.OUTBOUND)
    except QueryError as error:
        raise NotEvaluated(f"the query of the segment {name} does not parse: {error}", NOWHERE) from None
    return _compiled(world, query, Dialect.OUTBOUND, semantics, (*path, segment))


def _ids(name: str, stored: str | None) -> str:
    """Stored members as a JSON list of bare ids; the older ones carry the prefix `crm`."""
    try:
        members = json.loads(stored or "[]")
    except ValueError:
        members = None
    if not isinstance(members, list):
        raise NotEvaluated(f"the stored members of the segment {name} are no JSON list", NOWHERE)
    return json.dumps([str(member).lower().removeprefix("crm").strip("{}") for member in members])
