"""Triggers about events, and journeys that wait for them, as stored rows.

What a trigger watches is in `msdynmkt_eventmetadata`. The unique names of those that come with the product
are not public, so these are made up (events-and-transition.md §3.4). One journey is stopped, as it has to be
before registrations move; the other waits for what happens at the first event, and is not in the way.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mig.sandbox.maker.dice import DAY, Row, row_id, stamp

_TRIGGER: Final = "msdynmkt_eventmetadata"
_JOURNEY: Final = "msdynmkt_journey"

# Unique name, name, the table it watches.
_TRIGGERS: Final = (
    ("msevtmgt_registrationcreated", "Marketing event registration created", "msevtmgt_eventregistration"),
    ("msevtmgt_registrationcanceled", "Marketing event registration canceled", "msevtmgt_eventregistration"),
    ("msevtmgt_checkincreated", "Marketing event check-in created", "msevtmgt_checkin"),
    ("msdynmkt_leadcreated", "Lead created", "lead"),
)
_STARTED_BY_EVENT: Final = 3  # of `msdynmkt_triggertype`
_LIVE: Final = (1, 2)  # state and status
_STOPPED: Final = (2, 3)
_MADE: Final = 80 * DAY  # before now
_PUBLISHED: Final = 534120001  # of `msdynmkt_eventmetadatastatus`


def trigger_rows(now: int) -> list[Row]:
    """What the product brings along."""
    return [
        {
            "msdynmkt_eventmetadataid": row_id(_TRIGGER, unique),
            "msdynmkt_uniquename": unique,
            "msdynmkt_name": name,
            "msdynmkt_sourceentity": table,
            "msdynmkt_eventmetadatastatus": _PUBLISHED,
            "statecode": 0,
            "statuscode": 1,
            "createdon": stamp(now - _MADE),
            "modifiedon": stamp(now - _MADE),
        }
        for unique, name, table in _TRIGGERS
    ]


def triggered_journeys(events: Iterable[Mapping[str, object]], now: int) -> list[Row]:
    """The journeys, where there is an event for them."""
    first = next((str(event["msevtmgt_eventid"]) for event in events), None)
    if first is None:
        return []
    named = {"logicalName": "msevtmgt_event", "id": first}
    at_first = {"operator": "Equal", "rightOperand": {"value": json.dumps(named)}}
    return [
        _journey("Registration confirmation", {"eventName": "msevtmgt_registrationcreated"}, _STOPPED, now),
        _journey(
            "Welcome at the door",
            {"eventName": "msevtmgt_checkincreated", "condition": at_first},
            _LIVE,
            now,
        ),
    ]


def _journey(name: str, parameters: Mapping[str, Any], status: tuple[int, int], now: int) -> Row:
    definition = {
        "targetEntityLogicalNames": ["contact"],
        "trigger": {"type": "Event", "parameters": parameters},
        "actions": {},
    }
    return {
        "msdynmkt_journeyid": row_id(_JOURNEY, name),
        "msdynmkt_name": name,
        "msdynmkt_journeyjson": json.dumps(definition),
        "msdynmkt_triggertype": _STARTED_BY_EVENT,
        "msdynmkt_purpose": 721460000,  # Marketing
        "msdynmkt_issupersededbylaterversion": 0,
        "statecode": status[0],
        "statuscode": status[1],
        "createdon": stamp(now - _MADE),
        "modifiedon": stamp(now - _MADE),
    }
