"""What a world starts from: the value that the world maker and world files both produce.

Rows are in stored form, the form SQL and query evaluation read: ids lower-case text without braces, booleans
0 or 1, choices their number, date-times text `YYYY-MM-DDTHH:MM:SSZ` in UTC, date-only columns `YYYY-MM-DD`,
decimals and money numbers, lookups the bare id under the column's logical name. A lookup that may point at
several tables names its table under `<column>@type`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mig.model.tables import Column, Relationship
from mig.sandbox.switches import Switches


class Phase(StrEnum):
    """How far the removal of outbound marketing has gone (reference: events-and-transition.md §4)."""

    LIVE = "live"
    HIDDEN = "hidden"
    REMOVED = "removed"


class Deed(StrEnum):
    """What a fault does (design §13, and what else dataverse-web-api.md §15.6 asks of a test bed)."""

    THROTTLE = "throttle"
    ERROR_5XX = "error-5xx"
    TIMEOUT_AFTER_COMMIT = "timeout-after-commit"
    DROP_RESPONSE_AFTER_COMMIT = "drop-response-after-commit"
    RESET_BEFORE = "reset-before"
    TRUNCATE = "truncate"
    STUCK_PUBLISHING = "stuck-publishing"
    LOSE_REGISTRATIONS = "lose-registrations"
    EXPIRE_TOKEN = "expire-token"  # noqa: S105 -- no token
    DROP_PRIVILEGE = "drop-privilege"
    SLOW = "slow"
    THROTTLE_LAST_PART = "throttle-last-part"
    FOREIGN_NEXT_LINK = "foreign-next-link"
    REPEATED_NEXT_LINK = "repeated-next-link"


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour on request: `on` is `METHOD path-pattern`, `do` what happens to a matching request.

    It happens to the `nth` of them, to `every` so manieth, with a `probability` drawn by `seed`, or to all.
    """

    on: str
    do: Deed
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    seed: int = 0


Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Lazy:
    """Rows that are made while they are read, each time anew, so that a large table is never held."""

    make: Callable[[], Iterable[Row]]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.make())


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A whole situation: phase, time (aware, UTC), rows by table, with their ids, and the columns and
    alternate keys that this organisation has beyond the bundled tables, with the relationships of the lookups
    among the columns. An empty `organization_id` is derived from the world's name.
    """

    phase: Phase
    now: datetime
    rows: Mapping[str, Iterable[Row]]
    columns: Mapping[str, tuple[Column, ...]]
    relationships: tuple[Relationship, ...] = ()
    keys: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    organization_id: str = ""
    switches: Switches = field(default_factory=Switches)
