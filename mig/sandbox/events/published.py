"""Live events, their sessions, passes and questions, and counts.

The names in the bodies are those that public consumers read (§2.6); lists are JSON arrays, counts a bare
number (assumed). Only live real-time events are shown: outbound's were its own endpoint's.
"""

from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.events.answers import plain_json
from mig.sandbox.events.tables import (
    ASKED,
    EVENT,
    LIVE,
    PASSES,
    QUESTION,
    REALTIME,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    Row,
    count_standing,
    row_of,
    rows_where,
)
from mig.sandbox.odata.url import is_guid
from mig.sandbox.wire import WireResponse
from mig.sandbox.world import World

_EVENT: Final = {
    "msevtmgt_eventid": "eventId",
    "msevtmgt_readableeventid": "readableEventId",
    "msevtmgt_name": "eventName",
    "msevtmgt_description": "description",
    "msevtmgt_eventstartdate": "startDate",
    "msevtmgt_eventenddate": "endDate",
    "msevtmgt_eventtimezone": "timeZone",
    "msevtmgt_eventtimezonename": "timeZoneName",
    "msevtmgt_eventformat": "eventFormat",
    "msevtmgt_eventtype": "eventType",
    "msevtmgt_maximumeventcapacity": "maxCapacity",
    "msevtmgt_publiceventurl": "publicEventUrl",
    "msevtmgt_showwaitlist": "showWaitlist",
}
_SESSION: Final = {
    "msevtmgt_sessionid": "id",
    "msevtmgt_name": "name",
    "msevtmgt_starttime": "startTime",
    "msevtmgt_endtime": "endTime",
    "msevtmgt_sessionsummary": "sessionSummary",
    "msevtmgt_detaileddescription": "detailedDescription",
}
_PASSES: Final = {"msevtmgt_passid": "passId", "msevtmgt_name": "passName", "msevtmgt_passprice": "price"}
_QUESTION: Final = {
    "msevtmgt_customregistrationfieldid": "customRegistrationFieldId",
    "msevtmgt_text": "text",
    "msevtmgt_type": "type",
    "msevtmgt_choices": "choices",
    "msevtmgt_isrequired": "isRequired",
}
_FLAGS: Final = frozenset({"msevtmgt_showwaitlist", "msevtmgt_isrequired"})
_SCOPE: Final = ("msevtmgt_sourcesystem", "msevtmgt_publishstatus", "owningbusinessunit")


def events(call: Call) -> WireResponse:
    """`events/published`: all live events, or those that a business unit owns."""
    unit = call.options.get("businessUnitId", "").lower()
    found = rows_where(call.world, EVENT, "msevtmgt_publishstatus", LIVE, (*_EVENT, *_SCOPE))
    shown = [row for row in found if _is_live(row) and unit in ("", row["owningbusinessunit"])]
    return plain_json(200, [_shown(row, _EVENT) for row in shown])


def event(call: Call, readable_id: str) -> WireResponse:
    """One live event, with the place for its form, which is none of the sandbox's."""
    row = live_event(call.world, readable_id)
    return plain_json(200, {**_shown(row, _EVENT), "registrationForm": None})


def sessions(call: Call, readable_id: str) -> WireResponse:
    """A live event's live sessions."""
    event_id = live_event(call.world, readable_id)["msevtmgt_eventid"]
    wanted = (*_SESSION, "msevtmgt_publishstatus")
    found = rows_where(call.world, SESSION, "msevtmgt_event", event_id, wanted)
    live = [row for row in found if row["msevtmgt_publishstatus"] == LIVE]
    return plain_json(200, [_shown(row, _SESSION) for row in live])


def passes(call: Call, readable_id: str) -> WireResponse:
    """A live event's passes."""
    event_id = live_event(call.world, readable_id)["msevtmgt_eventid"]
    found = rows_where(call.world, PASSES, "msevtmgt_eventid", event_id, tuple(_PASSES))
    return plain_json(200, [_shown(row, _PASSES) for row in found])


def questions(call: Call, readable_id: str) -> WireResponse:
    """What a live event asks those who register."""
    event_id = live_event(call.world, readable_id)["msevtmgt_eventid"]
    link = "msevtmgt_customregistrationfield"
    asked = rows_where(call.world, ASKED, "msevtmgt_event", event_id, (link, "msevtmgt_order"))
    asked.sort(key=lambda row: row["msevtmgt_order"] or 0)
    found = [row_of(call.world, QUESTION, row[link], tuple(_QUESTION)) for row in asked]
    return plain_json(200, [_shown(row, _QUESTION) for row in found if row is not None])


def registration_count(call: Call, readable_id: str) -> WireResponse:
    """How many registrations a live event has that are not cancelled."""
    event_id = live_event(call.world, readable_id)["msevtmgt_eventid"]
    return plain_json(200, count_standing(call.world, REGISTRATION, "msevtmgt_eventid", event_id))


def session(call: Call, key: str) -> WireResponse:
    """One live session."""
    return plain_json(200, _shown(_live_session(call.world, key), _SESSION))


def session_count(call: Call, key: str) -> WireResponse:
    """How many registrations a live session has that are not cancelled."""
    session_id = _live_session(call.world, key)["msevtmgt_sessionid"]
    return plain_json(200, count_standing(call.world, SESSION_REGISTRATION, "msevtmgt_sessionid", session_id))


def live_event(world: World, readable_id: str) -> Row:
    """The live real-time event of that readable id; 404 when there is none."""
    found = rows_where(world, EVENT, "msevtmgt_readableeventid", readable_id, (*_EVENT, *_SCOPE))
    for row in found:
        if _is_live(row):
            return row
    raise errors.no_event_resource(f"the event '{readable_id}'")


def _live_session(world: World, key: str) -> Row:
    wanted = (*_SESSION, "msevtmgt_publishstatus")
    row = row_of(world, SESSION, key.lower(), wanted) if is_guid(key) else None
    if row is None or row["msevtmgt_publishstatus"] != LIVE:
        raise errors.no_event_resource(f"the session '{key}'")
    return row


def _is_live(row: Row) -> bool:
    return (row["msevtmgt_sourcesystem"], row["msevtmgt_publishstatus"]) == (REALTIME, LIVE)


def _shown(row: Row, names: dict[str, str]) -> dict[str, Any]:
    return {
        shown: bool(row[column]) if column in _FLAGS and row[column] is not None else row[column]
        for column, shown in names.items()
    }
