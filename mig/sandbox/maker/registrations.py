"""The rows that tell what people did about events: registrations and all that hangs on them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.attendees import REGISTRATION, Attendee, Waiting
from mig.sandbox.maker.dice import Row, row_id, stamp
from mig.sandbox.spec import Lazy

QUESTION: Final = "msevtmgt_customregistrationfield"
_SESSION_REGISTRATION: Final = "msevtmgt_sessionregistration"
_TICKET: Final = "msevtmgt_attendeepass"
_ANSWER: Final = "msevtmgt_registrationresponse"
_WAITLIST: Final = "msevtmgt_waitlistitem"
_CHECKIN: Final = "msevtmgt_checkin"

ACTIVE: Final[Row] = {"statecode": 0, "statuscode": 1}
_SESSION_CHECKIN: Final = 100000000  # dataverse-schema.yaml


@dataclass(frozen=True, slots=True)
class Attended:
    """An event with its people; `number` is its place among the events, `passes` are ids with prices."""

    number: int
    id: str
    sessions: Sequence[str]
    passes: Sequence[tuple[str, int]]
    attendees: Sequence[Attendee]
    waiting: Sequence[Waiting]


def registration_rows(events: Sequence[Attended]) -> Mapping[str, Lazy]:
    """The rows of all events, by table."""
    makers = {
        REGISTRATION: _registrations,
        _SESSION_REGISTRATION: _sessions,
        _TICKET: _passes,
        _ANSWER: _answers,
        _WAITLIST: _waitlist,
        _CHECKIN: _checkins,
    }
    return {table: Lazy(partial(_of_all, make, events)) for table, make in makers.items()}


def _of_all(make: Callable[[Attended], Iterator[Row]], events: Sequence[Attended]) -> Iterator[Row]:
    for event in events:
        yield from make(event)


def dated(table: str, event: int, key: object, created: int) -> Row:
    """What every row of an event has: an id by the event's number and a key, times, the active state."""
    at = stamp(created)
    return {f"{table}id": row_id(table, f"{event}:{key}"), **ACTIVE, "createdon": at, "modifiedon": at}


def _name(event: Attended, place: int) -> str:
    return f"EV{event.number + 1:03}-{place + 1:06}"


def _registrations(event: Attended) -> Iterator[Row]:
    for place, one in enumerate(event.attendees):
        at, name = stamp(one.created), _name(event, place)
        yield {
            "msevtmgt_eventregistrationid": one.id,
            "msevtmgt_name": name,
            "msevtmgt_contactid": one.contact,
            "msevtmgt_registeredby": one.contact if one.guest else None,
            "msevtmgt_eventid": event.id,
            "msevtmgt_iscanceled": one.cancelled,
            "msevtmgt_primaryrole": one.role,
            "msevtmgt_qrcode": f"QR {name}",
            "msevtmgt_originaltimestamp": at,
            **ACTIVE,
            "createdon": at,
            "modifiedon": at,
        }


def _sessions(event: Attended) -> Iterator[Row]:
    for place, one in enumerate(event.attendees):
        for number in one.sessions:
            yield {
                **dated(_SESSION_REGISTRATION, event.number, f"{place}:{number}", one.created),
                "msevtmgt_name": _name(event, place),
                "msevtmgt_sessionid": event.sessions[number],
                "msevtmgt_registrationid": one.id,
                "msevtmgt_event": event.id,
                "msevtmgt_contactid": one.contact,
                "msevtmgt_iscanceled": one.cancelled,
            }


def _passes(event: Attended) -> Iterator[Row]:
    for place, one in enumerate(event.attendees):
        if one.kind is not None:
            kind, price = event.passes[one.kind]
            yield {
                **dated(_TICKET, event.number, place, one.created),
                "msevtmgt_name": _name(event, place),
                "msevtmgt_eventid": event.id,
                "msevtmgt_eventregistrationid": one.id,
                "msevtmgt_pass": kind,
                "msevtmgt_contact": one.contact,
                "msevtmgt_passprice": price,
            }


def _answers(event: Attended) -> Iterator[Row]:
    questions = [row_id(QUESTION, number) for number in range(len(words.QUESTIONS))]
    for place, one in enumerate(event.attendees):
        for number, said in one.answers:
            yield {
                **dated(_ANSWER, event.number, f"{place}:{number}", one.created),
                "msevtmgt_response": said,
                "msevtmgt_customregistrationfield": questions[number],
                "msevtmgt_eventregistration": one.id,
            }


def _waitlist(event: Attended) -> Iterator[Row]:
    for place, one in enumerate(event.waiting):
        yield {
            **dated(_WAITLIST, event.number, place, one.since),
            "msevtmgt_event": event.id,
            "msevtmgt_contact": one.contact,
            "msevtmgt_autoregister": one.automatic,
            "msevtmgt_invited": 0,
            "msevtmgt_reserved": 0,
        }


def _checkins(event: Attended) -> Iterator[Row]:
    for place, one in enumerate(event.attendees):
        if one.arrived is not None:
            yield {
                **dated(_CHECKIN, event.number, place, one.arrived),
                "msevtmgt_checkintime": stamp(one.arrived),
                "msevtmgt_checkintype": _SESSION_CHECKIN,
                "msevtmgt_contact": one.contact,
                "msevtmgt_event": event.id,
                "msevtmgt_registrationid": one.id,
                "msevtmgt_sessionattended": event.sessions[0],
            }
