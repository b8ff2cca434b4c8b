"""Compares the two sides of an event. Pure: whoever calls has read both.

A check whose tables could not be read says so, and says nothing else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from mig.events import check_belongings, check_event, check_registrations
from mig.events.both import Both
from mig.events.reconciliation import Check, Grade, Reconciliation
from mig.events.sides import Sides
from mig.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASS,
    CHECKIN,
    PASS,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    WAITING,
)

_CHECKS: Final[Mapping[str, tuple[Callable[[Sides], Check], tuple[str, ...]]]] = {
    "C2": (check_registrations.missing, (REGISTRATION.table,)),
    "C3": (check_registrations.surplus, (REGISTRATION.table,)),
    "C4": (check_registrations.duplicates, (REGISTRATION.table,)),
    "C5": (check_registrations.attributes, (REGISTRATION.table,)),
    "C6": (check_belongings.sessions, (REGISTRATION.table, SESSION.table, SESSION_REGISTRATION.table)),
    "C7": (check_belongings.passes, (REGISTRATION.table, PASS.table, ATTENDEE_PASS.table)),
    "C8": (check_belongings.answers, (REGISTRATION.table, ASKED.table, ANSWER.table)),
    "C9": (check_event.structure, (SESSION.table, PASS.table, ASKED.table)),
    "C10": (check_registrations.late, (REGISTRATION.table,)),
    "C11": (check_event.side_effects, (CHECKIN.table,)),
    "C12": (check_event.waitlist, (REGISTRATION.table, WAITING.table)),
    "C13": (check_event.settings, ()),
}
_COUNTED: Final = tuple(sorted({table for name in ("C6", "C7", "C8") for table in _CHECKS[name][1]}))


def reconcile(
    both: Both,
    *,
    started: datetime | None,
    recreates: bool = False,
    approved: bool = False,
    settings: int | None = None,
) -> Reconciliation:
    """Everything that was to move, row by row. `Sides` says what the parameters mean."""
    matching = both.matching
    sides = Sides(
        source=both.source,
        target=both.target,
        matching=matching,
        belongings=both.belongings,
        copies=matching.registrations.copies(),
        started=started,
        recreates=recreates,
        approved=approved,
        settings=settings,
    )
    others = [
        _not_made(name, gaps) if (gaps := sides.gaps(*tables)) else check(sides)
        for name, (check, tables) in _CHECKS.items()
    ]
    gaps = sides.gaps(*_COUNTED)
    first = _not_made("C1", gaps) if gaps else check_event.counts(sides, others)
    return Reconciliation(
        checks=(first, *others),
        matching=matching,
        registrations=(
            len(both.source.registrations),
            len(both.target.registrations) - len(matching.waiting.pairs),
        ),
    )


def _not_made(name: str, gaps: tuple[str, ...]) -> Check:
    return Check(
        name=name,
        grade=Grade.UNVERIFIED,
        told=f"not all could be read: {gaps[0]}",
        fix="give this identity read access to the table",
    )
