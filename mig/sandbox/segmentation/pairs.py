"""A real-time segment's two rows, read and written as the service does it, below the API.

`msdynmkt_segmentdefinition` holds the query, `msdynmkt_segment` the name and audience; the only link is text,
`msdynmkt_sourcesegmentuid` of the segment (dataverse-schema.md §1).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

from mig.query.analysis import realtime_reference
from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.changes import Changes
from mig.sandbox.clock import stored_time
from mig.sandbox.layout import quoted
from mig.sandbox.odata.url import is_guid
from mig.sandbox.world import World
from mig.sandbox.writing import write

DEFINITION: Final = "msdynmkt_segmentdefinition"
SEGMENT: Final = "msdynmkt_segment"
SEGMENT_ID: Final = "SegmentId"


class DefinitionStatus(IntEnum):
    """Status reasons of a definition; all of these are Active."""

    LIVE = 723270000
    DRAFT = 723270001
    GOING_LIVE = 723270002
    LIVE_WITH_WARNINGS = 723270004
    STOPPING = 723270005
    STOPPED = 723270006


class Computation(IntEnum):
    """Values of a definition's computation status."""

    RUNNING = 723270000
    FINISHED = 723270001
    ERROR = 723270002
    NOT_STARTED = 723270003


class SegmentStatus(IntEnum):
    """Status reasons of a segment; only `ACTIVE` is in the Active state.

    The number of Expired is not public; 10, the one gap among those that are, is assumed.
    """

    ACTIVE = 1
    ERROR = 3
    EXPORTING = 5
    COMPUTING = 6
    COMPUTED_WITH_WARNINGS = 7
    STOPPING = 8
    STOPPED = 9
    EXPIRED = 10
    FAULTED = 11


LIVE: Final = frozenset({DefinitionStatus.LIVE, DefinitionStatus.LIVE_WITH_WARNINGS})
READY: Final = frozenset({SegmentStatus.ACTIVE, SegmentStatus.COMPUTED_WITH_WARNINGS})
"""The two halves of what is published and computed; nothing else has members."""


_READ: Final = (
    "msdynmkt_segmentquery",
    "msdynmkt_staticlistmembers",
    "statuscode",
    "msdynmkt_includedmembers",
    "msdynmkt_excludedmembers",
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What the service reads of the two rows; `status` is the definition's.

    `older_members`: it has ids in the columns that static groups replaced in 2025 (dataverse-schema.md §4).
    """

    segment: str
    definition: str
    table: str
    query: str
    static_groups: str
    status: int
    older_members: bool = False


def segment_parameter(call: Call) -> str:
    """An action's one parameter: the id of the segment, not of the definition (dataverse-schema.md §10)."""
    return guid_parameter(call.parameters((SEGMENT_ID,)), SEGMENT_ID)


def guid_parameter(parameters: Mapping[str, Any], name: str) -> str:
    """An id among an action's parameters."""
    value = parameters.get(name)
    if not isinstance(value, str) or not is_guid(value):
        raise errors.missing_parameter(name, "a GUID")
    return value.lower()


def guids_in(value: object, name: str) -> list[str]:
    """The ids in a parameter that takes several, in order, in lower case."""
    if not isinstance(value, list) or not all(isinstance(one, str) and is_guid(one) for one in value):
        raise errors.missing_parameter(name, "a list of GUIDs")
    return [one.lower() for one in value]


def read_pair(world: World, segment: str) -> Pair:
    """Both rows; the service's error when one of them is missing."""
    row = read_row(world, SEGMENT, segment, "msdynmkt_sourcesegmentuid", "msdynmkt_baseentitylogicalname")
    if row is None:
        raise errors.no_row(SEGMENT, segment)
    definition = str(row[0] or "").strip("{}").lower()
    found = read_row(world, DEFINITION, definition, *_READ)
    if found is None:
        raise refused(f"The segment definition '{definition}' does not exist.")
    query, groups, status, included, excluded = found
    older = bool(included or excluded)
    return Pair(segment, definition, row[1] or "", query or "", groups or "", status, older)


def referenced_segment(name: str) -> str | None:
    """The id behind `SEGMENT(SEGMENT_CJO_ID_<hex>)`; None for other names."""
    digits = realtime_reference(name)
    return str(UUID(digits)) if digits else None


def read_row(world: World, table: str, key: str, *columns: str) -> tuple[Any, ...] | None:
    """Some columns of one row, or None."""
    primary = quoted(world.schema[table].primary_id)
    names = ", ".join(map(quoted, columns))
    sql = f"SELECT {names} FROM {quoted(table)} WHERE {primary} = ?"
    found: tuple[Any, ...] | None = world.connection.execute(sql, (key,)).fetchone()
    return found


def set_row(world: World, table: str, key: str, moment: datetime, changes: Changes) -> None:
    """The service writes a row: its version grows, as with any write."""
    stamped = {**changes, "modifiedon": stored_time(moment), "versionnumber": world.next_version()}
    write(world.connection, world.layouts[table], key, stamped)


def refused(reason: str, position: int | None = None) -> errors.ODataError:
    """400 with a `ResultText` that names the parse position, as observed; the shape around it is assumed.

    `position` counts code points from 0.
    """
    text = reason if position is None else f"{reason} Position: {position}"
    result = {"StatusCode": 400, "ResultText": text}
    return errors.ODataError(400, "0x80040265", json.dumps(result, ensure_ascii=False))
