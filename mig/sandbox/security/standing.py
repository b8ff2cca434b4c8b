"""The rows that security and its messages are made of, in every new world."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid5

from mig.model.tables import Schema
from mig.sandbox.security.rights import is_secured, privilege_id, role_id
from mig.sandbox.security.shipped import ADMINISTRATOR, shipped_roles
from mig.sandbox.spec import Phase

Row = dict[str, object]

_BULK: Final = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple")


def role_rows(
    schema: Schema, phase: Phase, unit: str, administrators: Iterable[object]
) -> dict[str, list[Row]]:
    """Privileges, the roles of the phase with what they grant, and who is an administrator."""
    roles = shipped_roles(schema, phase)
    names = dict.fromkeys(name for grants in roles.values() for name in grants)
    ids = {name: privilege_id(name) for name in names}
    granted: list[Row] = []
    for role, grants in roles.items():
        key = role_id(role)
        granted += [
            {
                "roleprivilegeid": _id(key, name),
                "roleid": key,
                "privilegeid": ids[name],
                "privilegedepthmask": int(depth),
            }
            for name, depth in grants.items()
        ]
    return {
        "privilege": [{"privilegeid": key, "name": name} for name, key in ids.items()],
        "role": [{"roleid": role_id(name), "name": name, "businessunitid": unit} for name in roles],
        "roleprivileges": granted,
        "systemuserroles": [_membership(user) for user in administrators],
    }


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
