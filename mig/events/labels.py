"""What the status reasons of registrations mean: their numbers are not public, so labels are compared.

reference/events-and-transition.md 2.1. Tables of 2024 know Active and Inactive only; the current product says
Registered, Waitlisted, Canceled and Checked in. That Active and Registered mean the same is inferred.
"""

from typing import Final

from mig.events.rows import Attendance, Registration

_SAME: Final = {"active": "registered", "inactive": "canceled", "cancelled": "canceled"}


def label_of(attendance: Attendance, registration: Registration) -> str:
    """The label as it is shown; the number where nobody knows the label."""
    return attendance.status_labels.get(registration.status, str(registration.status))


def meaning_of(attendance: Attendance, registration: Registration) -> str:
    """A word that is the same for labels that mean the same."""
    label = label_of(attendance, registration).casefold()
    return _SAME.get(label, label)


def waitlisted(attendance: Attendance, registration: Registration) -> bool:
    """Whether it stands for somebody who waits for a place."""
    return meaning_of(attendance, registration) == "waitlisted"
