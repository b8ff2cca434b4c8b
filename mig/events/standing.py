"""How far an event has come: what there is on either side, and what has no copy yet. Numbers only, pure.

Nothing of persons is in it, not even their ids: so it may be kept in a snapshot, and shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from mig.events.compared import Compared
from mig.events.ids import copy_id
from mig.events.left import Left, waitlist_copies
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
    def of(cls, found: Attendance) -> "Tally":
        """Counted."""
        return cls(
            sessions=len(found.sessions),
            passes=len(found.passes),
            questions=len(found.questions),
            registrations=len(found.registrations),
            session_registrations=len(found.session_registrations),
            attendee_passes=len(found.attendee_passes),
            answers=len(found.answers),
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
    says why some of them cannot be.
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
    """Of one kind: ids of the source's rows, of those that can be copied, of the copies, of the target's."""

    there: int
    movable: int
    copies: frozenset[str]
    here: frozenset[str]


def standing_of(source: Attendance, target: Attendance | None) -> Standing:
    """Compare both sides by the ids that copies have."""
    kinds = dict(_kinds(source, target))
    return Standing(
        source=source.event,
        target=target.event if target else None,
        there=Tally.of(source),
        here=Tally.of(target) if target else Tally(),
        missing=_counted({kind: one.movable - len(one.copies & one.here) for kind, one in kinds.items()}),
        foreign=_counted({kind: len(one.here - one.copies) for kind, one in kinds.items()}),
        loose=_counted({kind: one.there - one.movable for kind, one in kinds.items()}),
        live_sessions=tuple(one.id for one in source.sessions if one.publish_status == PublishStatus.LIVE),
        left=Left.of(source, target),
        gaps={**source.gaps, **(target.gaps if target else {})},
    )


def _kinds(source: Attendance, target: Attendance | None) -> Iterator[tuple[str, _Rows]]:
    here = target or Attendance(event=source.event)
    of = partial(_rows, target.event.id if target else "")
    sessions, passes, registered = _ids(source.sessions), _ids(source.passes), _ids(source.registrations)
    yield "sessions", of(SESSION, source.sessions, here.sessions)
    yield "passes", of(PASS, source.passes, here.passes)
    asked = _ids(source.questions)  # a question is one row for all events that ask it
    yield "questions", _Rows(len(asked), len(asked), asked, _ids(here.questions))
    waits = waitlist_copies(source, target)
    others = [one for one in here.registrations if one.id not in waits]
    yield "registrations", of(REGISTRATION, source.registrations, others)
    booked = [
        one
        for one in source.session_registrations
        if one.session in sessions and one.registration in registered
    ]
    there, copies = source.session_registrations, here.session_registrations
    yield "session registrations", of(SESSION_REGISTRATION, there, copies, booked)
    held = [one for one in source.attendee_passes if one.kind in passes and one.registration in registered]
    yield "attendee passes", of(ATTENDEE_PASS, source.attendee_passes, here.attendee_passes, held)
    given = [one for one in source.answers if one.registration in registered]
    yield "answers", of(ANSWER, source.answers, here.answers, given)


class _Row(Protocol):
    @property
    def id(self) -> str: ...


def _rows(
    target: str,
    rows: Rows,
    there: Sequence[_Row],
    here: Sequence[_Row],
    movable: Sequence[_Row] | None = None,
) -> _Rows:
    moving = there if movable is None else movable
    copies = frozenset(copy_id(target, rows.table, one.id) for one in moving) if target else frozenset()
    return _Rows(len(there), len(moving), copies, _ids(here))


def _ids(rows: Iterable[_Row]) -> frozenset[str]:
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
