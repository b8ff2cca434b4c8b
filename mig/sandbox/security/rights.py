"""What one user may do, as a value: privileges by name with their depth (dataverse-schema.md §9).

Basic   the user's own rows            Deep    those of the business units below it too
Local   those of the business unit     Global  all rows
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from mig.model.tables import Table

VERBS: Final = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")
_OF_OWNERS: Final = ("Assign", "Share")  # what has no owner cannot be handed on
_SECURED: Final = frozenset({"user", "businessunit", "organization"})
_NAMESPACE: Final = uuid5(NAMESPACE_DNS, "security.sandbox.mig")

ACT_ON_BEHALF: Final = "prvActOnBehalfOfAnotherUser"
OVERRIDE_CREATED: Final = "prvOverrideCreatedOnCreatedBy"
WITHOUT_TABLE: Final = (ACT_ON_BEHALF, OVERRIDE_CREATED)


class Depth(IntEnum):
    """How far a privilege reaches; the numbers are those of `roleprivileges.privilegedepthmask`."""

    BASIC = 1
    LOCAL = 2
    DEEP = 4
    GLOBAL = 8


@dataclass(frozen=True, slots=True)
class Rights:
    """A user's privileges. `units` are the user's business unit and all below it."""

    user: str
    unit: str
    units: frozenset[str]
    depths: Mapping[str, Depth]

    def depth(self, verb: str, table: Table) -> Depth | None:
        """How deep the user may do that with rows of the table; None: not at all."""
        if not is_secured(table):
            return Depth.GLOBAL
        depth = self.depths.get(privilege_name(verb, table))
        return Depth.GLOBAL if depth is not None and table.ownership == "organization" else depth

    def covers(self, depth: Depth, owner: object, unit: object) -> bool:
        """Whether a row of that owner and business unit is within the depth."""
        match depth:
            case Depth.GLOBAL:
                return True
            case Depth.DEEP:
                return owner == self.user or unit in self.units
            case Depth.LOCAL:
                return owner == self.user or unit == self.unit
        return owner == self.user

    def within(self, other: "Rights | None") -> "Rights":
        """Only what `other` may do as well, each as deep as both may; None may do everything."""
        if other is None:
            return self
        shared = self.depths.keys() & other.depths.keys()
        return replace(self, depths={name: min(self.depths[name], other.depths[name]) for name in shared})

    def held_by(self, user: str, unit: str, units: frozenset[str]) -> "Rights":
        """The same privileges, their depths counted from another user."""
        return Rights(user, unit, units, self.depths)


def is_secured(table: Table) -> bool:
    """Whether privileges are needed at all: intersect tables and the platform's own have none."""
    return table.ownership in _SECURED


def verbs_of(table: Table) -> tuple[str, ...]:
    """What can be done with rows of the table, as privileges name it."""
    if table.ownership == "user":
        return VERBS
    return tuple(verb for verb in VERBS if verb not in _OF_OWNERS) if is_secured(table) else ()


def privilege_name(verb: str, table: Table) -> str:
    """`prv`, the verb and the table's schema name in its letter case."""
    return f"prv{verb}{table.schema_name}"


def privilege_id(name: str) -> str:
    """The id of a privilege; the same in every world, so that a world file can name it."""
    return str(uuid5(_NAMESPACE, f"privilege:{name}"))


def role_id(name: str) -> str:
    """The id of a role that is given by its name alone."""
    return str(uuid5(_NAMESPACE, f"role:{name}"))
