"""What belongs to the registrations of an event, one side held against the other while both are read. Pure.

There may be a million such rows. Rows that are equal are forgotten as soon as both are there, so what is held
is what differs, and what waits for the other side's page. Only then rows are paired that are not equal.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, NamedTuple

from mig.events.ids import copy_id, derived
from mig.events.matching import Matching
from mig.events.pairing import Identified, Pairing
from mig.events.rows import Attendance, Belonging
from mig.events.tables import ANSWER, ATTENDEE_PASS, SESSION_REGISTRATION, Rows

_Key = tuple[str, str, Hashable]
_ID: Final = attrgetter("id")


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of such rows: the name of what a row is about, and of what more it says.

    `things` are the sessions or passes of an event: rows about another event's cannot move. Questions are
    anybody's. `copies` gives the ids of the things in the target by those in the source.
    """

    rows: Rows
    thing: str
    column: str
    things: Callable[[Attendance], Sequence[Identified]] | None
    copies: Callable[[Matching], Mapping[str, str]]


BOOKED: Final = Kind(
    SESSION_REGISTRATION,
    "session",
    "cancelled",
    lambda side: side.sessions,
    lambda found: found.sessions.copies(),
)
HELD: Final = Kind(
    ATTENDEE_PASS, "pass", "price", lambda side: side.passes, lambda found: found.passes.copies()
)
GIVEN: Final = Kind(ANSWER, "question", "text", None, lambda found: found.questions.copies())
KINDS: Final = (BOOKED, HELD, GIVEN)


class Unequal(NamedTuple):
    """A row and its copy, which says something else, or is `elsewhere`: about another thing."""

    mine: Belonging
    theirs: Belonging
    elsewhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """The rows of one kind, of both sides.

    Numbers: `there` counts the source's, of which `loose` hang on what is no part of the event and `telling`
    say something; `here` the target's, of which `copied` are copies of ours by their ids. `about` counts by
    session, pass or question: the source's, of registrations it has, and the target's.

    Rows, of registrations that have a copy: `missing`, `surplus`, and those that are `unequal`; where several
    say the same, any of them may be the one that is missing. `uncopied` can be copied once their registration
    is. `twice` belong to registrations that are in the target twice.
    """

    there: int = 0
    loose: int = 0
    telling: int = 0
    here: int = 0
    copied: int = 0
    about: tuple[Mapping[str, int], Mapping[str, int]] = field(default_factory=lambda: (Counter(), Counter()))
    missing: tuple[Belonging, ...] = ()
    surplus: tuple[Belonging, ...] = ()
    unequal: tuple[Unequal, ...] = ()
    uncopied: tuple[Belonging, ...] = ()
    twice: tuple[Belonging, ...] = ()


class Account:
    """The rows of one kind as they come, of both sides, in any order."""

    def __init__(self, kind: Kind, source: Attendance, target: Attendance | None, matching: Matching) -> None:
        self._kind = kind
        self._target = target.event.id if target else ""
        self._registered = {row.id for row in source.registrations}
        self._known = {row.id for row in kind.things(source)} if kind.things else None
        self._things = kind.copies(matching)
        self._copies = matching.registrations.copies()
        self._copied = frozenset(self._copies.values())
        self._twice = frozenset(row.id for _, row in matching.duplicates)
        # Copies of ours meet their very sources, by their ids; those of a job meet by what they say.
        self._ours = matching.ours
        self._numbers: Counter[str] = Counter()
        self._about: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._mine: dict[Hashable, list[Belonging]] = {}
        self._theirs: dict[Hashable, list[Belonging]] = {}
        self._uncopied: list[Belonging] = []
        self._of_twice: list[Belonging] = []

    def mine(self, row: Belonging) -> None:
        """A row of the source."""
        self._numbers["there"] += 1
        if row.says:
            self._numbers["telling"] += 1
        known = row.registration in self._registered
        if known:
            self._about[0][row.about] += 1
        if not known or (self._known is not None and row.about not in self._known):
            self._numbers["loose"] += 1
        elif row.registration in self._copies:
            key = self._key(row)
            self._meet((self._copy(row), key) if self._ours else key, row, self._theirs, self._mine)
        elif self._target:
            self._uncopied.append(row)

    def theirs(self, row: Belonging) -> None:
        """A row of the target."""
        self._numbers["here"] += 1
        self._about[1][row.about] += 1
        if row.registration in self._copied:
            # What we made waits for its very source, or that would be written again and again in vain.
            known = self._ours or derived(row.id)
            self._meet((row.id, row[1:]) if known else row[1:], row, self._mine, self._theirs)
        elif row.registration in self._twice:
            self._of_twice.append(row)

    def done(self) -> Belongings:
        """When all rows are there."""
        pairing = Pairing(_all(self._mine), _all(self._theirs))
        pairing.one_to_one(self._copy)
        by_id = pairing.paired
        pairing.in_order(self._key, lambda row: row[1:])
        pairing.in_order(lambda row: self._key(row)[:2], lambda row: row[1:3])
        found = pairing.done()
        return Belongings(
            there=self._numbers["there"],
            loose=self._numbers["loose"],
            telling=self._numbers["telling"],
            here=self._numbers["here"],
            copied=by_id + (self._numbers["equal"] if self._ours else 0),
            about=self._about,
            missing=found.missing,
            surplus=found.surplus,
            unequal=tuple(
                Unequal(mine, theirs, elsewhere=key[:2] != theirs[1:3])
                for mine, theirs in found.pairs
                if (key := self._key(mine)) != theirs[1:]
            ),
            uncopied=tuple(sorted(self._uncopied, key=_ID)),
            twice=tuple(sorted(self._of_twice, key=_ID)),
        )

    def _key(self, row: Belonging) -> _Key:
        """What the copy of a row says."""
        return self._copies[row.registration], self._things.get(row.about, row.about), row.says

    def _copy(self, row: Belonging) -> str:
        return copy_id(self._target, self._kind.rows.table, row.id)

    def _meet(
        self,
        index: Hashable,
        row: Belonging,
        there: dict[Hashable, list[Belonging]],
        here: dict[Hashable, list[Belonging]],
    ) -> None:
        waiting = there.get(index)
        if waiting is None:
            here.setdefault(index, []).append(row)
            return
        self._numbers["equal"] += 1
        waiting.pop()
        if not waiting:
            del there[index]


def _all(waiting: Mapping[Hashable, list[Belonging]]) -> list[Belonging]:
    return sorted((row for rows in waiting.values() for row in rows), key=_ID)
