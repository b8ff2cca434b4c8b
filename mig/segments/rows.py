"""Segments as rows: the outbound one, and the real-time pair. Option numbers have their names here.

Facts: reference/dataverse-schema.md 3 and 4.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import Any, Final, Self
from uuid import NAMESPACE_DNS, uuid5

from mig.dataverse.cells import code, lookup, moment, plain_id, row_key, word
from mig.dataverse.messages import Row
from mig.engine.ledger import State
from mig.segments.cells import owner_of, text_or_none, unit_path
from mig.segments.mark import marked_for, unmarked

_IDS: Final = uuid5(NAMESPACE_DNS, "mig.segments")
DESCRIPTION: Final = "msdynmkt_description"
SOURCE: Final = "msdyncrm_segment"
SEGMENT: Final = "msdynmkt_segment"
DEFINITION: Final = "msdynmkt_segmentdefinition"
SOURCE_SET: Final = "msdyncrm_segments"
SEGMENT_SET: Final = "msdynmkt_segments"
DEFINITION_SET: Final = "msdynmkt_segmentdefinitions"
OWNER: Final = "ownerid"
UNIT: Final = "owningbusinessunit"
GROUPS: Final = "msdynmkt_staticlistmembers"
QUERY: Final = "msdynmkt_segmentquery"
TYPE: Final = "msdynmkt_type"
# The service manages the real rate (reference/dataverse-schema.md 4), so what it writes here is no drift.
REFRESH: Final = "msdynmkt_segmentrefreshintervalminutes"


def target_id(table: str, source_id: str) -> str:
    """The id that the copy of a source row has in a target table.

    The migration's name is no part of it: two manifests mean the same row, and an apply that died meets its
    own.
    """
    return str(uuid5(_IDS, f"{table}:{source_id}"))


class OutboundType(IntEnum):
    """`msdyncrm_segmenttype`."""

    DYNAMIC = 192350000
    STATIC = 192350001
    COMPOUND = 192350002


class OutboundStatus(IntEnum):
    """`msdyncrm_segment.statuscode`."""

    DRAFT = 192350000
    LIVE = 192350001
    STOPPED = 192350002
    LIVE_EDITABLE = 192350003
    EXPIRED = 192350004
    ERROR = 192350005
    GOING_LIVE = 192350006
    STOPPING = 192350007


INTERACTION_BASED: Final = 192350000  # msdyncrm_querytype
SOURCE_REAL_TIME: Final = 12  # msdynmkt_source; 10 marks exported outbound copies, which are never targets
TYPE_DYNAMIC: Final = 11
TYPE_STATIC: Final = 10
SCOPE_ORGANIZATION: Final = 270100000
SCOPE_UNIT: Final = 270100001  # both scopes: members are those of the segment's business unit


class DefinitionStatus(IntEnum):
    """`msdynmkt_segmentdefinition.statuscode`."""

    LIVE = 723270000
    DRAFT = 723270001
    GOING_LIVE = 723270002
    DELETED = 723270003
    LIVE_WITH_WARNINGS = 723270004
    STOPPING = 723270005
    STOPPED = 723270006


class SegmentStatus(IntEnum):
    """`msdynmkt_segment.statuscode`. 10 is unknown; the state after 120 days unused has no public number.

    See `TargetSegment.expired`.
    """

    ACTIVE = 1
    INACTIVE = 2
    ERROR = 3
    DELETED = 4
    EXPORTING = 5
    COMPUTING = 6
    COMPUTED_WITH_WARNINGS = 7
    STOPPING = 8
    STOPPED = 9
    FAULTED = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSegment:
    """A row of `msdyncrm_segment`."""

    id: str
    name: str
    type_code: int
    status_code: int
    query: str | None
    query_name: str
    query_type: int | None
    description: str | None
    scope: int | None
    time_zone: int | None
    refresh_minutes: int | None
    size: int | None
    owner_id: str | None
    unit_id: str | None
    created_by: str | None
    created: datetime | None
    modified: datetime | None
    evaluated: datetime | None
    modified_by: str | None = None

    COLUMNS = (
        "msdyncrm_segmentid",
        "msdyncrm_segmentname",
        "msdyncrm_segmenttype",
        "statuscode",
        "msdyncrm_segmentquery",
        "msdyncrm_segmentqueryname",
        "msdyncrm_querytype",
        "msdyncrm_description",
        "msdyncrm_scope",
        "msdyncrm_segmenttimezone",
        "msdyncrm_segmentrefreshrateintervalminutes",
        "msdyncrm_segmentsize",
        "msdyncrm_lastevaluationtime",
        "_ownerid_value",
        "_owningbusinessunit_value",
        "_createdby_value",
        "createdon",
        "modifiedon",
        "_modifiedby_value",
    )

    @classmethod
    def of(cls, row: Row) -> Self:
        """From a Web API row."""
        return cls(
            id=row_key(row, "msdyncrm_segmentid"),
            name=row.get("msdyncrm_segmentname") or "",
            type_code=code(row, "msdyncrm_segmenttype"),
            status_code=code(row, "statuscode"),
            query=row.get("msdyncrm_segmentquery"),
            query_name=row.get("msdyncrm_segmentqueryname") or query_name(row_key(row, "msdyncrm_segmentid")),
            query_type=row.get("msdyncrm_querytype"),
            description=row.get("msdyncrm_description"),
            scope=row.get("msdyncrm_scope"),
            time_zone=row.get("msdyncrm_segmenttimezone"),
            refresh_minutes=row.get("msdyncrm_segmentrefreshrateintervalminutes"),
            size=row.get("msdyncrm_segmentsize"),
            owner_id=lookup(row, "ownerid"),
            unit_id=lookup(row, "owningbusinessunit"),
            created_by=lookup(row, "createdby"),
            created=moment(row.get("createdon")),
            modified=moment(row.get("modifiedon")),
            evaluated=moment(row.get("msdyncrm_lastevaluationtime")),
            modified_by=lookup(row, "modifiedby"),
        )

    @property
    def type(self) -> str:
        """`dynamic`, `static` or `compound`; `unknown` for a number no source names."""
        return word(OutboundType, self.type_code)

    @property
    def status(self) -> str:
        """`draft`, `live`, `stopped`, `expired`, …"""
        return word(OutboundStatus, self.status_code)

    @property
    def static(self) -> bool:
        """Whether its members are listed; a query it may have says nothing then."""
        return self.type_code == OutboundType.STATIC


def query_name(source_id: str) -> str:
    """The name outbound queries use for a segment that states none."""
    return f"SEGMENT_CRM_ID_{plain_id(source_id).replace('-', '')}"


@dataclass(frozen=True, kw_only=True)
class TargetSegment:
    """A real-time segment: the row people see, and its definition, which may be missing.

    The only link between the two is text, and nothing cascades. `held` tells number and digest of what its
    static groups hold, where they are ours and were read.
    """

    segment_id: str
    definition_id: str
    segment: Row
    definition: Row | None
    held: State | None = None

    SEGMENT_COLUMNS = (
        "msdynmkt_segmentid",
        "msdynmkt_displayname",
        "msdynmkt_description",
        "msdynmkt_baseentitylogicalname",
        "msdynmkt_scope",
        "msdynmkt_source",
        "msdynmkt_type",
        "msdynmkt_sourcesegmentuid",
        "msdynmkt_membercount",
        "_ownerid_value",
        "_owningteam_value",
        "_owningbusinessunit_value",
        "statuscode",
        "createdon",
        "modifiedon",
        "_modifiedby_value",
    )
    DEFINITION_COLUMNS = (
        "msdynmkt_segmentdefinitionid",
        "msdynmkt_name",
        "msdynmkt_segmentquery",
        "msdynmkt_timezonecode",
        REFRESH,
        GROUPS,
        "msdynmkt_definitionmodifiedon",
        "msdynmkt_computationfinishedon",
        "statuscode",
        "createdon",
        "modifiedon",
        "_modifiedby_value",
    )

    @property
    def name(self) -> str:
        """The name users see."""
        return str(self.segment.get("msdynmkt_displayname") or "")

    @property
    def copy_of(self) -> str | None:
        """The source whose mark it has."""
        return marked_for(self.segment.get(DESCRIPTION))

    @property
    def query(self) -> str:
        """The real-time query text; empty when there is none."""
        return str((self.definition or {}).get("msdynmkt_segmentquery") or "")

    @property
    def groups(self) -> str:
        """The static groups as the definition lists them, JSON; empty when there are none."""
        return str((self.definition or {}).get(GROUPS) or "")

    @property
    def status(self) -> int:
        """The segment's status."""
        return code(self.segment, "statuscode")

    @property
    def definition_status(self) -> int:
        """The definition's status; 0 when it is missing."""
        return code(self.definition or {}, "statuscode")

    @property
    def real_time(self) -> bool:
        """Whether it is one proper: no copy that an outbound segment leaves when a journey uses it."""
        return bool(self.segment.get("msdynmkt_source") == SOURCE_REAL_TIME)

    @property
    def live(self) -> bool:
        """Published, computed and ready."""
        return self.definition_status == DefinitionStatus.LIVE and self.status == SegmentStatus.ACTIVE

    @property
    def stoppable(self) -> bool:
        """Live, with warnings or without."""
        return self.definition_status in _LIVE_DEFINITION and self.status in _LIVE_SEGMENT

    @property
    def stopping(self) -> bool:
        """On its way from live to stopped."""
        return self.definition_status == DefinitionStatus.STOPPING or self.status == SegmentStatus.STOPPING

    @property
    def in_force(self) -> bool:
        """Live, or on its way there or back: what it refers to is needed."""
        return self.definition_status in _IN_FORCE

    @property
    def changeable(self) -> bool:
        """Neither live nor on its way there: a draft, or stopped."""
        return self.definition_status in (DefinitionStatus.DRAFT, DefinitionStatus.STOPPED)

    @property
    def expired(self) -> bool:
        """Out of use because nothing used it for 120 days (events-and-transition.md 5).

        The number of that state is not public. It is the one state that is known and has no number, so a
        number that no source tells is taken for it.
        """
        return self.status not in _NUMBERED and not self.in_force

    @property
    def member_count(self) -> int | None:
        """The service's own count; None while it computes."""
        found = self.segment.get("msdynmkt_membercount")
        return None if found is None else int(found)

    @property
    def computed(self) -> datetime | None:
        """When the service last finished computing the members, as far as it tells."""
        return moment((self.definition or {}).get("msdynmkt_computationfinishedon"))

    @property
    def scoped_to(self) -> str | None:
        """The business unit whose rows alone are members; None for the whole organisation."""
        return lookup(self.segment, UNIT) if self.segment.get("msdynmkt_scope") == SCOPE_UNIT else None

    @property
    def audience(self) -> str:
        """The table that members are rows of."""
        return str(self.segment.get("msdynmkt_baseentitylogicalname") or "")

    @property
    def static(self) -> bool:
        """Whether its members are listed, not found by a query."""
        return self.segment.get(TYPE) == TYPE_STATIC

    @cached_property
    def state(self) -> State:
        """The columns `mig` owns, as found. The owner is that of the segment, the row people see."""
        rows: dict[str, Any] = {
            **(self.definition or {}),
            **self.segment,
            DESCRIPTION: unmarked(self.segment.get(DESCRIPTION)),
            OWNER: owner_of(self.segment),
            UNIT: unit_path(lookup(self.segment, UNIT)),
            GROUPS: self.held,
        }
        return {column: text_or_none(rows.get(column)) for column in OWNED}

    def edited(self, *, ours: bool) -> bool:
        """Whether the definition was changed after it was made.

        The service writes both rows itself when it publishes and refreshes; it keeps a time of its own for
        changes of the definition, which is believed where it is set. One of ours may have been made ahead of
        its segment, and filled together with it.
        """
        row = self.definition or {}
        changed = moment(row.get("msdynmkt_definitionmodifiedon") or row.get("modifiedon"))
        times = [row.get("createdon"), self.segment.get("createdon") if ours else None]
        made = max(filter(None, map(moment, times)), default=None)
        return changed is not None and made is not None and changed > made


