"""C6 to C8: sessions, passes and answers of each registration. reference/events-and-transition.md 2.3. Pure.

What belongs to a registration that has no copy comes with it, and is not counted here again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from mig.events.belongings import BOOKED, GIVEN, HELD, Kind
from mig.events.reconciliation import BY_ID, Check, Difference, Differing, Explained
from mig.events.rows import Pass
from mig.events.sides import Sides, judged
from mig.events.tables import ATTENDEE_PASS, PASS
from mig.model.counted import counted


def sessions(sides: Sides) -> Check:
    """C6: the sessions that each registration is for."""
    return _judged("C6", list(_differing(sides, BOOKED)), "session registration")


def passes(sides: Sides) -> Check:
    """C7: the passes that each registration has; and whether more are given out than there are."""
    oversold = list(_oversold(sides))
    check = _judged("C7", [*_differing(sides, HELD), *oversold], "attendee pass", "attendee passes")
    if oversold:
        names = counted(len(oversold), "pass", "passes")
        check = replace(check, told=f"{check.told}; of {names} more are given out than there are")
    return check


def answers(sides: Sides) -> Check:
    """C8: what was answered; the order of several choices does not matter."""
    return _judged("C8", list(_differing(sides, GIVEN)), "answer")


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


def _differing(sides: Sides, kind: Kind) -> Iterator[Differing]:
    """The rows of one table that differ, of registrations that have a copy."""
    found, table = sides.belongings[kind.rows.table], kind.rows.table
    for row in found.missing:
        fixable = sides.certain(row.registration)
        yield Differing(table, Difference.MISSING, row.id, None, row.registration, fixable=fixable)
    by_people = Explained.LIVE if sides.live else None
    for row in found.surplus:
        yield Differing(table, Difference.SURPLUS, None, row.id, row.registration, explained=by_people)
    for mine, theirs, elsewhere in found.unequal:
        columns = (kind.thing,) if elsewhere else ()
        if mine.says != theirs.says:
            columns = (*columns, kind.column)
        yield Differing(
            table,
            Difference.DIFFERS,
            mine.id,
            theirs.id,
            mine.registration,
            columns,
            fixable=not sides.live and sides.certain(mine.registration),
            explained=by_people if columns == ("cancelled",) else None,
        )


def _oversold(sides: Sides) -> Iterator[Differing]:
    """Passes of which more are given out than there are, where the source has enough."""
    here, there = sides.belongings[ATTENDEE_PASS.table].about
    for mine, row in sides.matching.passes.pairs:
        if _lacks(row, there.get(row.id, 0)) and not _lacks(mine, here.get(mine.id, 0)):
            yield Differing(PASS.table, Difference.DIFFERS, mine.id, row.id, columns=("allocated",))


def _lacks(kind: Pass, given: int) -> bool:
    return kind.allocated is not None and given > kind.allocated
