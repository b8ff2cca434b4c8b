"""Outbound customer journeys as stored rows: segments to start from, segments to leave out.

A few segments are used again and again, most are used once or not at all. The tiles have the published form
(events-and-transition.md §3.3).
"""

import json
from collections.abc import Sequence
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.catalogue import Outbound
from mig.sandbox.maker.dice import DAY, Dice, Row, row_id, stamp
from mig.sandbox.maker.outbound import Setting

_TABLE: Final = "msdyncrm_customerjourney"
# Option numbers: dataverse-schema.md §5; (statecode, statuscode).
_LIVE, _STOPPED = (0, 192350001), (0, 192350002)
_STATUSES: Final = ((0, 192350000), _LIVE, _LIVE, _STOPPED, _STOPPED, (1, 192350004))
_CONTACTS: Final = 0  # of `msdyncrm_entitytarget`
_AUTOMATED: Final = 192350000
_SEGMENTS_EACH: Final = 6  # how many segments an organisation has for each of its journeys


def campaign_rows(segments: Sequence[Outbound], setting: Setting, seed: int) -> list[Row]:
    """One journey to every six segments."""
    dice = Dice(seed, _TABLE)
    return [_campaign(number, segments, setting, dice) for number in range(len(segments) // _SEGMENTS_EACH)]


def _campaign(number: int, segments: Sequence[Outbound], setting: Setting, dice: Dice) -> Row:
    started = setting.last_served - (20 + dice.below(1_500)) * DAY
    state, status = dice.pick(_STATUSES)
    tile = [_pick(segments, dice) for _ in range(1 + dice.below(2))]
    return {
        "msdyncrm_customerjourneyid": row_id(_TABLE, number),
        "msdyncrm_name": f"{dice.pick(words.CAMPAIGNS)} {number + 1}",
        "msdyncrm_workflowdefinition": json.dumps([_segment_tile(number, tile)]),
        "msdyncrm_suppressionsegmentid": dice.maybe(25, _pick(segments, dice).id),
        "msdyncrm_type": _AUTOMATED,
        "msdyncrm_entitytarget": _CONTACTS,
        "msdyncrm_startdatetime": stamp(started),
        "msdyncrm_isrecurring": int(dice.chance(30)),
        "statecode": state,
        "statuscode": status,
        "createdon": stamp(started - 7 * DAY),
        "modifiedon": stamp(started),
    }


def _pick(segments: Sequence[Outbound], dice: Dice) -> Outbound:
    """The first ones more often than the last."""
    return segments[dice.below(1 + dice.below(len(segments)))]


def _segment_tile(number: int, segments: Sequence[Outbound]) -> dict[str, object]:
    header = {"ActivityTypeId": "Segment", "SegmentMergeMethod": "Union"}
    return {
        "ActivityId": row_id("tile", number),
        "ActivityTypeId": "Segment",
        "Properties": {"Items": [header, *map(_segment_item, segments)]},
    }


def _segment_item(segment: Outbound) -> dict[str, object]:
    return {
        "ActivityTypeId": "SegmentItem",
        "ItemId": segment.id,
        "ContainmentMethod": "Inclusion",
        "DciSegmentName": segment.query_name,
        "SegmentDisplayName": segment.name,
    }
