"""What a query of either dialect selects in a world, and what `SEGMENT(name)` means in it.

Real-time: the members as last computed. Outbound: nothing evaluates those segments any more, so the
referenced query is evaluated in their stead, as it would be now; a static segment has the ids it stores.
"""

import json
import re
from typing import Final

from mig.query.evaluate import NotEvaluated, Selection, Semantics, compile_query
from mig.query.parser import QueryError, parse
from mig.query.tree import NOWHERE, Dialect, Query
from mig.sandbox.segmentation.members import stored_members
from mig.sandbox.world import World

STATIC: Final = 192350001
"""`msdyncrm_segmenttype` of an outbound segment whose members are listed."""

_REFERENCE: Final = re.compile(r"segment_crm_id_([0-9a-f]{32})")


def select(
    world: World, query: Query, dialect: Dialect, semantics: Semantics, path: tuple[str, ...] = ()
) -> Selection:
    """The members of a query; raises `NotEvaluated`. `path` holds the outbound segments that lead to it."""

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
        raise NotEvaluated("it refers to itself", NOWHERE)
    if kind == STATIC:
        return Selection("SELECT value FROM json_each(?)", (json.dumps(stored_ids(stored)),), "contact")
    try:
        query = parse(text or "", Dialect.OUTBOUND)
    except QueryError as error:
        raise NotEvaluated(f"its query does not parse: {error}", NOWHERE) from None
    return select(world, query, Dialect.OUTBOUND, semantics, (*path, segment))


def stored_ids(stored: str | None) -> list[str]:
    """The ids that a static segment stores, bare and in lower case; the older ones carry the prefix `crm`."""
    try:
        members = json.loads(stored or "[]")
    except ValueError:
        members = None
    if not isinstance(members, list):
        raise NotEvaluated("its stored members are no JSON list", NOWHERE)
    return [str(member).lower().removeprefix("crm").strip("{}") for member in members]
