"""Static members: up to 10 groups a segment, up to 200,000 ids a group, 1,000 ids a call.

The groups are a JSON list in the definition's `msdynmkt_staticlistmembers`, which clients write. The service
keeps their ids (dataverse-schema.md §4, §7); they may be millions, so a group goes by a number here. An id
that is no row of the audience's table stays in its group, and is no member (assumed).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.layout import quoted
from mig.sandbox.odata.url import is_guid
from mig.sandbox.segmentation.pairs import SEGMENT_ID, Pair, guid_parameter, guids_in, read_pair, refused
from mig.sandbox.wire import WireResponse, json_response
from mig.sandbox.world import World

MOST_GROUPS: Final = 10
MOST_IN_GROUP: Final = 200_000
MOST_IN_CALL: Final = 1_000
_GROUP: Final = "GroupId"
_IDS: Final = "EntityIds"
_PAGE, _SIZE = "PageNo", "PageSize"
_WHERE: Final = (SEGMENT_ID, _GROUP)
_INPUT: Final = "manualSelect"
_NUMBER: Final = 'SELECT number FROM _groups WHERE definition = ? AND "group" = ?'


@dataclass(frozen=True, slots=True)
class Groups:
    """Ids of the groups whose members are added, and of those whose members are left out."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.included or self.excluded)

    def __contains__(self, group: str) -> bool:
        return group in self.included or group in self.excluded


def add(call: Call) -> WireResponse:
    """`msdynmkt_AddStaticMembers`: 204; an id that is in the group already stays one."""
    parameters = call.parameters((*_WHERE, _IDS))
    pair, group = _target(call, parameters)
    ids = guids_in(parameters.get(_IDS), _IDS)
    if len(ids) > MOST_IN_CALL:
        raise refused(f"{len(ids)} ids were sent; a call takes at most {MOST_IN_CALL}.")
    _change(call.world, pair, group, "INSERT OR IGNORE INTO _static VALUES (?, ?)", ids, 1)
    return WireResponse(204)


def remove(call: Call) -> WireResponse:
    """`msdynmkt_RemoveStaticMembers`: 204, also for ids that were not in the group."""
    parameters = call.parameters((*_WHERE, _IDS))
    pair, group = _target(call, parameters)
    ids = guids_in(parameters.get(_IDS), _IDS)
    _change(call.world, pair, group, "DELETE FROM _static WHERE number = ? AND member = ?", ids, -1)
    return WireResponse(204)


def list_group(call: Call) -> WireResponse:
    """`msdynmkt_ListGroupMembers`: one page of ids as JSON text, in the order of the ids."""
    parameters = call.parameters((*_WHERE, _PAGE, _SIZE))
    pair, group = _target(call, parameters)
    page, size = _positive(parameters, _PAGE), _positive(parameters, _SIZE)
    found = call.world.connection.execute(
        f"SELECT member FROM _static WHERE number = ({_NUMBER}) ORDER BY member LIMIT ? OFFSET ?",
        (pair.definition, group, size, size * (page - 1)),
    )
    told = {"entityIds": [member for (member,) in found], "additionalProperties": {}}
    context = f"{call.base}$metadata#{errors.TYPE}msdynmkt_ListGroupMembersResponse"
    return json_response(200, {"@odata.context": context, "Response": json.dumps(told)})


def read_groups(pair: Pair) -> Groups:
    """The groups of a definition; the service's error when the list is not a good one."""
    entries = _entries(pair.static_groups)
    if len(entries) > MOST_GROUPS:
        raise refused(f"The segment has {len(entries)} static groups, at most {MOST_GROUPS} are supported.")
    by_type: dict[str, list[str]] = {"Include": [], "Exclude": []}
    for entry in entries:
        group, kind = str(entry.get("groupId")).lower(), entry.get("includeType")
        if not is_guid(group) or kind not in by_type or entry.get("inputType", _INPUT) != _INPUT:
            raise refused("A static group has a groupId, and the includeType Include or Exclude.")
        by_type[kind].append(group)
    groups = Groups(tuple(by_type["Include"]), tuple(by_type["Exclude"]))
    if len({*groups.included, *groups.excluded}) < len(entries):
        raise refused("Two static groups have the same groupId.")
    return groups


def fill_members(world: World, pair: Pair, groups: Groups) -> None:
    """Add and leave out static members; left out is stronger (events-and-transition.md §5)."""
    table = world.schema[pair.table]
    name, key = quoted(table.name), quoted(table.primary_id)
    for group in groups.included:
        world.connection.execute(
            "INSERT OR IGNORE INTO _members SELECT ?, s.member FROM _static s"
            f" JOIN {name} t ON t.{key} = s.member WHERE s.number = ({_NUMBER})",
            (pair.segment, pair.definition, group),
        )
    for group in groups.excluded:
        world.connection.execute(
            "DELETE FROM _members WHERE segment = ? AND member IN"
            f" (SELECT member FROM _static WHERE number = ({_NUMBER}))",
            (pair.segment, pair.definition, group),
        )


def _entries(text: str) -> list[Mapping[str, Any]]:
    try:
        entries = json.loads(text) if text.strip() else []
    except ValueError:
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise refused("The static groups are not a JSON list of groups.")
    return entries


def _target(call: Call, parameters: Mapping[str, Any]) -> tuple[Pair, str]:
    pair = read_pair(call.world, guid_parameter(parameters, SEGMENT_ID))
    group = guid_parameter(parameters, _GROUP)
    if group not in read_groups(pair):
        raise refused(f"The segment has no static group '{group}'.")
    return pair, group


def _positive(parameters: Mapping[str, Any], name: str) -> int:
    value = parameters.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < 2**31:
        raise errors.missing_parameter(name, "a whole number from 1 up")
    return value


def _change(world: World, pair: Pair, group: str, sql: str, ids: list[str], sign: int) -> None:
    """Run a statement for each id, and keep the group's size; 400 when it grows too large."""
    key = (pair.definition, group)
    new = 'INSERT OR IGNORE INTO _groups (definition, "group", size) VALUES (?, ?, 0)'
    world.connection.execute(new, key)
    (number,) = world.connection.execute(_NUMBER, key).fetchone()
    changed = world.connection.executemany(sql, [(number, one) for one in ids]).rowcount if ids else 0
    resize = "UPDATE _groups SET size = size + ? WHERE number = ? RETURNING size"
    (size,) = world.connection.execute(resize, (sign * changed, number)).fetchone()
    if size > MOST_IN_GROUP:
        raise refused(f"The group would have {size} ids; it takes at most {MOST_IN_GROUP}.")
    # At its next refresh the segment's members are found anew.
    world.connection.execute("UPDATE _live SET basis = NULL WHERE segment = ?", (pair.segment,))