_LIVE_DEFINITION: Final = frozenset({DefinitionStatus.LIVE, DefinitionStatus.LIVE_WITH_WARNINGS})
_LIVE_SEGMENT: Final = frozenset({SegmentStatus.ACTIVE, SegmentStatus.COMPUTED_WITH_WARNINGS})
_NUMBERED: Final = frozenset({0, *SegmentStatus})
_IN_FORCE: Final = _LIVE_DEFINITION | {DefinitionStatus.GOING_LIVE, DefinitionStatus.STOPPING}

# The columns `mig` owns, of both rows. `msdynmkt_name` repeats the display name on the definition; both have
# the same owner and business unit, written here as the paths of their rows. For static groups stand number
# and digest of what they hold.
OWNED: Final = (
    "msdynmkt_displayname",
    "msdynmkt_description",
    "msdynmkt_baseentitylogicalname",
    "msdynmkt_scope",
    TYPE,
    "msdynmkt_name",
    QUERY,
    "msdynmkt_timezonecode",
    REFRESH,
    GROUPS,
    OWNER,
    UNIT,
)
ON_DEFINITION: Final = frozenset({"msdynmkt_name", QUERY, "msdynmkt_timezonecode", REFRESH, GROUPS})
ON_BOTH: Final = frozenset({OWNER, UNIT})


def pair_of(row: Row, definitions: dict[str, Row]) -> TargetSegment:
    """A segment row with its definition, found by the text that links them."""
    definition_id = plain_id(row.get("msdynmkt_sourcesegmentuid") or "")
    return TargetSegment(
        segment_id=row_key(row, "msdynmkt_segmentid"),
        definition_id=definition_id,
        segment=row,
        definition=definitions.get(definition_id),
    )
