"""Real-time journeys as stored rows, with the platform's list of who uses which segment.

The JSON has the published paths to segments, and nothing whose form is not public (dataverse-schema.md §5,
events-and-transition.md §3.1).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mig.sandbox.maker.catalogue import Journey
from mig.sandbox.maker.dice import DAY, Row, row_id, stamp

_JOURNEY: Final = "msdynmkt_journey"
_USAGE: Final = "msdynmkt_segmentusage"

# Option numbers: dataverse-schema.md §5 and §4; (statecode, statuscode).
_STATUS: Final = {"draft": (0, 1), "live": (1, 2), "stopped": (2, 3), "completed": (6, 8)}
_TRIGGER: Final = {"Recurring": 0, "Ongoing": 1, "OneTime": 2}
_AUDIENCE, _SUPPRESSION, _EXCLUSION = 1, 2, 3
_JOURNEYS: Final = 10  # of `msdynmkt_dependencysource`
_CENTRAL_EUROPE: Final = 110

_MADE: Final = 80 * DAY  # before now
_STARTED: Final = 60 * DAY


def journey_rows(journeys: Sequence[Journey], segments: Sequence[Row], now: int) -> dict[str, list[Row]]:
    """Journeys whose segments are there, and their usage, by table; `segments` are the real-time ones."""
    ids = {str(row["msdynmkt_displayname"]): str(row["msdynmkt_segmentid"]) for row in segments}
    present = [journey for journey in journeys if {name for name, _ in _uses(journey)} <= ids.keys()]
    return {
        _JOURNEY: [_journey(journey, ids, now) for journey in present],
        _USAGE: [row for journey in present for row in _usage(journey, ids, now)],
    }


def with_journey_counts(journeys: Sequence[Journey], segments: Sequence[Row]) -> list[Row]:
    """The segments, with how many live journeys use each."""
    used = Counter(
        name for journey in journeys if journey.status == "live" for name, _ in set(_uses(journey))
    )
    return [
        {**row, "msdynmkt_publishedjourneycount": used[str(row["msdynmkt_displayname"])]} for row in segments
    ]


def _uses(journey: Journey) -> Iterator[tuple[str, int]]:
    """The names of the segments with how each is used."""
    yield journey.audience, _AUDIENCE
    yield from ((name, _EXCLUSION) for name in journey.exclude)
    yield from ((name, _SUPPRESSION) for name in journey.exit)


def _journey(journey: Journey, ids: Mapping[str, str], now: int) -> Row:
    state, status = _STATUS[journey.status]
    start = stamp(now - _STARTED)
    definition = {
        "targetEntityLogicalNames": ["contact"],
        "trigger": {
            "type": journey.trigger,
            "audience": ids[journey.audience],
            "exclusionSegments": [ids[name] for name in journey.exclude],
            "parameters": {"startTime": start},
        },
        "actions": {},
        "exitCriteria": {"suppressionSegments": [ids[name] for name in journey.exit]},
        "timeZoneCode": _CENTRAL_EUROPE,
    }
    return {
        "msdynmkt_journeyid": row_id(_JOURNEY, journey.name),
        "msdynmkt_name": journey.name,
        "msdynmkt_journeyjson": json.dumps(definition),
        "msdynmkt_triggertype": _TRIGGER[journey.trigger],
        "msdynmkt_purpose": 721460000,  # Marketing
        "msdynmkt_journeystarttime": start,
        "msdynmkt_issupersededbylaterversion": 0,
        "statecode": state,
        "statuscode": status,
        "createdon": stamp(now - _MADE),
        "modifiedon": start,
    }


def _usage(journey: Journey, ids: Mapping[str, str], now: int) -> Iterator[Row]:
    made = row_id(_JOURNEY, journey.name)
    for name, usage in _uses(journey):
        yield {
            "msdynmkt_segmentusageid": row_id(_USAGE, f"{journey.name}:{usage}:{name}"),
            "msdynmkt_name": journey.name,
            "msdynmkt_segmentid": ids[name],
            "msdynmkt_targetsegmentid": ids[name],
            "msdynmkt_journeyid": made,
            "msdynmkt_dependententityid": made,
            "msdynmkt_dependententityid@type": _JOURNEY,
            "msdynmkt_dependencysource": _JOURNEYS,
            "msdynmkt_usage": usage,
            "msdynmkt_membershipcheck": 0,
            "statecode": 0,
            "statuscode": 1,
            "createdon": stamp(now - _MADE),
            "modifiedon": stamp(now - _MADE),
        }
