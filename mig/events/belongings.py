"""What belongs to the registrations of an event, one side held against the other while both are read. Pure.

There may be a million such rows. Rows that are equal are forgotten as soon as both are there, so what is held
is what differs, and what waits for the other side's page. Only then rows are paired that are not equal.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Final, NamedTuple

from mig.events.ids import copy_id, derived
from mig.events.matching import Matching
from mig.events.pairing import Identified, Pairing
from mig.events.rows import Attendance, Belonging
from mig.events.tables import ANSWER, ATTENDEE_PASS, SESSION_REGISTRATION, Rows

_Says = bool | Decimal | bytes | None
_Said = tuple[str, str, _Says] | tuple[str, str, str, _Says]
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


@dataclass(slots=True)
class _Waiting:
    """Rows of one side that have no like so far: the `first` to say so, and `more` that say the same."""

    first: dict[_Said, str] = field(default_factory=dict)
    more: list[Belonging] = field(default_factory=list)

    def add(self, said: _Said, row_id: str) -> None:
        """One more."""
        if said in self.first:
            self.more.append(_row(row_id, said))
        else:
            self.first[said] = row_id

    def rows(self) -> list[Belonging]:
        """All of them, by id."""
        first = (_row(row_id, said) for said, row_id in self.first.items())
        return sorted((*first, *self.more), key=_ID)


def _row(row_id: str, said: _Said) -> Belonging:
    registration, about, says = said[-3:]
    return Belonging(row_id, registration, about, says)


class Account:
    """The rows of one kind as they come, of both sides, in any order.

    A row that waits is an id, kept by what the row or its copy says: plain tuples take the least memory.
    Copies of ours are to meet their very sources, so that there the id is part of what is said; those of a
    job meet whoever says the same.
    """

    def __init__(self, kind: Kind, source: Attendance, target: Attendance | None, matching: Matching) -> None:
        self._kind = kind
        self._target = target.event.id if target else ""
        self._registered = {row.id for row in source.registrations}
        self._known = {row.id for row in kind.things(source)} if kind.things else None
        self._things = kind.copies(matching)
        self._copies = matching.registrations.copies()
        self._copied = frozenset(self._copies.values())
        self._twice = frozenset(row.id for _, row in matching.duplicates)
        self._ours = matching.ours
        self._there = self._loose = self._telling = self._here = self._met = 0
        self._about: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self._mine = _Waiting()
        self._theirs = _Waiting()
        self._uncopied: list[Belonging] = []
        self._of_twice: list[Belonging] = []

    def mine(self, row: Belonging) -> None:
        """A row of the source."""
        row_id, registration, about, says = row
        self._there += 1
        if says:
            self._telling += 1
        known = registration in self._registered
        if known:
            self._about[0][about] += 1
        if not known or (self._known is not None and about not in self._known):
            self._loose += 1
        elif (copy := self._copies.get(registration)) is not None:
            said: _Said = (copy, self._things.get(about, about), says)
            self._meet((self._copy(row_id), *said) if self._ours else said, row_id, self._theirs, self._mine)
        elif self._target:
            self._uncopied.append(row)

    def theirs(self, row: Belonging) -> None:
        """A row of the target."""
        row_id, registration, about, says = row
        self._here += 1
        self._about[1][about] += 1
        if registration in self._copied:
            # What we made waits for its very source, or that would be written again and again in vain.
            by_id = self._ours or derived(row_id)
            said = (row_id, registration, about, says) if by_id else (registration, about, says)
            self._meet(said, row_id, self._mine, self._theirs)
        elif registration in self._twice:
            self._of_twice.append(row)

    def done(self) -> Belongings:
        """When all rows are there."""
        mine, theirs = self._mine.rows(), self._theirs.rows()
        pairing = Pairing(mine, theirs)  # the source's too are told by what their copies say
        pairing.one_to_one(lambda row: self._copy(row.id))
        by_id = pairing.paired
        pairing.in_order(lambda row: row[1:], lambda row: row[1:])
        pairing.in_order(lambda row: row[1:3], lambda row: row[1:3])
        found = pairing.done()
        return Belongings(
            there=self._there,
            loose=self._loose,
            telling=self._telling,
            here=self._here,
            copied=by_id + (self._met if self._ours else 0),
            about=self._about,
            missing=tuple(self._as_it_was(found.missing)),
            surplus=found.surplus,
            unequal=tuple(self._unequal(found.pairs)),
            uncopied=tuple(sorted(self._uncopied, key=_ID)),
            twice=tuple(sorted(self._of_twice, key=_ID)),
        )

    def _meet(self, said: _Said, row_id: str, there: _Waiting, here: _Waiting) -> None:
        if there.first.pop(said, None) is None:
            here.add(said, row_id)
        else:
            self._met += 1

    def _copy(self, row_id: str) -> str:
        return copy_id(self._target, self._kind.rows.table, row_id)

    def _as_it_was(self, rows: Iterable[Belonging]) -> Iterator[Belonging]:
        """Rows of the source again, of what their copies would say."""
        registrations = {copy: mine for mine, copy in self._copies.items()}
        things = {copy: mine for mine, copy in self._things.items()}
        for row in rows:
            yield row._replace(
                registration=registrations[row.registration], about=things.get(row.about, row.about)
            )

    def _unequal(self, pairs: Iterable[tuple[Belonging, Belonging]]) -> Iterator[Unequal]:
        unlike = [(mine, theirs) for mine, theirs in pairs if mine[1:] != theirs[1:]]
        sources = self._as_it_was(mine for mine, _ in unlike)
        for source, (mine, theirs) in zip(sources, unlike, strict=True):
            yield Unequal(source, theirs, elsewhere=mine[1:3] != theirs[1:3])
