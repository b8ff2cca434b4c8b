"""The steps of each action on a segment. Payloads as documented: reference/dataverse-schema.md 4."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mig.dataverse.messages import Row
from mig.engine.ledger import Entry, State
from mig.engine.steps import (
    Await,
    Confirmation,
    Converge,
    Expected,
    Forget,
    Invoke,
    Operation,
    Record,
    Step,
    Write,
)
from mig.model.counted import counted
from mig.segments.groups import Filling, groups_text
from mig.segments.mark import mark_of, marked
from mig.segments.owners import Ownership
from mig.segments.rows import (
    DEFINITION,
    DEFINITION_SET,
    DESCRIPTION,
    GROUPS,
    ON_BOTH,
    ON_DEFINITION,
    QUERY,
    SEGMENT,
    SEGMENT_SET,
    SOURCE_REAL_TIME,
    DefinitionStatus,
    SegmentStatus,
    SourceSegment,
    TargetSegment,
    target_id,
)
from mig.segments.static import Members

PUBLISH: Final = "msdynmkt_PublishSegmentDefinition"
STOP: Final = "msdynmkt_StopSegments"
# It answers 200 in any case (reference/dataverse-schema.md 7).
_STOPPED: Final = Confirmation(
    "stopSingleSegmentResults", "WasStopped", ("Message", "DependentJourneys", "DependentSegments")
)
_ACTIVE, _INACTIVE = 0, 1
_DEFINITION_ID: Final = "msdynmkt_segmentdefinitionid"

_DEFINITION_PROBLEMS: Final = {
    DefinitionStatus.DRAFT: "fell back to draft: the service refused it; open it in the segment designer",
    DefinitionStatus.LIVE_WITH_WARNINGS: "live with warnings; open it in the segment designer",
    DefinitionStatus.DELETED: "was deleted meanwhile",
    DefinitionStatus.STOPPING: "is being stopped by somebody",
    DefinitionStatus.STOPPED: "was stopped by somebody",
}
_SEGMENT_PROBLEMS: Final = {
    SegmentStatus.ERROR: "the service reports an error; open it in the segment designer",
    SegmentStatus.DELETED: "was deleted meanwhile",
    SegmentStatus.COMPUTED_WITH_WARNINGS: "computed with warnings; open it in the segment designer",
    SegmentStatus.STOPPING: "is being stopped by somebody",
    SegmentStatus.STOPPED: "was stopped by somebody",
    SegmentStatus.FAULTED: "the service reports a fault; publish it again later",
}

_STILL_LIVE_DEFINITION: Final = (
    DefinitionStatus.LIVE,
    DefinitionStatus.LIVE_WITH_WARNINGS,
    DefinitionStatus.STOPPING,
)
_STILL_LIVE_SEGMENT: Final = (
    SegmentStatus.ACTIVE,
    SegmentStatus.COMPUTED_WITH_WARNINGS,
    SegmentStatus.STOPPING,
)


def create(
    source: SourceSegment,
    ids: tuple[str, str],
    state: State,
    ownership: Ownership,
    entry: Entry,
    members: Members | None = None,
    claim: Row | None = None,
) -> tuple[Step, ...]:
    """Both rows in one change set, always as a draft. `ids` are those of segment and definition.

    A draft is Active on the definition and Inactive on the segment. `members` are those of a static copy,
    which has an empty query. `claim` is the definition, where an earlier run made it ahead and came no
    further.
    """
    filling = _filling(ids[0], source.id, state[GROUPS], members)
    state = _with_groups(state, source.id, members)
    segment_id, definition_id = ids
    bound = ownership.bound(state)
    draft = {**bound, "statecode": _ACTIVE, "statuscode": int(DefinitionStatus.DRAFT)}
    definition = {QUERY: "", **_filled(state, on_definition=True), **draft}
    segment = {
        **_filled(state, on_definition=False),
        **bound,
        "msdynmkt_source": SOURCE_REAL_TIME,
        "msdynmkt_sourcesegmentuid": definition_id,
        **_of_source(source),
        # Required in metadata though the documented payload lacks it; running code sends the primary key.
        "msdynmkt_cdmpartitionprimarykeycolumn": f"{state['msdynmkt_baseentitylogicalname']}id",
        "statecode": _INACTIVE,
        "statuscode": int(SegmentStatus.INACTIVE),
    }
    mark = {DESCRIPTION: marked(state[DESCRIPTION], source.id)}
    made = Operation("POST", SEGMENT_SET, segment_id, segment, id_column="msdynmkt_segmentid", mark=mark)
    if claim is None:
        first = Operation(
            "POST",
            DEFINITION_SET,
            definition_id,
            definition,
            id_column=_DEFINITION_ID,
            mark={"msdynmkt_name": mark_of(source.id)},
        )
        write = Write((first, made), claim=draft)
    else:
        first = Operation("PATCH", DEFINITION_SET, definition_id, definition, claim["@odata.etag"])
        ours = definition_id == target_id(DEFINITION, source.id)
        write = Write((first, made if ours else made.unnamed()))
    return (
        write,
        *filling,
        Record(entry),
    )


def update(
    target: TargetSegment,
    columns: Collection[str],
    state: State,
    ownership: Ownership,
    entry: Entry,
    members: Members | None = None,
) -> tuple[Step, ...]:
    """Only the columns that change, each row guarded by the ETag it was read with.

    Of `members`, those of a static copy, only the difference is sent; its query is an empty text, not null.
    """
    operations = []
    filling = (
        _filling(target.segment_id, entry.source_id, state[GROUPS], members) if GROUPS in columns else ()
    )
    state = _with_groups(state, entry.source_id, members)
    changing = {column: "" if column == QUERY and not state[column] else state[column] for column in columns}
    if target.copy_of is not None and DESCRIPTION in changing:
        changing[DESCRIPTION] = marked(changing[DESCRIPTION], target.copy_of)
    bound = ownership.bound(columns)
    for on_definition, entity_set, row_id, row in (
        (True, DEFINITION_SET, target.definition_id, target.definition),
        (False, SEGMENT_SET, target.segment_id, target.segment),
    ):
        body = {**_on(changing, on_definition=on_definition), **bound}
        if body and row is not None:
            operations.append(Operation("PATCH", entity_set, row_id, body, row["@odata.etag"]))
    return (Write(tuple(operations)), *filling, Record(entry))


def adopt(entry: Entry) -> tuple[Step, ...]:
    """Nothing is written but the ledger."""
    return (Record(entry),)


def publish(ids: tuple[str, str], entry: Entry, *, under_way: bool) -> tuple[Step, ...]:
    """Publish and believe it only when both statuses read back. What is under way is only waited for."""
    call: tuple[Step, ...] = () if under_way else (Invoke(PUBLISH, {"SegmentId": ids[0]}),)
    return (*call, going_live(ids), Record(replace(entry, published=True, stopped=False)))


def going_live(ids: tuple[str, str]) -> Await:
    """Until segment and definition of those ids are live."""
    segment_id, definition_id = ids
    return Await(
        (
            Expected(
                DEFINITION_SET,
                _DEFINITION_ID,
                definition_id,
                "statuscode",
                frozenset({int(DefinitionStatus.LIVE)}),
                frozenset({int(DefinitionStatus.GOING_LIVE)}),
                {int(status): told for status, told in _DEFINITION_PROBLEMS.items()},
            ),
            Expected(
                SEGMENT_SET,
                "msdynmkt_segmentid",
                segment_id,
                "statuscode",
                frozenset({int(SegmentStatus.ACTIVE)}),
                frozenset({int(SegmentStatus.EXPORTING), int(SegmentStatus.COMPUTING)}),
                {int(status): told for status, told in _SEGMENT_PROBLEMS.items()},
            ),
        )
    )


def stop(target: TargetSegment) -> tuple[Step, ...]:
    """Take a live segment out of use, and believe it only when both statuses read back.

    What is being stopped already is only waited for.
    """
    segment_id, definition_id = target.segment_id, target.definition_id
    waiting = Await(
        (
            Expected(
                DEFINITION_SET,
                _DEFINITION_ID,
                definition_id,
                "statuscode",
                frozenset({int(DefinitionStatus.STOPPED), int(DefinitionStatus.DRAFT)}),
                frozenset({int(status) for status in _STILL_LIVE_DEFINITION}),
                {int(DefinitionStatus.GOING_LIVE): "was published again by somebody"},
            ),
            Expected(
                SEGMENT_SET,
                "msdynmkt_segmentid",
                segment_id,
                "statuscode",
                frozenset({int(SegmentStatus.STOPPED), int(SegmentStatus.INACTIVE)}),
                frozenset({int(status) for status in _STILL_LIVE_SEGMENT}),
                {},
            ),
        )
    )
    call = Invoke(STOP, {"SegmentIdList": [segment_id]}, _STOPPED)
    return (waiting,) if target.stopping else (call, waiting)


def delete(rows: Collection[tuple[str, str, str]], entry: Entry) -> tuple[Step, ...]:
    """All rows in one change set, each with its entity set, id and ETag; then the ledger forgets them."""
    operations = tuple(Operation("DELETE", entity_set, key, {}, etag) for entity_set, key, etag in rows)
    write = (Write(operations),) if operations else ()
    return (*write, Forget(entry.source_id, entry.address))


def _with_groups(state: State, source_id: str, members: Members | None) -> State:
    """What is written for static groups: which there are; their members are sent."""
    return state if members is None else {**state, GROUPS: groups_text(source_id, members.count)}


def _filling(segment_id: str, source_id: str, told: Any, members: Members | None) -> tuple[Step, ...]:
    """`told` is their number and digest; who they are is in no plan that is saved, and in no snapshot."""
    if members is None:
        return ()
    step = Converge(
        counted(members.count, "static member"), {"segment": segment_id, "source": source_id, **told}
    )
    if members.recorded is not None:
        return (step,)
    return (replace(step, missing=Filling.of(segment_id, source_id, members.ids)),)


def _filled(state: State, *, on_definition: bool) -> dict[str, Any]:
    on_row = _on(state, on_definition=on_definition)
    return {column: value for column, value in on_row.items() if value is not None}


def _on(state: State, *, on_definition: bool) -> dict[str, Any]:
    """The columns of one of the rows; what both have is bound instead."""
    return {
        column: value
        for column, value in state.items()
        if column not in ON_BOTH and (column in ON_DEFINITION) == on_definition
    }


def _of_source(source: SourceSegment) -> dict[str, Any]:
    """Where it came from, written once. The creator is a person, so the id stands for the name.

    When the segment was last updated is required in metadata, though the documented payload lacks it. A query
    that no outbound segment stands behind was never updated there, and goes without, as documented.
    """
    told = {
        "msdynmkt_sourcesegmentcreatedon": _written(source.created),
        "msdynmkt_sourcesegmentcreatedby": source.created_by,
        "msdynmkt_lastupdatedon": _written(source.modified),
    }
    return {column: value for column, value in told.items() if value is not None}


def _written(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def row_ids(ids: tuple[str, str]) -> dict[str, str]:
    """Target row ids by table, as the ledger keeps them."""
    return {SEGMENT: ids[0], DEFINITION: ids[1]}
