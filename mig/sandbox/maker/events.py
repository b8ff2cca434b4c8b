"""Outbound events as stored rows: with sessions, passes, questions and people.

All of it happened while outbound's services worked; the events themselves are still to come. All were
published; the first one was made a draft again, so that it can be moved.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.attendees import HOUR, MULTIPLE_CHOICE, Offer, Span, attendees
from mig.sandbox.maker.dice import DAY, Dice, Row, row_id, stamp
from mig.sandbox.maker.outbound import Setting
from mig.sandbox.maker.registrations import ACTIVE, QUESTION, Attended, dated, registration_rows

EVENT: Final = "msevtmgt_event"
_SESSION: Final = "msevtmgt_session"
_PASSES: Final = "msevtmgt_pass"
_ASKED: Final = "msevtmgt_eventcustomregistrationfield"

# Option numbers: dataverse-schema.yaml.
_DRAFT, _LIVE = 100000000, 100000003
_OUTBOUND: Final = 100000001
_WAITLIST_ON: Final = 100000002
_CENTRAL_EUROPE: Final = 110

_AHEAD: Final = 163  # days from now to the first event
_APART: Final = 21  # days from one event to the next
_ASKED_SINCE: Final = 600 * DAY  # before now: when the questions were made
_OPEN: Final = 120 * DAY  # before the services ended: when the event was made, and registration opened
_WARM_UP: Final = 10 * DAY  # before the services ended: the first session, online, and the last registration


@dataclass(frozen=True, slots=True)
class _Planned:
    """What an event offers: titles of sessions with their starts, prices of passes, numbers of questions."""

    number: int
    start: int
    span: Span
    sessions: Sequence[tuple[str, int]]
    prices: Sequence[int]
    questions: Sequence[int]
    capacity: int


def event_rows(wanted: int, setting: Setting, seed: int) -> Mapping[str, Iterable[Mapping[str, object]]]:
    """The rows of `wanted` events, by table; the first has eight registrations to 100 contacts."""
    made = [_made(number, setting, Dice(seed, f"event:{number}")) for number in range(wanted)]
    return {
        EVENT: [_event(planned, attended) for planned, attended in made],
        _SESSION: [row for planned, _ in made for row in _sessions(planned)],
        _PASSES: [row for planned, attended in made for row in _passes(planned, attended)],
        QUESTION: _questions(setting) if wanted else [],
        _ASKED: [row for planned, _ in made for row in _asked(planned)],
        **registration_rows([attended for _, attended in made]),
    }


def _made(number: int, setting: Setting, dice: Dice) -> tuple[_Planned, Attended]:
    share = 2 + dice.below(9) if number else 8
    planned = _planned(number, setting, dice, len(setting.contacts) * share // 100)
    offer = Offer(len(planned.sessions), len(planned.prices), planned.questions)
    coming, waiting = attendees(dice, number, planned.span, offer, setting.contacts, planned.capacity)
    kinds = [row_id(_PASSES, f"{number}:{title}") for title in words.PASS_NAMES]
    attended = Attended(
        number=number,
        id=row_id(EVENT, number),
        sessions=[row_id(_SESSION, f"{number}:{title}") for title, _ in planned.sessions],
        passes=list(zip(kinds, planned.prices, strict=True)),
        attendees=coming,
        waiting=waiting,
    )
    return planned, attended


def _planned(number: int, setting: Setting, dice: Dice, capacity: int) -> _Planned:
    """An online session that is over, and those of the event's first day, two hours apart."""
    span = Span(setting.last_served - _OPEN, setting.last_served - _WARM_UP)
    start = (setting.now // DAY + _AHEAD + _APART * number) * DAY + 9 * HOUR
    titles = words.SESSION_NAMES[: 4 + dice.below(3)]
    return _Planned(
        number=number,
        start=start,
        span=span,
        sessions=[
            ("Online warm-up", span.warm_up),
            *((title, start + place * 2 * HOUR) for place, title in enumerate(titles)),
        ],
        prices=[10 * (3 + dice.below(20)) for _ in words.PASS_NAMES],
        questions=range(len(words.QUESTIONS) - number % 2),
        capacity=capacity,
    )


def _event(planned: _Planned, attended: Attended) -> Row:
    name, odd = _name(planned.number), planned.number % 2
    return {
        "msevtmgt_eventid": attended.id,
        "msevtmgt_name": name,
        "msevtmgt_readableeventid": f"{name.replace(' ', '_')}{attended.id[:8]}",
        # An event without a source system is outbound's too.
        "msevtmgt_sourcesystem": None if odd else _OUTBOUND,
        "msevtmgt_publishstatus": _LIVE if planned.number else _DRAFT,
        "msevtmgt_eventstartdate": stamp(planned.start),
        "msevtmgt_eventenddate": stamp(planned.start + DAY + 8 * HOUR),
        "msevtmgt_eventtimezone": _CENTRAL_EUROPE,
        "msevtmgt_maximumeventcapacity": planned.capacity,
        "msevtmgt_registrationcount": planned.capacity,
        "msevtmgt_checkincount": sum(one.arrived is not None for one in attended.attendees),
        "msevtmgt_waitlistthisevent": _WAITLIST_ON,
        "msevtmgt_showwaitlist": 1,
        "msevtmgt_autoregisterwaitlistitems": 1,
        "msevtmgt_allowcustomagenda": 1,
        "msevtmgt_createleadsforeventregistrations": 0,
        "msevtmgt_streamingenabled": 1 - odd,
        "msevtmgt_webinarurl": None if odd else "https://stream.example/live",
        **ACTIVE,
        "createdon": stamp(planned.span.opened),
        "modifiedon": stamp(planned.span.opened + DAY),
    }


def _sessions(planned: _Planned) -> list[Row]:
    return [
        {
            **dated(_SESSION, planned.number, title, planned.span.opened),
            "msevtmgt_name": title,
            "msevtmgt_event": row_id(EVENT, planned.number),
            "msevtmgt_starttime": stamp(start),
            "msevtmgt_endtime": stamp(start + HOUR),
            "msevtmgt_sessionmaxcapacity": planned.capacity,
            "msevtmgt_publishstatus": _LIVE,
        }
        for title, start in planned.sessions
    ]


def _passes(planned: _Planned, attended: Attended) -> list[Row]:
    """The kinds of pass, with how many of each are taken."""
    sold = Counter(one.kind for one in attended.attendees)
    return [
        {
            **dated(_PASSES, planned.number, title, planned.span.opened),
            "msevtmgt_name": title,
            "msevtmgt_eventid": attended.id,
            "msevtmgt_noofpassesallocated": planned.capacity,
            "msevtmgt_noofpassessold": sold[kind],
            "msevtmgt_passprice": planned.prices[kind],
        }
        for kind, title in enumerate(words.PASS_NAMES)
    ]


def _questions(setting: Setting) -> list[Row]:
    """Questions belong to no event: several ask the same ones."""
    made = stamp(setting.now - _ASKED_SINCE)
    return [
        {
            "msevtmgt_customregistrationfieldid": row_id(QUESTION, number),
            "msevtmgt_text": text,
            "msevtmgt_type": kind,
            "msevtmgt_choices": "\n".join(choices) if kind >= MULTIPLE_CHOICE else None,
            "msevtmgt_isrequired": 0,
            **ACTIVE,
            "createdon": made,
            "modifiedon": made,
        }
        for number, (text, kind, choices) in enumerate(words.QUESTIONS)
    ]


def _asked(planned: _Planned) -> list[Row]:
    """The questions that an event asks, in their order."""
    return [
        {
            **dated(_ASKED, planned.number, number, planned.span.opened),
            "msevtmgt_event": row_id(EVENT, planned.number),
            "msevtmgt_customregistrationfield": row_id(QUESTION, number),
            "msevtmgt_order": number + 1,
        }
        for number in planned.questions
    ]


def _name(number: int) -> str:
    """Names that come again get a number."""
    again, position = divmod(number, len(words.EVENT_NAMES))
    return f"{words.EVENT_NAMES[position]} {again + 1}" if again else words.EVENT_NAMES[position]
