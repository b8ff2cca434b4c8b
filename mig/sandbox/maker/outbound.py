"""Outbound segments as stored rows: created years ago, evaluated until the services ended."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mig.sandbox.maker.catalogue import Outbound
from mig.sandbox.maker.dice import DAY, Dice, Row, stamp
from mig.sandbox.maker.staff import Owner
from mig.sandbox.spec import Phase

# Option numbers: reference/dataverse-schema.md §3.
_DYNAMIC, _STATIC, _COMPOUND = 192350000, 192350001, 192350002
_INTERACTION_BASED, _PROFILE_BASED = 192350000, 192350001
_STATUS: Final = {
    "draft": 192350000,
    "live": 192350001,
    "stopped": 192350002,
    "expired": 192350004,
    "error": 192350005,
}
_SCOPE: Final = {"organization": 270100000, "business unit": 270100001}
_TIME_ZONES: Final = (85, 105, 110)  # Greenwich, Romance and W. Europe Standard Time

# Before now: what was left alone since, what changed after the official tool had copied it, and the end.
_SETTLED: Final = 320 * DAY
_CHANGED_LATE: Final = 222 * DAY
_SERVICES_ENDED: Final = 190 * DAY


@dataclass(frozen=True, slots=True)
class Setting:
    """What segment rows need to know of the rest of the world; `now` in seconds since 1970."""

    phase: Phase
    now: int
    contacts: Sequence[str]
    owners: Sequence[Owner]

    @property
    def last_served(self) -> int:
        """Until when outbound's services worked: seconds since 1970, now where they still do."""
        return self.now - (_SERVICES_ENDED if self.phase is Phase.REMOVED else 0)


def outbound_rows(segments: Iterable[Outbound], setting: Setting, seed: int) -> list[Row]:
    """One `msdyncrm_segment` row each."""
    dice = Dice(seed, "msdyncrm_segment")
    return [_outbound_row(segment, setting, dice) for segment in segments]


def _outbound_row(segment: Outbound, setting: Setting, dice: Dice) -> Row:
    created = setting.now - (330 + dice.below(2_900)) * DAY - dice.below(DAY)
    modified = created + dice.below(setting.now - _SETTLED - created)
    if segment.copy and segment.copy.state == "outdated":
        modified = setting.now - _CHANGED_LATE
    query = segment.query
    return {
        "msdyncrm_segmentid": segment.id,
        "msdyncrm_segmentname": segment.name,
        "msdyncrm_segmentquery": query,
        "msdyncrm_segmentqueryname": segment.query_name,
        "msdyncrm_segmenttype": _type(segment),
        "msdyncrm_querytype": _INTERACTION_BASED if query and "INTERACTION(" in query else _PROFILE_BASED,
        "msdyncrm_segmentmemberids": _member_ids(segment, setting.contacts),
        "msdyncrm_scope": _SCOPE[segment.scope],
        "msdyncrm_segmenttimezone": dice.pick(_TIME_ZONES),
        "msdyncrm_segmentactivationstatus": 192350000,
        **_evaluation(segment, setting, dice),
        "statecode": int(segment.status == "expired"),
        "statuscode": _STATUS[segment.status],
        "createdon": stamp(created),
        "modifiedon": stamp(modified),
        **_owner(setting, dice),
    }


def _owner(setting: Setting, dice: Dice) -> Row:
    """One in three is left to the administrator."""
    owner = dice.pick(setting.owners)
    return {**owner.columns, **owner.more} if dice.chance(67) else {}


def _type(segment: Outbound) -> int:
    if segment.members:
        return _STATIC
    return _COMPOUND if segment.query and "SEGMENT(" in segment.query else _DYNAMIC


def _member_ids(segment: Outbound, contacts: Sequence[str]) -> str | None:
    if not segment.members:
        return None
    wanted = min(segment.members, len(contacts))
    ids = [contacts[position * len(contacts) // wanted] for position in range(wanted)]
    return json.dumps(
        [f"crm{one}" if segment.prefixed and not position % 3 else one for position, one in enumerate(ids)]
    )


def _evaluation(segment: Outbound, setting: Setting, dice: Dice) -> Row:
    """The last known size and its age; a draft was never evaluated."""
    known = segment.status != "draft"
    share = dice.below(350) + 5 if segment.share is None else segment.share
    size = min(segment.members, len(setting.contacts)) or len(setting.contacts) * share // 1_000
    evaluated = setting.last_served - dice.below(DAY)
    return {
        "msdyncrm_islive": int(segment.status == "live"),
        "msdyncrm_segmentsize": size if known else None,
        "msdyncrm_lastevaluationtime": stamp(evaluated) if known else None,
    }
