"""How far an event has come: what there is on either side, and what has no copy yet. Numbers only, pure.

Nothing of persons is in it, not even their ids: so it may be kept in a snapshot, and shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from mig.events.belongings import Belongings
from mig.events.compared import Compared
from mig.events.ids import copy_id
from mig.events.left import Left, waitlist_copies
from mig.events.pairing import Identified
from mig.events.rows import Attendance, Event, PublishStatus
from mig.events.tables import (
    ANSWER,
    ATTENDEE_PASS,
    PASS,
    REGISTRATION,
    SESSION,
    SESSION_REGISTRATION,
    Rows,
)

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one event has. `statuses` counts registrations by the label of their status."""

    sessions: int = 0
    passes: int = 0
    questions: int = 0
    registrations: int = 0
    session_registrations: int = 0
    attendee_passes: int = 0
    answers: int = 0
    waiting: int = 0
    checkins: int = 0
    statuses: Counts = field(default_factory=dict)

    @classmethod
    def of(cls, found: Attendance, belongings: Mapping[str, int]) -> "Tally":
        """Counted; `belongings` are by table."""
        return cls(
            sessions=len(found.sessions),
            passes=len(found.passes),
            questions=len(found.questions),
            registrations=len(found.registrations),
            session_registrations=belongings[SESSION_REGISTRATION.table],
            attendee_passes=belongings[ATTENDEE_PASS.table],
            answers=belongings[ANSWER.table],
            waiting=len(found.waiting),
            checkins=found.checkins,
            statuses=_statuses(found),
        )

    @property
    def moving(self) -> Counts:
        """What is copied, by kind, in the order in which it is."""
        return {
            "sessions": self.sessions,
            "passes": self.passes,
            "questions": self.questions,
            "registrations": self.registrations,
            "session registrations": self.session_registrations,
            "attendee passes": self.attendee_passes,
            "answers": self.answers,
        }

    @property
    def rows(self) -> int:
        """How many rows that is."""
        return sum(self.moving.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One event and the one it goes to, if that is there.

    By kind: `missing` counts rows of the source that have no copy, `foreign` rows of the target that are no
    copy of ours, `loose` rows of the source that hang on something which is not part of the event, so that
    they cannot be copied. `live_sessions` are the ids of the source's that are live. `left` is what does not
    move by itself. `compared`: what came of comparing both sides once the event was moved. `gaps` are tables
    that could not be read, with the reason. `columns` are the organisation's own that are carried; `unfit`
    says why some of them cannot be, `uncarried` are those that hold something and stay behind.
    """

    source: Event
    target: Event | None
    there: Tally
    here: Tally
    missing: Counts = field(default_factory=dict)
    foreign: Counts = field(default_factory=dict)
    loose: Counts = field(default_factory=dict)
    live_sessions: tuple[str, ...] = ()
    left: Left = field(default_factory=Left)
    compared: Compared | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    unfit: tuple[str, ...] = ()
    uncarried: tuple[str, ...] = ()

    def anew(self) -> "Standing":
        """As it stands where the event is to be moved into a new draft."""
        movable = {kind: count - self.loose.get(kind, 0) for kind, count in self.there.moving.items()}
        left = replace(self.left, unlisted=self.left.waiting.get("waiting", 0))
        fresh = replace(self, target=None, here=Tally(), missing=_counted(movable), foreign={})
        return replace(fresh, left=left, compared=None)

    @property
    def begun(self) -> bool:
        """Whether some of it was copied, by us."""
        kinds = {"sessions": self.there.sessions, "registrations": self.there.registrations}
        return any(
            count > self.missing.get(kind, 0) + self.loose.get(kind, 0) for kind, count in kinds.items()
        )

    @property
    def lacking(self) -> int:
        """How many rows have no copy."""
        return sum(self.missing.values())


@dataclass(frozen=True, slots=True)
class _Rows:
    """How many rows of one kind: of the source, those that can be copied, copies of ours, of the target."""

    there: int
    movable: int
    copied: int
    here: int


def standing_of(
    source: Attendance, target: Attendance | None, belongings: Mapping[str, Belongings]
) -> Standing:
    """Compare both sides by the ids that copies have."""
    kinds = dict(_kinds(source, target, belongings))
    there = {table: found.there for table, found in belongings.items()}
    here = {table: found.here for table, found in belongings.items()}
    return Standing(
        source=source.event,
        target=target.event if target else None,
        there=Tally.of(source, there),
        here=Tally.of(target, here) if target else Tally(),
        missing=_counted({kind: one.movable - one.copied for kind, one in kinds.items()}),
        foreign=_counted({kind: one.here - one.copied for kind, one in kinds.items()}),
        loose=_counted({kind: one.there - one.movable for kind, one in kinds.items()}),
        live_sessions=tuple(one.id for one in source.sessions if one.publish_status == PublishStatus.LIVE),
        left=Left.of(source, target, belongings),
        gaps={**source.gaps, **(target.gaps if target else {})},
    )


def _kinds(
    source: Attendance, target: Attendance | None, belongings: Mapping[str, Belongings]
) -> Iterator[tuple[str, _Rows]]:
    here = target or Attendance(event=source.event)
    of = partial(_rows, target.event.id if target else "")
    yield "sessions", of(SESSION, source.sessions, here.sessions)
    yield "passes", of(PASS, source.passes, here.passes)
    asked, asks = _ids(source.questions), _ids(here.questions)  # one row for all events that ask it
    yield "questions", _Rows(len(asked), len(asked), len(asked & asks), len(asks))
    waits = waitlist_copies(source, target)
    others = [one for one in here.registrations if one.id not in waits]
    yield "registrations", of(REGISTRATION, source.registrations, others)
    for kind, table in _BELONGING.items():
        found = belongings[table]
        yield kind, _Rows(found.there, found.there - found.loose, found.copied, found.here)


_BELONGING: Final = {
    "session registrations": SESSION_REGISTRATION.table,
    "attendee passes": ATTENDEE_PASS.table,
    "answers": ANSWER.table,
}


def _rows(target: str, rows: Rows, there: Sequence[Identified], here: Sequence[Identified]) -> _Rows:
    copies = {copy_id(target, rows.table, one.id) for one in there} if target else set()
    return _Rows(len(there), len(there), len(copies & _ids(here)), len(here))


def _ids(rows: Iterable[Identified]) -> frozenset[str]:
    return frozenset(one.id for one in rows)


def _statuses(found: Attendance) -> Counts:
    """By label; cancelled ones apart, since flag and status are two columns."""
    counts = Counter(
        f"{found.status_labels.get(one.status) or one.status}{', cancelled' if one.cancelled else ''}"
        for one in found.registrations
    )
    return dict(sorted(counts.items()))


def _counted(found: Mapping[str, int]) -> Counts:
    return {kind: number for kind, number in found.items() if number}
