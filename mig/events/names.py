"""The tables that are compared, by their names."""

from typing import Final

SESSION: Final = "msevtmgt_session"
PASSES: Final = "msevtmgt_pass"
QUESTION: Final = "msevtmgt_customregistrationfield"
ASKED: Final = "msevtmgt_eventcustomregistrationfield"
REGISTRATION: Final = "msevtmgt_eventregistration"
SESSION_REGISTRATION: Final = "msevtmgt_sessionregistration"
ATTENDEE_PASSES: Final = "msevtmgt_attendeepass"
ANSWER: Final = "msevtmgt_registrationresponse"
WAITING: Final = "msevtmgt_waitlistitem"
CHECKIN: Final = "msevtmgt_checkin"
