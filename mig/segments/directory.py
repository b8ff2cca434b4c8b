"""The users, teams and business units of an environment, as far as owning rows goes.

Sign-in names tell users apart, and are nobody's business: each is turned into a digest as it is read. Digests
are compared, and what a manifest calls a user is compared as one too.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from mig.dataverse import odata
from mig.dataverse.cells import lookup, row_key
from mig.dataverse.client import Client
from mig.dataverse.messages import Row
from mig.segments.cells import owner_path

_USERS: Final = ("systemuserid", "domainname", "isdisabled", "_businessunitid_value")
_TEAMS: Final = ("teamid", "name", "_businessunitid_value")
_UNITS: Final = ("businessunitid", "name", "_parentbusinessunitid_value")

TEAM: Final = "team:"
USER: Final = "user:"


@dataclass(frozen=True, slots=True)
class Owner:
    """A user or a team. `name` is the team's name, or the digest of the user's sign-in name."""

    id: str
    team: bool
    name: str
    unit_id: str | None
    disabled: bool = False

    @property
    def path(self) -> str:
        """Its row."""
        return owner_path(self.id, team=self.team)

    @property
    def shown(self) -> str:
        """What may be shown of it: a team's name, a user's id."""
        return f"team {self.name!r}" if self.team else f"user {self.id}"

    @property
    def words(self) -> Sequence[str]:
        """What a manifest may call it, as `forms` writes that."""
        prefix = TEAM if self.team else USER
        return tuple(word.casefold() for word in (self.id, prefix + self.name, self.name))


def forms(word: str) -> tuple[str, str]:
    """What a manifest's word for an owner is compared as: itself in lower case, and the digest of a user."""
    folded = word.strip().casefold()
    return folded, USER + _digest(folded.removeprefix(USER))


def _digest(sign_in_name: str) -> str:
    return hashlib.sha256(sign_in_name.strip().casefold().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Unit:
    """A business unit; the one without a parent is the root of the organisation."""

    id: str
    name: str
    root: bool

    @property
    def words(self) -> Sequence[str]:
        """What a manifest may call it, in lower case."""
        return self.id, self.name.casefold()


@dataclass(frozen=True)
class Directory:
    """Who can own rows in one environment."""

    owners: Mapping[str, Owner]
    units: Mapping[str, Unit]

    def owners_called(self, word: str) -> Sequence[Owner]:
        """All owners that a word means: an id, `team:` and a name, `user:` and a sign-in name, or a name."""
        found = (owner for form in forms(word) for owner in self._owners_by_word.get(form, ()))
        return tuple({owner.id: owner for owner in found}.values())

    def units_called(self, word: str) -> Sequence[Unit]:
        """All business units that a word means: an id or a name."""
        return self._units_by_word.get(word.strip().casefold(), ())

    def owner_shown(self, owner_id: str | None) -> str | None:
        """A team's name, or a user's id: who that is is nobody's business here."""
        owner = self.owners.get(owner_id or "")
        return owner.name if owner is not None and owner.team else owner_id

    def unit_shown(self, unit_id: str | None) -> str | None:
        """A business unit's name; its id where it cannot be seen."""
        unit = self.units.get(unit_id or "")
        return unit.name if unit is not None else unit_id

    @cached_property
    def root(self) -> Unit | None:
        """The business unit above all others."""
        return next((unit for unit in self.units.values() if unit.root), None)

    @cached_property
    def _owners_by_word(self) -> Mapping[str, Sequence[Owner]]:
        return _by_word(self.owners.values())

    @cached_property
    def _units_by_word(self) -> Mapping[str, Sequence[Unit]]:
        return _by_word(self.units.values())


_Named = TypeVar("_Named", Owner, Unit)


def _by_word(every: Iterable[_Named]) -> Mapping[str, Sequence[_Named]]:
    found: dict[str, list[_Named]] = {}
    for one in every:
        for word in one.words:
            found.setdefault(word, []).append(one)
    return found


async def read_directory(client: Client) -> Directory:
    """Read all three tables, in one request as long as each fits a page."""
    users, teams, units = await client.listings(
        [
            odata.query("systemusers", select=_USERS),
            odata.query("teams", select=_TEAMS),
            odata.query("businessunits", select=_UNITS),
        ]
    )
    owners = [*map(_user, users), *map(_team, teams)]
    return Directory({owner.id: owner for owner in owners}, {unit.id: unit for unit in map(_unit, units)})


def _user(row: Row) -> Owner:
    return Owner(
        id=row_key(row, "systemuserid"),
        team=False,
        name=_digest(name) if (name := str(row.get("domainname") or "")) else "",
        unit_id=lookup(row, "businessunitid"),
        disabled=bool(row.get("isdisabled")),
    )


def _team(row: Row) -> Owner:
    return Owner(
        id=row_key(row, "teamid"),
        team=True,
        name=str(row.get("name") or ""),
        unit_id=lookup(row, "businessunitid"),
    )


def _unit(row: Row) -> Unit:
    parent = lookup(row, "parentbusinessunitid")
    return Unit(row_key(row, "businessunitid"), str(row.get("name") or ""), root=parent is None)
