"""Events as values: one with people, its copy by mig, and what the official job would make of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from mig.events.belongings import BOOKED, GIVEN, HELD, KINDS, Account
from mig.events.both import Both
from mig.events.ids import copy_id
from mig.events.matching import match
from mig.events.repair import Repair
from mig.events.rows import (
    OUTBOUND,
    REAL_TIME,
    Attendance,
    Belonging,
    Event,
    Pass,
    PublishStatus,
    Question,
    Registration,
    Session,
    Waiting,
)

TABLES = {
    BOOKED.rows.table: "session_registrations",
    HELD.rows.table: "attendee_passes",
    GIVEN.rows.table: "answers",
}
SPRING = datetime(2026, 3, 1, tzinfo=UTC)
STARTED = datetime(2026, 11, 1, tzinfo=UTC)
LABELS = {1: "Active", 2: "Inactive", 3: "Waitlisted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Attendance):
    """An event with all its rows."""

    session_registrations: tuple[Belonging, ...] = ()
    attendee_passes: tuple[Belonging, ...] = ()
    answers: tuple[Belonging, ...] = ()


def both(source: Whole, target: Whole, seed: int = 0) -> Both:
    """As if both were read, their rows coming in any order."""
    matching = match(source, target)
    dice = Random(seed)
    belongings = {}
    for kind in KINDS:
        account = Account(kind, source, target, matching)
        takes: list[tuple[Callable[[Belonging], None], Belonging]] = [
            *((account.mine, row) for row in getattr(source, TABLES[kind.rows.table])),
            *((account.theirs, row) for row in getattr(target, TABLES[kind.rows.table])),
        ]
        dice.shuffle(takes)
        for take, row in takes:
            take(row)
        belongings[kind.rows.table] = account.done()
    return Both(source=source, target=target, matching=matching, belongings=belongings)


def made_id(what: str, number: object) -> str:
    """The same number gives the same id; of the version that services make."""
    return str(UUID(bytes=uuid5(NAMESPACE_OID, f"{what}:{number}").bytes, version=4))


def an_event(name: str, system: int) -> Event:
    return Event(
        id=made_id("event", name),
        name=name,
        source_system=system,
        publish_status=PublishStatus.DRAFT,
        start=SPRING,
        end=SPRING + timedelta(days=1),
        created=SPRING,
        modified=SPRING,
        modified_by=None,
        owner_id=None,
        unit_id=None,
        capacity=None,
        creates_leads=False,
    )


def a_registration(number: int, **facts: Any) -> Registration:
    """Each has a contact of its own."""
    plain = Registration(
        id=made_id("registration", number),
        name=f"EV001-{number:06}",
        contact=made_id("contact", number),
        registered_by=None,
        cancelled=False,
        role=100000000,
        state=0,
        status=1,
        qr=f"QR {number}".encode(),
        created=SPRING + timedelta(minutes=number),
    )
    return replace(plain, **facts)


def an_attendance(registrations: Sequence[Registration], waiting: int = 0) -> Whole:
    """Everybody is in the first session, every other one in the second; each has a pass and an answer."""
    opening, closing = (
        Session(
            id=made_id("session", name),
            name=name,
            start=SPRING,
            end=SPRING + timedelta(hours=1),
            capacity=100,
            publish_status=PublishStatus.DRAFT,
        )
        for name in ("Opening", "Closing")
    )
    kind = Pass(id=made_id("pass", 0), name="Day", price=Decimal(30), currency=None, allocated=100_000)
    question = Question(id=made_id("question", 0), text="Meal?", kind=100000000)
    both = [(row, opening) for row in registrations] + [(row, closing) for row in registrations[::2]]
    return Whole(
        event=an_event("source", OUTBOUND),
        sessions=(opening, closing),
        passes=(kind,),
        questions=(question,),
        registrations=tuple(registrations),
        session_registrations=tuple(
            Belonging(made_id(session.name, row.id), row.id, session.id, row.cancelled)
            for row, session in both
        ),
        attendee_passes=tuple(
            Belonging(made_id("ticket", row.id), row.id, kind.id, Decimal(30)) for row in registrations
        ),
        answers=tuple(
            Belonging(made_id("answer", row.id), row.id, question.id, b"soup") for row in registrations
        ),
        waiting=tuple(
            Waiting(
                id=made_id("waiting", number),
                contact=made_id("waiter", number),
                session=None,
                created=SPRING + timedelta(days=1, minutes=number),
                automatic=True,
            )
            for number in range(waiting)
        ),
        status_labels=LABELS,
    )


def copied(source: Whole, *, waiting: bool = False) -> Whole:
    """The event's copy by mig: every id follows from the source's."""
    target = an_event("target", REAL_TIME)

    def derive(table: str) -> Callable[[str], str]:
        return lambda row_id: copy_id(target.id, table, row_id)

    people = _copied(source, target, derive)
    waiters = [_waiter(row, derive("msevtmgt_waitlistitem")(row.id)) for row in source.waiting]
    everybody = (*people.registrations, *(waiters if waiting else ()))
    return replace(people, registrations=everybody, waiting=())


def by_job(source: Whole, *, names: bool = True, links: bool = False, qr: bool = True) -> Whole:
    """The copy by a job: ids of its own."""
    target = an_event("target", REAL_TIME)
    found = _copied(source, target, lambda table: lambda row_id: made_id(f"{target.id}{table}", row_id))
    registrations = tuple(
        replace(
            copy,
            name=copy.name if names else copy.id[:12],
            links=(row.id,) if links else (),
            qr=copy.qr if qr else None,
        )
        for row, copy in zip(source.registrations, found.registrations, strict=True)
    )
    return replace(found, registrations=registrations, waiting=())


def _copied(source: Whole, target: Event, derive: Callable[[str], Callable[[str], str]]) -> Whole:
    session, kind = derive("msevtmgt_session"), derive("msevtmgt_pass")
    registration = derive("msevtmgt_eventregistration")
    parts, tickets = derive("msevtmgt_sessionregistration"), derive("msevtmgt_attendeepass")
    answers = derive("msevtmgt_registrationresponse")
    return replace(
        source,
        event=target,
        sessions=tuple(replace(row, id=session(row.id)) for row in source.sessions),
        passes=tuple(replace(row, id=kind(row.id)) for row in source.passes),
        registrations=tuple(
            replace(row, id=registration(row.id), created=STARTED) for row in source.registrations
        ),
        session_registrations=tuple(
            Belonging(parts(row.id), registration(row.registration), session(row.about), row.says)
            for row in source.session_registrations
        ),
        attendee_passes=tuple(
            Belonging(tickets(row.id), registration(row.registration), kind(row.about), row.says)
            for row in source.attendee_passes
        ),
        answers=tuple(
            Belonging(answers(row.id), registration(row.registration), row.about, row.says)
            for row in source.answers
        ),
    )


def _waiter(row: Waiting, row_id: str) -> Registration:
    return a_registration(0, id=row_id, name="", contact=row.contact, status=3, qr=None, created=row.created)


def without(target: Whole, gone: Iterable[str]) -> Whole:
    """Without these registrations, and without what belongs to them."""
    ids = frozenset(gone)
    return replace(
        target,
        registrations=tuple(row for row in target.registrations if row.id not in ids),
        session_registrations=tuple(
            row for row in target.session_registrations if row.registration not in ids
        ),
        attendee_passes=tuple(row for row in target.attendee_passes if row.registration not in ids),
        answers=tuple(row for row in target.answers if row.registration not in ids),
    )


def repaired(source: Whole, target: Whole, repair: Repair) -> Whole:
    """The target after the rows of a repair were written."""
    writes = {table: dict(rows) for table, rows in repair.writes.items()}

    def copy(row_id: str) -> str:
        return repair.ids.get(row_id, row_id)

    def put(table: str, here: Sequence[Any], there: Sequence[Any]) -> tuple[Any, ...]:
        """Rows of the target, those that were written in the place of what they were."""
        found = {row.id: row for row in there}
        for row in here:
            if (row_id := writes.get(table, {}).get(row.id)) is not None:
                found[row_id] = (
                    Belonging(row_id, copy(row.registration), copy(row.about), row.says)
                    if isinstance(row, Belonging)
                    else replace(row, id=row_id)
                )
        return tuple(found.values())

    waiters = {
        row_id: _waiter(row, row_id)
        for row in source.waiting
        if (row_id := writes.get("msevtmgt_waitlistitem", {}).get(row.id)) is not None
    }
    people = put("msevtmgt_eventregistration", source.registrations, target.registrations)
    whole = replace(
        target,
        sessions=put("msevtmgt_session", source.sessions, target.sessions),
        passes=put("msevtmgt_pass", source.passes, target.passes),
        registrations=(*people, *waiters.values()),
        **{name: put(table, getattr(source, name), getattr(target, name)) for table, name in TABLES.items()},
    )
    return without(whole, repair.removals)
