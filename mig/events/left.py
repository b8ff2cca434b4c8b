"""What of an event does not move by itself, in numbers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mig.events.belongings import Belongings
from mig.events.rows import Attendance
from mig.events.tables import ANSWER, ATTENDEE_PASS
from mig.events.waitlist import queue_of, unlisted, waitlisted_id, waitlisted_status
from mig.manifest.model import EventEntry, Waitlist
from mig.model.counted import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """`waiting` is the waitlist as `Queue.counts`; `unlisted` of those who could be are not on the target's.

    `status` is the number of the status reason *Waitlisted*, where the organisation has one.
    """

    waiting: Mapping[str, int] = field(default_factory=dict)
    unlisted: int = 0
    status: int | None = None
    answers: int = 0
    paid_passes: int = 0
    checkins: int = 0

    @classmethod
    def of(
        cls, source: Attendance, target: Attendance | None, belongings: Mapping[str, Belongings]
    ) -> "Left":
        """Counted. A source in the target's organisation knows the labels as well."""
        people = queue_of(source.waiting, source.registrations)
        status = waitlisted_status((target or source).status_labels)
        there = (target.event.id, target.registrations) if target else ("", ())
        return cls(
            waiting=people.counts,
            unlisted=len(unlisted(people.people, *there, status)),
            status=status,
            answers=belongings[ANSWER.table].there,
            paid_passes=belongings[ATTENDEE_PASS.table].telling,
            checkins=source.checkins,
        )


def to_list(entry: EventEntry, left: Left) -> int:
    """How many people are to be put on the target's waitlist."""
    wanted = entry.waitlist is Waitlist.RECREATE and left.status is not None
    return left.unlisted if wanted else 0


def unlistable(entry: EventEntry, left: Left) -> int:
    """How many people the manifest wants on the target's waitlist who cannot be put there."""
    wanted = entry.waitlist is Waitlist.RECREATE and left.status is None
    return left.waiting.get("waiting", 0) if wanted else 0


def without_status(people: int) -> str:
    """Why they cannot."""
    who = counted(people, "person", "people")
    return (
        f"{who} on the waitlist cannot be put on the target's: no status reason of a registration is called "
        "Waitlisted there, or several are"
    )


def waitlist_copies(source: Attendance, target: Attendance | None) -> frozenset[str]:
    """The ids that registrations made from waitlist items have in the target."""
    if target is None:
        return frozenset()
    return frozenset(waitlisted_id(target.event.id, one.id) for one in source.waiting)
