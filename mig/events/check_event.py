"""C1, C9, C11 to C13: the event as a whole. Facts: reference/events-and-transition.md 2.3. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from mig.events.belongings import BOOKED, GIVEN, HELD
from mig.events.labels import meaning_of
from mig.events.pairing import Mine, Paired, Theirs, age
from mig.events.reconciliation import BY_ID, Check, Difference, Differing, Explained, Grade, Tally
from mig.events.rows import Attendance, Registration
from mig.events.sides import Sides, judged
from mig.events.tables import ASKED, CALLED, PASS, SESSION, WAITING
from mig.events.waitlist import BY_HAND, waitlisted_status
from mig.model.counted import counted

_OF_ROWS: Final = frozenset({"C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C12"})
"""Checks that say which rows are too many or too few."""


# --- C1 ---------------------------------------------------------------------------------------------------


def counts(sides: Sides, others: Sequence[Check]) -> Check:
    """C1: how many rows there are of everything. Which rows those are that differ, the other checks say."""
    tallies = tuple(_tallies(sides))
    unequal = [one for one in tallies if one.source != one.target]
    found = {"counted": len(tallies), "differing": len(unequal)}
    total = tallies[0]
    told = f"{counted(total.target, 'registration')} of {total.source:,}"
    if not unequal:
        told = f"{counted(total.source, 'registration')}, and as many rows of everything"
        return Check(name="C1", grade=Grade.OK, told=told, counts=found, tallies=tallies)
    if any(map(_explains, others)):
        return Check(name="C1", grade=Grade.NOTED, told=told, counts=found, tallies=tallies)
    return Check(
        name="C1",
        grade=Grade.NEEDS_PERSON,
        told=f"{told}; {counted(len(unequal), 'count')} unequal, though each registration is as it should be",
        fix="rows of the target belong to no registration: look for them in the event's lists",
        counts=found,
        tallies=tallies,
    )


def _explains(check: Check) -> bool:
    """Whether it names rows because of which numbers may differ."""
    return check.name in _OF_ROWS and any(one.explained is not Explained.NOT_MOVED for one in check.differing)


def _tallies(sides: Sides) -> Iterator[Tally]:
    source, target = sides.source, sides.target
    waiters = {row.id for _, row in sides.matching.waiting.pairs}
    registered = [row for row in target.registrations if row.id not in waiters]
    yield Tally("registrations", len(source.registrations), len(registered))
    here = Counter(row.cancelled for row in source.registrations)
    there = Counter(row.cancelled for row in registered)
    yield Tally("cancelled registrations", here[True], there[True])
    by_status = _by_status(source, source.registrations), _by_status(target, registered)
    for status in sorted({*by_status[0], *by_status[1]}):
        yield Tally(f"registrations that are {status}", by_status[0][status], by_status[1][status])
    booked, held, given = (sides.belongings[kind.rows.table].about for kind in (BOOKED, HELD, GIVEN))
    yield from _each("session registrations of", sides.matching.sessions, *booked)
    yield from _each("attendee passes of", sides.matching.passes, *held)
    yield from _each("answers to", sides.matching.questions, *given)


def _by_status(attendance: Attendance, registrations: Sequence[Registration]) -> Counter[str]:
    return Counter(meaning_of(attendance, row) for row in registrations)


def _each(
    what: str, things: Paired[Mine, Theirs], here: Mapping[str, int], there: Mapping[str, int]
) -> Iterator[Tally]:
    """By the name of a session or pass, or the text of a question; those without a copy too."""
    for mine, row in things.pairs:
        yield Tally(f"{what} {_called(mine)}", here.get(mine.id, 0), there.get(row.id, 0))
    for mine in things.missing:
        yield Tally(f"{what} {_called(mine)}", here.get(mine.id, 0), 0)
    for row in things.surplus:
        yield Tally(f"{what} {_called(row)}", 0, there.get(row.id, 0))


def _called(row: object) -> str:
    return str(getattr(row, "name", "") or getattr(row, "text", "") or getattr(row, "id", ""))


# --- C9 ---------------------------------------------------------------------------------------------------


def structure(sides: Sides) -> Check:
    """C9: sessions, passes and questions themselves, and the capacities of sessions."""
    found = sides.matching
    differing = [
        *_structural(sides, SESSION.table, found.sessions),
        *_structural(sides, PASS.table, found.passes),
        *_structural(sides, ASKED.table, found.questions),
        *_capacities(sides),
    ]
    told = []
    for what in (Difference.MISSING, Difference.SURPLUS, Difference.DIFFERS):
        by_table = Counter(one.table for one in differing if one.what is what)
        told += [f"{counted(count, *CALLED[table])} {what}" for table, count in by_table.items()]
    unclear = len(found.sessions.unclear | found.passes.unclear | found.questions.unclear)
    return judged(
        "C9",
        differing,
        told=", ".join(told).replace(Difference.DIFFERS, "with other capacities"),
        fine="sessions, passes and questions are there",
        fix="`mig apply` writes them",
        by_hand="of several with one name and time, or one price, nobody can tell which is which: rename them"
        if unclear
        else BY_ID,
        counts={"unclear": unclear},
    )


def _structural(sides: Sides, table: str, found: Paired[Mine, Theirs]) -> Iterator[Differing]:
    for mine in found.missing:
        yield Differing(table, Difference.MISSING, mine.id, None, fixable=mine.id not in found.unclear)
    for row in found.surplus:
        by_people = Explained.LIVE if sides.live else None
        yield Differing(table, Difference.SURPLUS, None, row.id, explained=by_people)


def _capacities(sides: Sides) -> Iterator[Differing]:
    """The product demands that an event takes as many as each of its sessions."""
    whole = sides.target.event.capacity
    for mine, row in sides.matching.sessions.pairs:
        over = whole is not None and row.capacity is not None and row.capacity > whole
        if over or mine.capacity != row.capacity:
            yield Differing(
                SESSION.table,
                Difference.DIFFERS,
                mine.id,
                row.id,
                columns=("capacity",),
                explained=None if over else Explained.NOT_MOVED,
            )
    for one, other in sides.matching.passes.pairs:
        if one.allocated != other.allocated:
            yield Differing(
                PASS.table,
                Difference.DIFFERS,
                one.id,
                other.id,
                columns=("allocated",),
                explained=Explained.NOT_MOVED,
            )


# --- C11 to C13 -------------------------------------------------------------------------------------------


def side_effects(sides: Sides) -> Check:
    """C11: what the move must not have caused. Check-ins are counted; leads and mails nobody can tell apart
    from those of other causes, so that they are asked for and hold up nothing."""
    target = sides.target
    found = {"check_ins_source": sides.source.checkins, "check_ins_target": target.checkins}
    if target.checkins and not sides.live:
        return Check(
            name="C11",
            grade=Grade.NEEDS_PERSON,
            told=f"{counted(target.checkins, 'check-in')} at an event that is a draft",
            fix="find out what made them; no move writes check-ins",
            counts=found,
        )
    if target.event.creates_leads and target.registrations:
        told = "the target makes a lead of each registration; whether it did is not known"
        return Check(name="C11", grade=Grade.NOTED, told=told, counts=found)
    if sides.source.checkins and not sides.live:
        told = f"the source keeps its {counted(sides.source.checkins, 'check-in')}"
        return Check(name="C11", grade=Grade.NOTED, told=told, counts=found)
    return Check(name="C11", grade=Grade.OK, told="no check-in and no lead came of it", counts=found)


def waitlist(sides: Sides) -> Check:
    """C12: who waits in the source waits in the target, in the same order."""
    found = sides.matching.waiting
    total = len(sides.source.waiting)
    aside = total - len(found.pairs) - len(found.missing)
    numbers = {"waiting": total, "aside": aside, "recreated": len(found.pairs)}
    if not total:
        return Check(name="C12", grade=Grade.OK, told="nobody waits", counts=numbers)
    if not sides.recreates:
        told = f"{counted(total, 'person', 'people')} on the waitlist, which is exported and not written"
        return Check(name="C12", grade=Grade.NOTED, told=told, counts=numbers)
    known = waitlisted_status(sides.target.status_labels) is not None
    differing = [
        Differing(WAITING.table, Difference.MISSING, row.id, None, fixable=known) for row in found.missing
    ]
    differing += _out_of_order(sides)
    told = f"{counted(len(found.missing), 'person', 'people')} of {total:,} missing on the waitlist"
    if len(differing) > len(found.missing):
        told += "; those who are there wait in another order"
    check = judged(
        "C12",
        differing,
        told=told,
        fine=f"{counted(len(found.pairs), 'person', 'people')} on the waitlist, in order",
        fix="`mig apply` adds them",
        by_hand=BY_HAND,
        counts=numbers,
    )
    if aside and check.grade is Grade.OK:
        told = f"{check.told}; {aside:,} not written: they wait for a session, or are registered already"
        return Check(name="C12", grade=Grade.NOTED, told=told, counts=numbers)
    return check


def _out_of_order(sides: Sides) -> list[Differing]:
    """Real-time journeys promote the oldest registration first."""
    pairs = sides.matching.waiting.pairs
    return [
        Differing(WAITING.table, Difference.DIFFERS, mine.id, row.id, columns=("order",))
        for (_, before), (mine, row) in pairwise(pairs)
        if age(before)[0] > age(row)[0]
    ]


def settings(sides: Sides) -> Check:
    """C13: settings never move, so that a difference is work for later and no fault."""
    if sides.settings is None:
        return Check(name="C13", grade=Grade.NOTED, told="the events' settings were not compared")
    numbers = {"differing": sides.settings}
    if not sides.settings:
        return Check(name="C13", grade=Grade.OK, told="the events' settings are the same", counts=numbers)
    told = f"{counted(sides.settings, 'setting')} of the event unlike the source; no move carries them over"
    return Check(name="C13", grade=Grade.NOTED, told=told, counts=numbers)
