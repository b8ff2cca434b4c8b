"""Real-time segments as stored rows: what the official tool copied, and what people made by hand.

Each is a pair of rows. The members of a live one are for the segmentation service to say.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from mig.sandbox.maker.catalogue import Copy, HandMade, Outbound
from mig.sandbox.maker.dice import DAY, Row, row_id, stamp

# Option numbers: reference/dataverse-schema.md §4. (definition, segment): the definition of a draft is
# in the Active state, its segment in the Inactive one (§1, fact 4).
_STATUS: Final = {"live": (723270000, 1), "draft": (723270001, 2), "stopped": (723270006, 9)}
_READY: Final = 1
_DYNAMIC = 11
_SOURCE_OUTBOUND, _SOURCE_REALTIME = 10, 12
_ORGANIZATION_SCOPE = 270100000

_COPIED: Final = 257 * DAY  # before now: when the official tool ran
_EDITED_AFTER: Final = 10 * DAY


def realtime_rows(
    segments: Sequence[Outbound], hand_made: Iterable[HandMade], outbound: Sequence[Row], now: int
) -> tuple[list[Row], list[Row]]:
    """Definitions and segments: the copies of those outbound segments that have one, then the hand-made."""
    pairs = [
        _copy_pair(segment, segment.copy, row, now - _COPIED + number)
        for number, (segment, row) in enumerate(zip(segments, outbound, strict=True))
        if segment.copy
    ]
    made = list(hand_made)
    pairs += [_hand_made_pair(entry, now) for entry in made if entry.outbound is None]
    present = {segment.key: segment for segment in segments}
    offered = [
        _offered_row(entry, present[entry.outbound], now) for entry in made if entry.outbound in present
    ]
    return [definition for definition, _ in pairs], [*(segment for _, segment in pairs), *offered]


def _copy_pair(segment: Outbound, copy: Copy, source: Row, created: int) -> tuple[Row, Row]:
    edited = _EDITED_AFTER if copy.state == "edited" else 0
    times: Row = {"createdon": stamp(created), "modifiedon": stamp(created + edited)}
    definition, row = _pair(f"copy:{segment.key}", copy.name, copy.query, copy.status, times)
    return definition, {**row, "msdynmkt_sourcesegmentcreatedon": source["createdon"]}


def _hand_made_pair(entry: HandMade, now: int) -> tuple[Row, Row]:
    times: Row = {"createdon": stamp(now - 150 * DAY), "modifiedon": stamp(now - 90 * DAY)}
    return _pair(f"own:{entry.name}", entry.name, entry.query or "", entry.status, times)


def _pair(key: str, name: str, query: str, status: str, times: Row) -> tuple[Row, Row]:
    """Both halves, with the columns of the documented create payload (§4)."""
    definition_status, segment_status = _STATUS[status]
    definition = row_id("msdynmkt_segmentdefinition", key)
    return (
        {
            "msdynmkt_segmentdefinitionid": definition,
            "msdynmkt_name": name,
            "msdynmkt_segmentquery": query,
            "statecode": 0,
            "statuscode": definition_status,
            **times,
        },
        {
            "msdynmkt_segmentid": row_id("msdynmkt_segment", key),
            "msdynmkt_displayname": name,
            "msdynmkt_sourcesegmentuid": definition,
            "msdynmkt_baseentitylogicalname": "lead" if query.startswith("PROFILE(lead)") else "contact",
            "msdynmkt_type": _DYNAMIC,
            "msdynmkt_source": _SOURCE_REALTIME,
            "msdynmkt_scope": _ORGANIZATION_SCOPE,
            "statecode": int(segment_status != _READY),
            "statuscode": segment_status,
            **times,
        },
    )


def _offered_row(entry: HandMade, source: Outbound, now: int) -> Row:
    """An outbound segment as real-time journeys list it: no definition, and the source's id as text link."""
    return {
        "msdynmkt_segmentid": row_id("msdynmkt_segment", f"outbound:{source.key}"),
        "msdynmkt_displayname": entry.name,
        "msdynmkt_sourcesegmentuid": source.id,
        "msdynmkt_baseentitylogicalname": "contact",
        "msdynmkt_type": _DYNAMIC,
        "msdynmkt_source": _SOURCE_OUTBOUND,
        "msdynmkt_scope": _ORGANIZATION_SCOPE,
        "statecode": 0,
        "statuscode": 1,
        "createdon": stamp(now - 900 * DAY),
        "modifiedon": stamp(now - 200 * DAY),
    }
