"""Functions bound to a user: which privileges, how deep, and what may be done with one row.

Sources: dataverse-web-api.md §10, dataverse-schema.md §7.
"""

from typing import Any, Final

from mig.sandbox.call import Call
from mig.sandbox.errors import bad_argument
from mig.sandbox.functions import answered
from mig.sandbox.keys import Key, absent, find, named_row
from mig.sandbox.layout import Layout
from mig.sandbox.messages import read_arguments, read_json, read_text
from mig.sandbox.odata.url import Segment
from mig.sandbox.security.callers import rights_of, unit_of
from mig.sandbox.security.checks import may
from mig.sandbox.security.refusals import no_such_privilege
from mig.sandbox.security.rights import Depth
from mig.sandbox.wire import WireResponse

_ACCESS: Final = ("Read", "Write", "Append", "AppendTo", "Create", "Delete", "Share", "Assign")


def retrieve_user_privileges(call: Call, layout: Layout, key: Key) -> WireResponse:
    """`RetrieveUserPrivileges`: everything that the user's roles grant."""
    read_arguments(call, _function(call))
    user = _user(call, layout, key)
    return answered(call, "RetrieveUserPrivileges", {"RolePrivileges": _privileges(call, user)})


def retrieve_user_privilege(call: Call, layout: Layout, key: Key) -> WireResponse:
    """`RetrieveUserPrivilegeByPrivilegeName`: one privilege, or an empty list when the user lacks it."""
    function = "RetrieveUserPrivilegeByPrivilegeName"
    name = read_text(function, "PrivilegeName", *read_arguments(call, _function(call), "PrivilegeName"))
    known = "SELECT 1 FROM privilege WHERE name = ? COLLATE NOCASE"
    if call.world.connection.execute(known, (name,)).fetchone() is None:
        raise no_such_privilege(name)
    user = _user(call, layout, key)
    found = [one for one in _privileges(call, user) if one["PrivilegeName"].lower() == name.lower()]
    return answered(call, function, {"RolePrivileges": found})


def retrieve_principal_access(call: Call, layout: Layout, key: Key) -> WireResponse:
    """`RetrievePrincipalAccess(Target=…)`: what the user may do with one row, as a list in one text."""
    function = "RetrievePrincipalAccess"
    target = read_json(function, "Target", *read_arguments(call, _function(call), "Target"))
    url = target.get("@odata.id") if isinstance(target, dict) else None
    if not isinstance(url, str):
        raise bad_argument(function, "Target", "an object with the row's @odata.id")
    table, row = named_row(call, url)
    user = _user(call, layout, key)
    rights = rights_of(call.world, user)
    granted = [verb for verb in _ACCESS if may(call.world, rights, verb, call.world.layouts[table], row)]
    return answered(
        call, function, {"AccessRights": ", ".join(f"{verb}Access" for verb in granted) or "None"}
    )


def _function(call: Call) -> Segment:
    return call.segments[-1]


def _user(call: Call, layout: Layout, key: Key) -> str:
    found = find(call.world, layout, key)
    if found is None:
        raise absent(layout, key)
    return found[0]


def _privileges(call: Call, user: str) -> list[dict[str, Any]]:
    rights = rights_of(call.world, user)
    unit = unit_of(call.world, user)
    return [
        {
            "Depth": (Depth.GLOBAL if rights is None else rights.depths[name]).name.capitalize(),
            "PrivilegeId": key,
            "BusinessUnitId": unit,
            "PrivilegeName": name,
        }
        for key, name in call.world.connection.execute(
            "SELECT privilegeid, name FROM privilege ORDER BY name"
        )
        if rights is None or name in rights.depths
    ]
