"""What the caller may do in an organisation: privileges by name, each with its depth.

One function lists them all. Of what a user has through a team it tells no more than the lowest depth
(Microsoft Learn, RetrieveUserPrivileges), so what it does not show in full is asked for by name, which counts
teams too. Sources: reference/dataverse-web-api.md 10, dataverse-schema.md 7.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.dataverse.messages import Request

_LIST: Final = "RetrieveUserPrivileges"
_BY_NAME: Final = "RetrieveUserPrivilegeByPrivilegeName"
# The function is not there, or not for everybody: no reason to give up what it was asked for.
_SILENT: Final = frozenset({400, 403, 404, 405, 501})


class Depth(IntEnum):
    """How far a privilege reaches: the user's own rows, those of the business unit, of those below, all."""

    BASIC = 1
    LOCAL = 2
    DEEP = 3
    GLOBAL = 4


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and of which organisation; ids in lower case, an empty one where WhoAmI does not tell it."""

    organization: str
    user: str
    unit: str


class NotTold(Exception):
    """The organisation does not say what the caller may do; the message says why."""


async def who_am_i(client: Client) -> Caller:
    """The first request, which also proves the sign-in."""
    body = await client.get("WhoAmI")
    told = body if isinstance(body, dict) else {}
    if not isinstance(told.get("OrganizationId"), str):
        raise BadAnswer("WhoAmI was answered without an OrganizationId")
    return Caller(
        *(str(told.get(key) or "").lower() for key in ("OrganizationId", "UserId", "BusinessUnitId"))
    )


async def held_by(client: Client, user: str) -> Mapping[str, Depth]:
    """All privileges of a user, by name in lower case; as deep at least as it says. `NotTold`."""
    if not user:
        raise NotTold("WhoAmI tells no user")
    try:
        body = await client.get(f"{_user(user)}.{_LIST}()")
    except RequestFailed as error:
        if error.status in _SILENT:
            raise NotTold(f"{_LIST} answers {error.status}") from error
        raise
    granted = _granted(body)
    if granted is None:
        raise NotTold(f"{_LIST} is answered without privileges")
    return granted


async def held_by_name(client: Client, user: str, names: Collection[str]) -> Mapping[str, Depth | None]:
    """The same of some privileges, in one request: None where the user lacks one.

    A name that the organisation does not know, or does not answer, is absent.
    """
    asked = sorted(names)
    requests = [
        Request("GET", f"{_user(user)}.{_BY_NAME}(PrivilegeName={odata.literal(name)})") for name in asked
    ]
    try:
        answers = await client.batch(requests)
    except RequestFailed as error:
        if error.status in _SILENT:
            return {}
        raise
    told = (_granted(None if answer.failed else answer.body) for answer, *_ in answers)
    return {
        name.lower(): granted.get(name.lower())
        for name, granted in zip(asked, told, strict=True)
        if granted is not None
    }


def _user(user: str) -> str:
    return f"{odata.row('systemusers', user)}/Microsoft.Dynamics.CRM"


def _granted(body: Any) -> Mapping[str, Depth] | None:
    """The deepest of each name: several roles may grant one. None where the answer is no list of privileges.

    A depth that is no word of these counts as all: nobody is warned on a guess.
    """
    rows = body.get("RolePrivileges") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return None
    found: dict[str, Depth] = {}
    for row in rows:
        name = row.get("PrivilegeName") if isinstance(row, dict) else None
        if isinstance(name, str):
            depth = Depth.__members__.get(str(row.get("Depth")).upper(), Depth.GLOBAL)
            found[name.lower()] = max(depth, found.get(name.lower(), depth))
    return found
