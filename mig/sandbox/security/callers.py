"""Whose rights a request has: the signed-in user's, or by a header those of another user as well (§2.1)."""

from collections.abc import Mapping
from typing import Final

from mig.sandbox.odata.url import is_guid
from mig.sandbox.security.refusals import missing_privilege, no_such_user
from mig.sandbox.security.rights import ACT_ON_BEHALF, Depth, Rights, role_id
from mig.sandbox.security.shipped import ADMINISTRATOR
from mig.sandbox.world import World

_HEADERS: Final = {
    "callerobjectid": ("CallerObjectId", "azureactivedirectoryobjectid"),
    "mscrmcallerid": ("MSCRMCallerID", "systemuserid"),
}
_GRANTED: Final = """
    SELECT privilege.name, max(roleprivileges.privilegedepthmask)
    FROM systemuserroles JOIN roleprivileges USING (roleid) JOIN privilege USING (privilegeid)
    WHERE systemuserroles.systemuserid = ? AND roleprivileges.privilegedepthmask IN (1, 2, 4, 8)
    GROUP BY privilege.name
"""
_UNITS: Final = """
    WITH RECURSIVE below(id) AS (
        VALUES (?) UNION
        SELECT businessunitid FROM businessunit JOIN below ON parentbusinessunitid = below.id
    )
    SELECT id FROM below
"""


def acting(world: World, headers: Mapping[str, str]) -> World:
    """The world as the one who asks meets it; `world.caller` is who signed in.

    The administrator's own requests, the usual case, cost nothing here. On behalf of another user one may do
    what both may do, never more.
    """
    behalf = _on_behalf(world, headers)
    if behalf is None and world.caller == world.administrator:
        return world
    own = rights_of(world, world.caller)
    if behalf is None:
        return world.acting_as(world.caller, unit_of(world, world.caller), own)
    if own is not None and ACT_ON_BEHALF not in own.depths:
        raise missing_privilege(own.user, ACT_ON_BEHALF, "systemuser")
    theirs = rights_of(world, behalf)
    shared = own and own.within(theirs).held_by(behalf, *_units(world, behalf))
    return world.acting_as(behalf, unit_of(world, behalf), shared or theirs)


def rights_of(world: World, user: str) -> Rights | None:
    """What the roles of a user grant together; None for an administrator, who may do everything."""
    rows = world.connection
    administers = "SELECT 1 FROM systemuserroles WHERE systemuserid = ? AND roleid = ?"
    if rows.execute(administers, (user, role_id(ADMINISTRATOR))).fetchone() is not None:
        return None
    granted = rows.execute(_GRANTED, (user,))
    return Rights(user, *_units(world, user), {name: Depth(depth) for name, depth in granted})


def unit_of(world: World, user: str) -> str:
    """The business unit of a user; the root where the row tells none."""
    sql = "SELECT businessunitid FROM systemuser WHERE systemuserid = ?"
    row = world.connection.execute(sql, (user,)).fetchone()
    return str(row[0]) if row is not None and row[0] is not None else world.root_unit


def _units(world: World, user: str) -> tuple[str, frozenset[str]]:
    """A user's business unit, and with it all below."""
    unit = unit_of(world, user)
    return unit, frozenset(row[0] for row in world.connection.execute(_UNITS, (unit,)))


def _on_behalf(world: World, headers: Mapping[str, str]) -> str | None:
    """The user that a header names; 403 for none that the organisation knows."""
    for header, (spelled, column) in _HEADERS.items():
        value = headers.get(header)
        if value is None:
            continue
        sql = f"SELECT systemuserid FROM systemuser WHERE {column} = ? AND coalesce(isdisabled, 0) = 0"
        key = value.strip().strip("{}").lower()
        row = world.connection.execute(sql, (key,)).fetchone() if is_guid(key) else None
        if row is None:
            raise no_such_user(spelled, value)
        return str(row[0])
    return None
