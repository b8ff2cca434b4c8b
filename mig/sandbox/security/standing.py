"""The rows that security and its messages are made of, in every new world."""

from collections.abc import Iterable
from functools import cache
from typing import Final
from uuid import UUID, uuid5

from mig.model.tables import Schema, bundled_schema
from mig.sandbox.security.rights import is_secured, privilege_id, role_id
from mig.sandbox.security.shipped import ADMINISTRATOR, ROLES, shipped_roles
from mig.sandbox.spec import Phase

Row = dict[str, object]

_BULK: Final = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")


def role_rows(phase: Phase, unit: str, administrators: Iterable[object]) -> dict[str, list[Row]]:
    """Privileges, the roles of the phase with what they grant, and who is an administrator."""
    privileges, granted = _grants(phase)
    return {
        "privilege": privileges,
        "role": [{"roleid": role_id(name), "name": name, "businessunitid": unit} for name in ROLES],
        "roleprivileges": granted,
        "systemuserroles": [_membership(user) for user in administrators],
    }


@cache
def _grants(phase: Phase) -> tuple[list[Row], list[Row]]:
    """The rows of privileges and of what grants them: the same in every world of a phase."""
    roles = shipped_roles(bundled_schema(), phase)
    ids = {name: privilege_id(name) for grants in roles.values() for name in grants}
    granted: list[Row] = [
        {
            "roleprivilegeid": _id(role_id(role), name),
            "roleid": role_id(role),
            "privilegeid": ids[name],
            "privilegedepthmask": int(depth),
        }
        for role, grants in roles.items()
        for name, depth in grants.items()
    ]
    return [{"privilegeid": key, "name": name} for name, key in ids.items()], granted


def message_rows(schema: Schema, organization: str) -> dict[str, list[Row]]:
    """Which bulk messages which table takes: what clients probe for (dataverse-web-api.md §6)."""
    messages = {name: _id(organization, f"message:{name}") for name in _BULK}
    return {
        "sdkmessage": [{"sdkmessageid": key, "name": name} for name, key in messages.items()],
        "sdkmessagefilter": [
            {
                "sdkmessagefilterid": _id(key, table.name),
                "sdkmessageid": key,
                "primaryobjecttypecode": table.name,
            }
            for key in messages.values()
            for table in schema
            if is_secured(table)
        ],
    }


def _membership(user: object) -> Row:
    role = role_id(ADMINISTRATOR)
    return {"systemuserroleid": _id(role, str(user)), "systemuserid": user, "roleid": role}


def _id(of: str, name: str) -> str:
    return str(uuid5(UUID(of), name))
