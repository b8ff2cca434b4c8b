"""Members of outbound marketing's static segments, added and removed by its service.

Requests are done later, one after the other; ids that are no contacts are ignored (dataverse-schema.md §7).
"""

import json
from datetime import timedelta
from typing import Any, Final

from mig.query.evaluate import NotEvaluated
from mig.sandbox.call import Call
from mig.sandbox.changes import Changes
from mig.sandbox.clock import stored_time
from mig.sandbox.errors import TYPE, ODataError, missing_parameter, no_row
from mig.sandbox.segmentation.outbound import contacts_of, read_query, require_services
from mig.sandbox.segmentation.pairs import guid_parameter, guids_in, read_row, refused, set_row
from mig.sandbox.segmentation.references import STATIC, stored_ids
from mig.sandbox.segmentation.work import Step, Work, put, waits_until
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

TABLE: Final = "msdyncrm_segment"
UPDATING: Final = timedelta(seconds=10)  # ours
_OPERATIONS: Final = ("addByIds", "removeByIds", "addByQuery", "removeByQuery")
_PARAMETERS: Final = ("msdyncrm_segmentid", "msdyncrm_operation", "msdyncrm_memberids", "msdyncrm_query")
_NEXT: Final = timedelta(microseconds=1)


def update(call: Call) -> WireResponse:
    """`msdyncrm_SegmentMembersUpdate`: 204 and the work waits its turn; `getState` tells whether any does.

    The shape of both answers is ours: the service's is not public.
    """
    require_services(call)
    parameters = call.parameters(_PARAMETERS)
    segment = guid_parameter(parameters, "msdyncrm_segmentid")
    row = read_row(call.world, TABLE, segment, "msdyncrm_segmenttype")
    if row is None:
        raise no_row(TABLE, segment)
    waiting = waits_until(call.world, segment, Step.MEMBERS)
    operation = parameters.get("msdyncrm_operation")
    if operation == "getState":
        context = f"{call.base}$metadata#{TYPE}msdyncrm_SegmentMembersUpdateResponse"
        return json_response(200, {"@odata.context": context, "State": "Pending" if waiting else "Completed"})
    if operation not in _OPERATIONS:
        raise missing_parameter("msdyncrm_operation", f"one of {', '.join(_OPERATIONS)}, getState")
    if row[0] != STATIC:
        raise refused("Members can be added to and removed from static segments only.")
    details = {"operation": operation, "of": _subject(call.world, operation, parameters)}
    due = call.world.clock.now() + UPDATING
    due = max(due, waiting + _NEXT) if waiting else due
    put(call.world, Work(due, segment, Step.MEMBERS, json.dumps(details)))
    return WireResponse(204)


def change(world: World, work: Work) -> None:
    """Do one request; without effect where the segment, or what is asked for, has become unreadable."""
    details = json.loads(work.details)
    row = read_row(world, TABLE, work.segment, "msdyncrm_segmentmemberids")
    if row is None:
        return
    try:
        members = dict.fromkeys(stored_ids(row[0]))
        ids = _contacts(world, details["operation"], details["of"])
    except (NotEvaluated, ODataError):
        return
    if details["operation"].startswith("add"):
        members.update(dict.fromkeys(ids))
    else:
        members = {one: None for one in members if one not in set(ids)}
    changes: Changes = {
        "msdyncrm_segmentmemberids": json.dumps(list(members)),
        "msdyncrm_segmentsize": len(members),
        "msdyncrm_lastupdatedtime": stored_time(work.moment),
    }
    set_row(world, TABLE, work.segment, work.moment, changes)


def _subject(world: World, operation: str, parameters: dict[str, Any]) -> Any:
    """What is to be added or removed: checked ids, or the text of a query that can be run."""
    if operation.endswith("ByQuery"):
        contacts_of(world, read_query(parameters.get("msdyncrm_query")))
        return parameters["msdyncrm_query"]
    try:
        ids = json.loads(parameters.get("msdyncrm_memberids") or "")
    except (TypeError, ValueError):
        ids = None
    return guids_in(ids, "msdyncrm_memberids")


def _contacts(world: World, operation: str, of: Any) -> list[str]:
    if operation.endswith("ByQuery"):
        sql, parameters = contacts_of(world, read_query(of))
    elif operation.startswith("add"):
        sql, parameters = (
            "SELECT value FROM json_each(?) JOIN contact ON contactid = value",
            (json.dumps(of),),
        )
    else:
        return [str(one) for one in of]
    return [one for (one,) in world.connection.execute(sql, parameters)]
