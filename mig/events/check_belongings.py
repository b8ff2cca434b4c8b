"""C6 to C8: sessions, passes and answers of each registration. reference/events-and-transition.md 2.3. Pure.

What belongs to a registration that has no copy comes with it, and is not counted here again.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar

from mig.events.ids import copy_id
from mig.events.pairing import Identified, Pairing
from mig.events.reconciliation import BY_ID, Check, Difference, Differing, Explained
from mig.events.rows import Answer, Attendance, AttendeePass, Pass, SessionRegistration
from mig.events.sides import Sides, counted, judged
from mig.events.tables import ANSWER, ATTENDEE_PASS, PASS, SESSION_REGISTRATION


class Belonging(Identified, Protocol):
    """A row that belongs to a registration."""

    @property
    def registration(self) -> str:
        """The id of the registration."""


Part = TypeVar("Part", bound=Belonging)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[Part]):
    """A table of such rows: which session, pass or question a row is about, and what more it says.

    `things` are those sessions or passes: rows about another event's cannot move. Questions are anybody's.
    """

    table: str
    thing: str
    about: Callable[[Part], str]
    column: str
    says: Callable[[Part], Hashable]
    things: Callable[[Attendance], Sequence[Identified]] | None


_SESSIONS: Final[_Kind[SessionRegistration]] = _Kind(
    SESSION_REGISTRATION.table,
    "session",
    lambda row: row.session,
    "cancelled",
    lambda row: row.cancelled,
    lambda side: side.sessions,
)
_PASSES: Final[_Kind[AttendeePass]] = _Kind(
    ATTENDEE_PASS.table,
    "pass",
    lambda row: row.kind,
    "price",
    lambda row: row.price,
    lambda side: side.passes,
)
_ANSWERS: Final[_Kind[Answer]] = _Kind(
    ANSWER.table, "question", lambda row: row.question, "text", lambda row: row.text, None
)


def sessions(sides: Sides) -> Check:
    """C6: the sessions that each registration is for."""
    source, target = sides.source.session_registrations, sides.target.session_registrations
    differing = list(_differing(sides, _SESSIONS, source, target, sides.matching.sessions.copies()))
    return _judged("C6", differing, "session registration")


def passes(sides: Sides) -> Check:
    """C7: the passes that each registration has; and whether more are given out than there are."""
    source, target = sides.source.attendee_passes, sides.target.attendee_passes
    differing = list(_differing(sides, _PASSES, source, target, sides.matching.passes.copies()))
    oversold = list(_oversold(sides))
    check = _judged("C7", [*differing, *oversold], "attendee pass", "attendee passes")
    if oversold:
        names = counted(len(oversold), "pass", "passes")
        check = replace(check, told=f"{check.told}; of {names} more are given out than there are")
    return check


def answers(sides: Sides) -> Check:
    """C8: what was answered; the order of several choices does not matter."""
    source, target = sides.source.answers, sides.target.answers
    differing = list(_differing(sides, _ANSWERS, source, target, sides.matching.questions.copies()))
    return _judged("C8", differing, "answer")


def _judged(name: str, differing: Sequence[Differing], what: str, several: str = "") -> Check:
    kinds = Counter(one.what for one in differing if not one.columns or one.table != PASS.table)
    told = ", ".join(f"{kinds[kind]:,} {_TOLD[kind]}" for kind in _TOLD if kinds[kind])
    return judged(
        name,
        differing,
        told=f"{several or what + 's'}: {told or 'as in the source'}",
        fine=f"every registration has its {several or what + 's'}",
        fix="`mig apply` writes them",
        by_hand=BY_ID,
        counts={_TOLD[kind]: kinds[kind] for kind in _TOLD},
    )


_TOLD: Final = {
    Difference.MISSING: "missing",
    Difference.SURPLUS: "surplus",
    Difference.DIFFERS: "unequal",
}


def _differing(
    sides: Sides,
    kind: _Kind[Part],
    source: Sequence[Part],
    target: Sequence[Part],
    things: Mapping[str, str],
) -> Iterator[Differing]:
    """The rows of one table that differ, of registrations that have a copy."""
    copied = frozenset(sides.copies.values())
    about, says = kind.about, kind.says
    known = None if kind.things is None else {row.id for row in kind.things(sides.source)}

    def mine(row: Part) -> tuple[str, str, Hashable] | None:
        copy, thing = sides.copies.get(row.registration), about(row)
        if copy is None or (known is not None and thing not in known):
            return None
        return copy, things.get(thing, thing), says(row)

    def theirs(row: Part) -> tuple[str, str, Hashable] | None:
        return (row.registration, about(row), says(row)) if row.registration in copied else None

    lost, extra = _unequal(source, target, mine, theirs)
    pairing = Pairing(lost, extra)
    pairing.one_to_one(lambda row: copy_id(sides.target.event.id, kind.table, row.id))
    pairing.in_order(lambda row: _about(mine(row)), lambda row: _about(theirs(row)))
    found = pairing.done()
    for row in found.missing:
        yield Differing(
            kind.table,
            Difference.MISSING,
            row.id,
            None,
            row.registration,
            fixable=sides.certain(row.registration),
        )
    by_people = Explained.LIVE if sides.live else None
    for row in found.surplus:
        yield Differing(kind.table, Difference.SURPLUS, None, row.id, row.registration, explained=by_people)
    for row, other in found.pairs:
        columns = (kind.thing,) if _about(mine(row)) != _about(theirs(other)) else ()
        if says(row) != says(other):
            columns = (*columns, kind.column)
        yield Differing(
            kind.table,
            Difference.DIFFERS,
            row.id,
            other.id,
            row.registration,
            columns,
            fixable=not sides.live and sides.certain(row.registration),
            explained=by_people if columns == ("cancelled",) else None,
        )


def _about(key: tuple[str, str, Hashable] | None) -> Hashable:
    """Whose row it is and what about, whatever it says."""
    return None if key is None else key[:2]


def _unequal(
    source: Sequence[Part],
    target: Sequence[Part],
    mine: Callable[[Part], Hashable],
    theirs: Callable[[Part], Hashable],
) -> tuple[list[Part], list[Part]]:
    """The rows that have no equal on the other side. Only keys are held: there may be millions of rows."""
    left = Counter(key for row in target if (key := theirs(row)) is not None)
    lost = []
    for row in source:
        if (key := mine(row)) is None:
            continue
        if left.get(key):
            left[key] -= 1
        else:
            lost.append(row)
    extra = []
    if any(left.values()):
        for row in target:
            if left.get(key := theirs(row)):
                left[key] -= 1
                extra.append(row)
    return lost, extra


def _oversold(sides: Sides) -> Iterator[Differing]:
    """Passes of which more are given out than there are, where the source has enough."""
    here = Counter(row.kind for row in sides.source.attendee_passes)
    there = Counter(row.kind for row in sides.target.attendee_passes)
    for mine, row in sides.matching.passes.pairs:
        if _lacks(row, there[row.id]) and not _lacks(mine, here[mine.id]):
            yield Differing(PASS.table, Difference.DIFFERS, mine.id, row.id, columns=("allocated",))


def _lacks(kind: Pass, given: int) -> bool:
    return kind.allocated is not None and given > kind.allocated
