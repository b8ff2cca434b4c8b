"""The static groups of a copy: their ids, what they hold, and what is left to be sent.

Up to 10 groups a segment, up to 200,000 ids a group, 1,000 ids a call: reference/dataverse-schema.md 4 and 7.
Members are too many, and nobody's business, for a plan: it has their number and their digest.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final

from mig.dataverse.cells import plain_id
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Request
from mig.engine.ledger import State
from mig.segments.rows import TargetSegment, target_id

MOST_GROUPS: Final = 10
MOST_IN_GROUP: Final = 200_000
MOST_MEMBERS: Final = MOST_GROUPS * MOST_IN_GROUP
_MOST_IN_CALL: Final = 1_000
_PAGE: Final = 5_000  # a public reader asks for as many, and stops at a short page
_ADD, _REMOVE = "msdynmkt_AddStaticMembers", "msdynmkt_RemoveStaticMembers"
_LIST: Final = "msdynmkt_ListGroupMembers"

Held = Mapping[str, Set[str]]
"""Ids by group."""


def told_of(ids: Collection[str]) -> Mapping[str, Any]:
    """What stands for members wherever they must not be shown: their number, and one digest of all."""
    digest = hashlib.sha256("\n".join(sorted(ids)).encode("ascii", "replace"))
    return {"members": len(ids), "sha256": digest.hexdigest()}


def group_id(source_id: str, number: int) -> str:
    """The id of a copy's group, from 0: the same whenever and from wherever the source is moved."""
    return target_id("static group", f"{source_id}:{number}")


def groups_text(source_id: str, count: int) -> str:
    """What the definition says of its groups, for so many members; one at least."""
    groups = [
        {
            "groupId": group_id(source_id, number),
            "includeType": "Include",
            "name": f"Group {number + 1}",
            "inputType": "manualSelect",
        }
        for number in range(_needed(count))
    ]
    return json.dumps(groups)


def own_groups(text: str, source_id: str) -> tuple[str, ...]:
    """The groups that a copy's definition names, if all are those that `mig` gives it; else none."""
    own = {group_id(source_id, number) for number in range(MOST_GROUPS)}
    entries = _entries(text)
    found = tuple(group for group, kind in entries if kind == "Include")
    return found if own.issuperset(found) and len(found) == len(entries) else ()


def _first_group(text: str) -> str:
    return next((group for group, _ in _entries(text)), "")


def _entries(text: str) -> Sequence[tuple[str, str]]:
    """Id and kind of each group; none where the text is not what the service keeps."""
    try:
        return [(plain_id(str(one["groupId"])), str(one["includeType"])) for one in json.loads(text or "[]")]
    except (ValueError, TypeError, KeyError):
        return ()


async def with_held(
    tell: Callable[[str, Sequence[str]], Awaitable[State]],
    targets: Sequence[TargetSegment],
    source_ids: Collection[str],
) -> tuple[TargetSegment, ...]:
    """The same segments; those that are static copies of these sources tell what they hold.

    `tell` gives number and digest of what some groups of a segment hold.
    """
    first = {group_id(source_id, 0): source_id for source_id in source_ids}
    found = []
    for target in targets:
        source_id = first.get(_first_group(target.groups))
        groups = own_groups(target.groups, source_id) if source_id else ()
        if groups:
            target = replace(target, held=await tell(target.segment_id, groups))
        found.append(target)
    return tuple(found)


async def held_by(client: Client, segment_id: str, groups: Sequence[str]) -> Held:
    """The ids that each group holds, members or not, page by page."""
    return {group: await _listed(client, segment_id, group) for group in groups}


async def _listed(client: Client, segment_id: str, group: str) -> Set[str]:
    found: set[str] = set()
    for page in range(1, MOST_IN_GROUP // _PAGE + 2):
        body = {"SegmentId": segment_id, "GroupId": group, "PageNo": page, "PageSize": _PAGE}
        ids = _ids((await client.send(Request("POST", _LIST, body))).body)
        found.update(ids)
        if len(ids) < _PAGE:
            return found
    raise BadAnswer("the list of a static group does not end")


def _ids(body: Any) -> Sequence[str]:
    """JSON inside JSON; a bare array was seen too."""
    try:
        text = body["Response"]
        told = json.loads(text) if isinstance(text, str) else text
        return [plain_id(str(one)) for one in (told["entityIds"] if isinstance(told, dict) else told)]
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer("the members of a static group came in an unknown form") from error


@dataclass(frozen=True, slots=True)
class Filling:
    """Brings the groups of one copy to hold `ids` and nothing else."""

    segment_id: str
    groups: tuple[str, ...]
    ids: Set[str]

    @classmethod
    def of(cls, segment_id: str, source_id: str, ids: Set[str]) -> "Filling":
        """For the copy of a source."""
        numbers = range(_needed(len(ids)))
        return cls(segment_id, tuple(group_id(source_id, number) for number in numbers), ids)

    async def __call__(self, client: Client) -> Sequence[Request]:
        """What the groups hold now, against what they should: the calls that are left."""
        return list(self._difference(await held_by(client, self.segment_id, self.groups)))

    def _difference(self, held: Held) -> Iterator[Request]:
        kept: set[str] = set()
        room: dict[str, int] = {}
        for group, members in held.items():
            stays = (members & self.ids) - kept
            kept |= stays
            room[group] = MOST_IN_GROUP - len(members)  # what is removed meanwhile makes no room yet
            yield from self._calls(_REMOVE, group, sorted(members - stays))
        missing = sorted(self.ids - kept)
        for group, free in room.items():
            yield from self._calls(_ADD, group, missing[:free])
            missing = missing[free:]

    def _calls(self, action: str, group: str, ids: Sequence[str]) -> Iterator[Request]:
        for start in range(0, len(ids), _MOST_IN_CALL):
            some = ids[start : start + _MOST_IN_CALL]
            yield Request("POST", action, {"SegmentId": self.segment_id, "GroupId": group, "EntityIds": some})


def _needed(count: int) -> int:
    return max(1, -(-count // MOST_IN_GROUP))
