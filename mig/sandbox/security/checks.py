"""The checks of a request against its caller's rights. An administrator's have none, and cost nothing.

What may be read is a matter of the rows, not of the code that reads: while a request of someone else reads,
views that hold only the permitted rows stand before the tables, whatever the query does with them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from sqlite3 import SQLITE_OK, SQLITE_READ
from typing import Final

from mig.model.tables import Table
from mig.sandbox.errors import ODataError
from mig.sandbox.layout import Layout, quoted, type_column
from mig.sandbox.security.refusals import missing_privilege, no_access
from mig.sandbox.security.rights import (
    OVERRIDE_CREATED,
    Depth,
    Rights,
    is_secured,
    privilege_name,
)
from mig.sandbox.values import Stored
from mig.sandbox.world import World

_STAMPS: Final = frozenset(
    {
        *("createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby"),
        *("ownerid", "owningbusinessunit", "owningteam", "owninguser"),
    }
)
_REALTIME, _OUTBOUND = "msdynmkt_segment", "msdyncrm_segment"
_NEEDED: Final[
    Mapping[str, tuple[str, tuple[str, ...]]]
] = {  # by actions; publishing: dataverse-schema.md §9
    "msdynmkt_PublishSegmentDefinition": (_REALTIME, ("Create", "Write")),
    "msdynmkt_StopSegments": (_REALTIME, ("Write",)),
    "msdynmkt_AddStaticMembers": (_REALTIME, ("Write",)),
    "msdynmkt_RemoveStaticMembers": (_REALTIME, ("Write",)),
    "msdynmkt_MembersList": (_REALTIME, ("Read",)),
    "msdynmkt_SegmentStatus": (_REALTIME, ("Read",)),
    "msdynmkt_ListGroupMembers": (_REALTIME, ("Read",)),
    "msdyncrm_SegmentMembersUpdate": (_OUTBOUND, ("Write",)),
}


@contextmanager
def restricted(world: World) -> Iterator[None]:
    """Inside, tables hold what the caller may read; 403 for one that was read and must not be at all."""
    rights = world.rights
    if rights is None:
        yield
        return
    limits = _limits(world, rights)
    read: set[str] = set()

    def note(action: int, table: str | None, *_: str | None) -> int:
        if action == SQLITE_READ and table is not None:
            read.add(table)
        return SQLITE_OK

    rows = world.connection
    for name, condition in limits.items():
        rows.execute(
            f"CREATE TEMP VIEW {quoted(name)} AS SELECT * FROM main.{quoted(name)} WHERE {condition or '0'}"
        )
    rows.set_authorizer(note)
    try:
        yield
    finally:
        rows.set_authorizer(None)
        for name in limits:
            rows.execute(f"DROP VIEW temp.{quoted(name)}")
    for name in sorted(read):
        if limits.get(name, "1") is None:
            raise _missing(rights, "Read", world.schema[name])


def check_row(world: World, verb: str, layout: Layout, row: str) -> None:
    """403 unless the caller may do that with the row; a row that is not there is nobody's matter here."""
    rights = world.rights
    if rights is None or (verb == "Read" and row == rights.user):
        return
    require(rights, verb, layout.table)
    if not may(world, rights, verb, layout, row):
        raise no_access(rights.user, verb, layout.name, row)


def may(world: World, rights: Rights | None, verb: str, layout: Layout, row: str) -> bool:
    """Whether those rights reach the row; a row that is not there is out of nobody's reach."""
    if rights is None:
        return True
    depth = rights.depth(verb, layout.table)
    if depth is None:
        return False
    condition, key = _condition(rights, depth, layout.table), quoted(layout.table.primary_id)
    sql = f"SELECT {condition} FROM main.{quoted(layout.name)} WHERE {key} = ?"
    found = world.connection.execute(sql, (row,)).fetchone()
    return found is None or bool(found[0])


