"""What is to be done about a reconciliation that is not clean. Pure: rows are named, nothing is written.

reference/events-and-transition.md 1.6: a few missing registrations are added one by one; where many are
missing, the move runs again into a new draft. Numbers decide on active registrations alone: what a job leaves
behind by its kind (cancelled ones, answers) a new draft would lack as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mig.events.both import Both
from mig.events.ids import copy_id
from mig.events.reconciliation import Difference, Differing, Reconciliation
from mig.events.rows import Attendance
from mig.events.tables import (
    ANSWER,
    ASKED,
    ATTENDEE_PASS,
    PASS,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    WAITING,
)
from mig.manifest.model import Amount
from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding, Severity

ORDER: Final = (
    SESSION.table,
    PASS.table,
    ASKED.table,
    REGISTRATION.table,
    SESSION_REGISTRATION.table,
    ATTENDEE_PASS.table,
    ANSWER.table,
    WAITING.table,
)
"""Tables in the order in which rows can be written: each names only rows of those before it (2.5)."""

_NAMED: Final = (SESSION.table, PASS.table, REGISTRATION.table)
_DRAFTS: Final = 1  # a second new draft would lose as many again


class Way(StrEnum):
    """What becomes of an event. `person`: nothing of ours helps."""

    NOTHING = "nothing"
    ROWS = "rows"
    NEW_DRAFT = "new_draft"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What is to be written. `lost` counts active registrations that are missing, of which `allowed` are few.

    `writes`: by table, in the order of writing, ids of the source's rows, each with the id of the row of the
    target that is made or put right. `ids` has the target's id of each row that others name: of sessions,
    passes, questions and registrations. `unlike` are the rows among them that are there and say something
    else. `removals` are registrations of the target. A question that an event does not ask is written by its
    link to the event: the question is one row for all.
    """

    way: Way
    lost: int = 0
    allowed: int = 0
    writes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    unlike: frozenset[str] = frozenset()
    removals: tuple[str, ...] = ()

    def finding(self, address: Address) -> Finding | None:
        """Why rows are not enough; None where they are."""
        lost = counted(self.lost, "active registration")
        numbers = f"{lost} missing, {self.allowed:,} may be added one by one"
        match self.way:
            case Way.NEW_DRAFT:
                return Finding(
                    code="EVT034",
                    severity=Severity.WARNING,
                    message=numbers,
                    fix="the next apply moves the event into a new draft; raise `repair` to add rows instead",
                    address=address,
                )
            case Way.PERSON:
                return Finding(
                    code="EVT037",
                    severity=Severity.ERROR,
                    message=f"{numbers}; a new draft lost as many before",
                    fix="find out why rows are refused or lost, or raise `repair` to add them one by one",
                    address=address,
                )
        return None


def decide(
    found: Reconciliation,
    both: Both,
    *,
    few: int | None,
    share: Amount,
    abandoned: int = 0,
) -> Repair:
    """The repair of one event. What is waived is left as it is; so is what only a person can judge.

    Up to the larger of `few` and `share` of the source's registrations are added one by one, any number where
    `few` is None. `abandoned` counts the drafts that were given up for this event.
    """
    total = len(both.source.registrations)
    allowed = total if few is None else few_of(few, share, total)
    lost = _lost(found, both.source)
    if lost > allowed:
        way = Way.PERSON if abandoned >= _DRAFTS else Way.NEW_DRAFT
        return Repair(way=way, lost=lost, allowed=allowed)
    ids = _ids(found)
    open_ones = [one for check, one in found.differing if check.faulty and one.fixable]
    writes = _writes(open_ones, both)
    removals = tuple(
        sorted(one.target for one in open_ones if one.what is Difference.DUPLICATE and one.target)
    )
    return Repair(
        way=Way.ROWS if writes or removals else Way.NOTHING,
        lost=lost,
        allowed=allowed,
        writes=writes,
        ids={**ids, **{mine: copy for table in _NAMED for mine, copy in writes.get(table, {}).items()}},
        unlike=frozenset(one.source for one in open_ones if one.what is Difference.DIFFERS and one.source),
        removals=removals,
    )


def few_of(few: int, share: Amount, whole: int) -> int:
    """How many of so many registrations are few: the larger of a number and a share."""
    return max(few, int(share.number * whole / 100 if share.percent else share.number))


def _lost(found: Reconciliation, source: Attendance) -> int:
    """Active registrations that did not come over, late ones aside."""
    check = found.check("C2")
    if not check.faulty:
        return 0
    cancelled = {row.id for row in source.registrations if row.cancelled}
    return sum(one.source not in cancelled for one in check.differing)


def _ids(found: Reconciliation) -> Mapping[str, str]:
    matching = found.matching
    return {
        **matching.sessions.copies(),
        **matching.passes.copies(),
        **matching.questions.copies(),
        **matching.registrations.copies(),
    }


def _writes(open_ones: Iterable[Differing], both: Both) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {table: {} for table in ORDER}
    target_event = both.target.event.id
    for one in open_ones:
        if one.source is not None and one.what in (Difference.MISSING, Difference.DIFFERS):
            found[one.table][one.source] = one.target or copy_id(target_event, one.table, one.source)
    lost = {
        one.source for one in open_ones if one.table == REGISTRATION.table and one.what is Difference.MISSING
    }
    for table, belongings in both.belongings.items():
        for row in belongings.uncopied:
            if row.registration in lost:
                found[table][row.id] = copy_id(target_event, table, row.id)
    return {table: dict(sorted(rows.items())) for table, rows in found.items() if rows}
