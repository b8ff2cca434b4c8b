"""Reconciles so many registrations with as many; prints processor seconds and the peak in MB.

To standard error; not on Windows.

    python -m benchmarks.events COUNT

Each registration is for three sessions, and has a pass and an answer. One in a thousand has no copy, and as
many copies say another role. The copy is a job's, with ids of its own.
"""

import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, uuid5

from mig.events.reconcile import reconcile
from mig.events.reconciliation import Reconciled
from mig.events.rows import (
    OUTBOUND,
    REAL_TIME,
    Answer,
    Attendance,
    AttendeePass,
    Event,
    Pass,
    PublishStatus,
    Question,
    Registration,
    Session,
    SessionRegistration,
)

SPRING = datetime(2026, 3, 1, tzinfo=UTC)
SESSIONS = 3


def main() -> None:
    """Both sides are made first; comparing them is timed."""
    count = int(sys.argv[1])
    source, target = attendance("source", count), attendance("target", count)
    start = time.process_time()
    found = reconcile(source, target, started=SPRING + timedelta(days=30))
    took = time.process_time() - start
    lost, drifted = len(found.check("C2").differing), len(found.check("C5").differing)
    if (lost, drifted, found.outcome) != (count // 1000, count // 1000, Reconciled.FIXABLE):
        raise SystemExit(f"{lost} missing, {drifted} unlike: {found.outcome}")
    print(took, peak(), file=sys.stderr)


def attendance(side: str, count: int) -> Attendance:
    """One side. Texts that several rows share are one text, as when they are read."""
    sessions = tuple(
        Session(
            id=an_id(f"{side}:session:{number}"),
            name=f"Session {number}",
            start=SPRING,
            end=SPRING,
            capacity=None,
            publish_status=PublishStatus.DRAFT,
        )
        for number in range(SESSIONS)
    )
    kind = Pass(
        id=an_id(f"{side}:pass"), name="Day", price=Decimal(30), currency=None, allocated=None, sold=None
    )
    question = Question(id=an_id("question"), text="Meal?", kind=100000000)
    people = tuple(registrations(side, count))
    return Attendance(
        event=event(side),
        sessions=sessions,
        passes=(kind,),
        questions=(question,),
        registrations=people,
        session_registrations=tuple(
            SessionRegistration(
                id=an_id(f"{row.id}:{session.id}"),
                registration=row.id,
                session=session.id,
                cancelled=row.cancelled,
            )
            for row in people
            for session in sessions
        ),
        attendee_passes=tuple(
            AttendeePass(id=an_id(f"{row.id}:pass"), registration=row.id, kind=kind.id, price=kind.price)
            for row in people
        ),
        answers=tuple(
            Answer(
                id=an_id(f"{row.id}:answer"),
                registration=row.id,
                question=question.id,
                text=row.name.encode(),
            )
            for row in people
        ),
        status_labels={1: "Active"},
    )


def event(side: str) -> Event:
    """A draft."""
    return Event(
        id=an_id(side),
        name=side,
        source_system=OUTBOUND if side == "source" else REAL_TIME,
        publish_status=PublishStatus.DRAFT,
        start=SPRING,
        end=SPRING,
        created=SPRING,
        modified=SPRING,
        modified_by=None,
        owner_id=None,
        unit_id=None,
        capacity=None,
        creates_leads=False,
    )


def registrations(side: str, count: int) -> Iterator[Registration]:
    """In no order of their ids; the target lacks some, and says another role of others."""
    for number in range(count):
        copy = side == "target"
        if copy and number % 1000 == 0:
            continue
        yield Registration(
            id=an_id(f"{side}:{number}"),
            name=f"EV001-{number:06}",
            contact=an_id(f"contact:{number}"),
            registered_by=None,
            cancelled=number % 20 == 1,
            role=2 if copy and number % 1000 == 1 else 1,
            state=0,
            status=1,
            qr=uuid5(NAMESPACE_OID, f"qr:{number}").bytes,
            created=SPRING + timedelta(seconds=number % 86_400),
        )


def an_id(text: str) -> str:
    """The same text gives the same id."""
    return str(uuid5(NAMESPACE_OID, text))


def peak() -> float:
    """The most memory this process ever had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


if __name__ == "__main__":
    main()