def check_create(world: World, layout: Layout, values: Mapping[str, Stored]) -> None:
    """403 unless the caller may create a row with those columns, its owner among them."""
    rights = world.rights
    if rights is None:
        return
    depth = require(rights, "Create", layout.table)
    owner, unit = values.get("ownerid"), values.get("owningbusinessunit")
    if layout.table.ownership == "user" and not rights.covers(depth, owner, unit):
        raise no_access(rights.user, "Create", layout.name, str(values.get(layout.table.primary_id)))
    if values.get("overriddencreatedon") is not None and OVERRIDE_CREATED not in rights.depths:
        raise missing_privilege(rights.user, OVERRIDE_CREATED, layout.name)
    if _lookups(layout, values):
        require(rights, "Append", layout.table)
        _check_targets(world, layout, values)


def check_update(world: World, layout: Layout, row: str, changes: Mapping[str, Stored]) -> None:
    """403 unless the caller may change the row so: Assign for another owner, Append for lookups."""
    if world.rights is None:
        return
    if changes.keys() - {"ownerid", "ownerid@type"}:
        check_row(world, "Write", layout, row)
    if "ownerid" in changes:
        check_row(world, "Assign", layout, row)
    if _lookups(layout, changes):
        check_row(world, "Append", layout, row)
        _check_targets(world, layout, changes)


def check_link(world: World, row: tuple[str, str], other: tuple[str, str]) -> None:
    """403 unless the caller may put `other` into a many-to-many collection of `row`, or take it out."""
    check_row(world, "Append", world.layouts[row[0]], row[1])
    check_row(world, "AppendTo", world.layouts[other[0]], other[1])


def check_everywhere(world: World, verb: str, table: Table) -> None:
    """403 unless the caller may do that with any row of the table."""
    if world.rights is not None and require(world.rights, verb, table) is not Depth.GLOBAL:
        raise _missing(world.rights, verb, table)


def check_action(world: World, name: str) -> None:
    """403 unless the caller has the privileges that an action needs."""
    if world.rights is not None and name in _NEEDED:
        table, verbs = _NEEDED[name]
        for verb in verbs:
            require(world.rights, verb, world.schema[table])


def require(rights: Rights, verb: str, table: Table) -> Depth:
    """How deep the user may do that; 403 when not at all."""
    depth = rights.depth(verb, table)
    if depth is None:
        raise _missing(rights, verb, table)
    return depth


def _missing(rights: Rights, verb: str, table: Table) -> ODataError:
    return missing_privilege(rights.user, privilege_name(verb, table), table.name)


def _check_targets(world: World, layout: Layout, values: Mapping[str, Stored]) -> None:
    for table, row in _lookups(layout, values):
        if table in world.layouts:
            check_row(world, "AppendTo", world.layouts[table], row)


def _lookups(layout: Layout, values: Mapping[str, Stored]) -> list[tuple[str, str]]:
    """The rows that the values point at, beside those that the platform itself writes."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        column = layout.table.columns.get(name)
        if column is None or value is None or not column.is_lookup or name in _STAMPS:
            continue
        kind = type_column(column)
        found.append((column.targets[0] if kind is None else str(values.get(kind)), str(value)))
    return found


def _limits(world: World, rights: Rights) -> dict[str, str | None]:
    """By table the condition on readable rows, where not all are; None: the user may read none."""
    limits: dict[str, str | None] = {}
    for table in world.schema:
        depth = rights.depth("Read", table)
        if depth is not Depth.GLOBAL and is_secured(table):
            limits[table.name] = None if depth is None else _condition(rights, depth, table)
    return limits


def _condition(rights: Rights, depth: Depth, table: Table) -> str:
    """SQL that holds for the rows within a depth."""
    if depth is Depth.GLOBAL:
        return "1"
    units = rights.units if depth is Depth.DEEP else {rights.unit}
    listed = ", ".join(_text(unit) for unit in sorted(units))
    if table.ownership == "businessunit":  # users, teams and roles belong to a unit, and to nobody
        return f"(businessunitid IN ({listed}) OR {quoted(table.primary_id)} = {_text(rights.user)})"
    if "ownerid" not in table.columns:
        return "1"
    own = f"ownerid = {_text(rights.user)}"
    return own if depth is Depth.BASIC else f"({own} OR owningbusinessunit IN ({listed}))"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
