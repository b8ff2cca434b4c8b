"""Business units below the root, with the users and teams who own rows; one user has left and owns some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.dice import Row, row_id

UNIT: Final = "businessunit"
USER: Final = "systemuser"
TEAM: Final = "team"

_OWNING_TEAM: Final = 0  # of `teamtype`


@dataclass(frozen=True, slots=True)
class Owner:
    """A user or a team: the columns that say of a row that it is theirs, and those that most tables add."""

    columns: Row
    more: Row


def staff_rows() -> dict[str, list[Row]]:
    """Units, users and teams by table: two or three users, the unit's own team and one more in each unit."""
    teams = [_team(unit, name) for unit in words.UNITS for name in (unit, _working_team(unit))]
    return {
        UNIT: [{"businessunitid": row_id(UNIT, unit), "name": unit, "isdisabled": 0} for unit in words.UNITS],
        USER: [_user(unit, name) for unit, names in words.UNITS.items() for name in names],
        TEAM: teams,
    }


def owners() -> Sequence[Owner]:
    """Everybody who owns rows: each user, also the one who has left, and one team of each unit."""
    found: list[Owner] = []
    for unit, names in words.UNITS.items():
        found += [_owner(unit, USER, name) for name in names]
        found.append(_owner(unit, TEAM, _working_team(unit)))
    return found


def _owner(unit: str, kind: str, name: str) -> Owner:
    owner = row_id(kind, name)
    return Owner(
        {"ownerid": owner, "ownerid@type": kind, "owningbusinessunit": row_id(UNIT, unit)},
        {
            "owninguser": owner if kind == USER else None,
            "owningteam": owner if kind == TEAM else None,
        },
    )


def _working_team(unit: str) -> str:
    return f"Marketing {unit}"


def _user(unit: str, name: str) -> Row:
    first, last = name.split()
    address = f"{first}.{last}@example.com".lower()
    return {
        "systemuserid": row_id(USER, name),
        "fullname": name,
        "firstname": first,
        "lastname": last,
        "domainname": address,
        "internalemailaddress": address,
        "businessunitid": row_id(UNIT, unit),
        "isdisabled": int(name == words.LEFT),
        "accessmode": 0,
    }


def _team(unit: str, name: str) -> Row:
    """Every unit has a team of its own name, to which all of its users belong."""
    return {
        "teamid": row_id(TEAM, name),
        "name": name,
        "businessunitid": row_id(UNIT, unit),
        "administratorid": row_id(USER, words.UNITS[unit][0]),
        "isdefault": int(name == unit),
        "teamtype": _OWNING_TEAM,
    }
