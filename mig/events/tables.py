"""The tables of an event, and how the rows of one event are found.

Facts: reference/events-and-transition.md 2.1; names of navigation properties: dataverse-schema.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rows:
    """A table. `filters` find what belongs to an event, each with a place for its id; one is enough."""

    table: str
    entity_set: str
    filters: tuple[str, ...] = ()

    @property
    def id_column(self) -> str:
        """The primary id."""
        return f"{self.table}id"

    def of(self, event_id: str) -> str:
        """The `$filter` for one event."""
        return " or ".join(f"{one} eq {event_id}" for one in self.filters)


EVENT: Final = Rows("msevtmgt_event", "msevtmgt_events", ("msevtmgt_eventid",))
SESSION: Final = Rows("msevtmgt_session", "msevtmgt_sessions", ("_msevtmgt_event_value",))
PASS: Final = Rows("msevtmgt_pass", "msevtmgt_passes", ("_msevtmgt_eventid_value",))
ASKED: Final = Rows(
    "msevtmgt_eventcustomregistrationfield",
    "msevtmgt_eventcustomregistrationfields",
    ("_msevtmgt_event_value",),
)
QUESTION: Final = Rows("msevtmgt_customregistrationfield", "msevtmgt_customregistrationfields")
REGISTRATION: Final = Rows(
    "msevtmgt_eventregistration", "msevtmgt_eventregistrations", ("_msevtmgt_eventid_value",)
)
# The lookup to the event is optional on these two: what belongs to a registration counts all the same.
SESSION_REGISTRATION: Final = Rows(
    "msevtmgt_sessionregistration",
    "msevtmgt_sessionregistrations",
    ("_msevtmgt_event_value", "msevtmgt_RegistrationID/_msevtmgt_eventid_value"),
)
ATTENDEE_PASS: Final = Rows(
    "msevtmgt_attendeepass",
    "msevtmgt_attendeepasses",
    ("_msevtmgt_eventid_value", "msevtmgt_EventRegistrationId/_msevtmgt_eventid_value"),
)
ANSWER: Final = Rows(
    "msevtmgt_registrationresponse",
    "msevtmgt_registrationresponses",
    ("msevtmgt_eventregistration/_msevtmgt_eventid_value",),
)
WAITING: Final = Rows("msevtmgt_waitlistitem", "msevtmgt_waitlistitems", ("_msevtmgt_event_value",))
CHECKIN: Final = Rows("msevtmgt_checkin", "msevtmgt_checkins", ("_msevtmgt_event_value",))

CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    SESSION.table: ("session",),
    PASS.table: ("pass", "passes"),
    ASKED.table: ("question",),
    REGISTRATION.table: ("registration",),
    SESSION_REGISTRATION.table: ("session registration",),
    ATTENDEE_PASS.table: ("attendee pass", "attendee passes"),
    ANSWER.table: ("answer",),
    WAITING.table: ("person on the waitlist", "people on the waitlist"),
}
"""What a row of a table is called; and several, where that is more than an s."""
