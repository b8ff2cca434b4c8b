"""Outbound events as stored rows: published, with sessions, passes, questions and people.

All of it happened while outbound's services worked; the events themselves are still to come.
"""

from collections import Counter
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.attendees import (
    ACTIVE,
    ANSWER,
    ATTENDEE_PASSES,
    CHECKIN,
    HOUR,
    MULTIPLE_CHOICE,
    QUESTION,
    REGISTRATION,
    SESSION_REGISTRATION,
    WAITLIST,
    Making,
    Offer,
    Row,
    Rows,
    make_attendees,
)
from mig.sandbox.maker.dice import DAY, Dice, row_id, stamp
from mig.sandbox.maker.outbound import Setting

_EVENT: Final = "msevtmgt_event"
_SESSION: Final = "msevtmgt_session"
_PASSES: Final = "msevtmgt_pass"
_ASKED: Final = "msevtmgt_eventcustomregistrationfield"
_TABLES: Final = (
    *(_EVENT, _SESSION, _PASSES, QUESTION, _ASKED, REGISTRATION, SESSION_REGISTRATION),
    *(ATTENDEE_PASSES, ANSWER, WAITLIST, CHECKIN),
)

# Option numbers: dataverse-schema.yaml.
_LIVE: Final = 100000003
_OUTBOUND: Final = 100000001
_WAITLIST_ON: Final = 100000002
_CENTRAL_EUROPE: Final = 110

_AHEAD: Final = 163  # days from now to the first event
_APART: Final = 21  # days from one event to the next
_ASKED_SINCE: Final = 600 * DAY  # before now: when the questions were made


def event_rows(wanted: int, setting: Setting, seed: int) -> Rows:
    """The rows of `wanted` published events, by table; the first has eight registrations to 100 contacts."""
    rows: Rows = {table: [] for table in _TABLES}
    if wanted:
        rows[QUESTION] = _questions(setting)
    for number in range(wanted):
        making = Making(number, setting, Dice(seed, f"event:{number}"), rows)
        share = 2 + making.dice.below(9) if number else 8
        _make(making, len(setting.contacts) * share // 100)
    return rows


def _make(making: Making, registrations: int) -> None:
    offer = Offer(_sessions(making, registrations), _passes(making, registrations), _asked(making))
    make_attendees(making, offer, registrations)
    _count_sold(making, len(offer.passes))
    making.rows[_EVENT].append(_event(making, registrations))


def _event(making: Making, registrations: int) -> Row:
    name, start = _name(making.number), _start(making)
    return {
        "msevtmgt_eventid": making.event,
        "msevtmgt_name": name,
        "msevtmgt_readableeventid": f"{name.replace(' ', '_')}{making.event[:8]}",
        # An event without a source system is outbound's too.
        "msevtmgt_sourcesystem": None if making.number % 2 else _OUTBOUND,
        "msevtmgt_publishstatus": _LIVE,
        "msevtmgt_eventstartdate": stamp(start),
        "msevtmgt_eventenddate": stamp(start + DAY + 8 * HOUR),
        "msevtmgt_eventtimezone": _CENTRAL_EUROPE,
        "msevtmgt_maximumeventcapacity": registrations,
        "msevtmgt_registrationcount": registrations,
        "msevtmgt_checkincount": sum(row["msevtmgt_event"] == making.event for row in making.rows[CHECKIN]),
        "msevtmgt_waitlistthisevent": _WAITLIST_ON,
        "msevtmgt_showwaitlist": 1,
        "msevtmgt_autoregisterwaitlistitems": 1,
        "msevtmgt_allowcustomagenda": 1,
        "msevtmgt_createleadsforeventregistrations": 0,
        "msevtmgt_streamingenabled": 1 - making.number % 2,
        "msevtmgt_webinarurl": None if making.number % 2 else "https://stream.example/live",
        **ACTIVE,
        "createdon": stamp(making.opened),
        "modifiedon": stamp(making.opened + DAY),
    }


def _sessions(making: Making, capacity: int) -> list[str]:
    """An online session that is over, and those of the event's first day, two hours apart."""
    titles = words.SESSION_NAMES[: 4 + making.dice.below(3)]
    starts = [_start(making) + number * 2 * HOUR for number in range(len(titles))]
    sessions = [("Online warm-up", making.warm_up), *zip(titles, starts, strict=True)]
    return [
        making.add(
            _SESSION,
            title,
            making.opened,
            msevtmgt_name=title,
            msevtmgt_event=making.event,
            msevtmgt_starttime=stamp(start),
            msevtmgt_endtime=stamp(start + HOUR),
            msevtmgt_sessionmaxcapacity=capacity,
            msevtmgt_publishstatus=_LIVE,
        )
        for title, start in sessions
    ]


def _passes(making: Making, allocated: int) -> list[tuple[str, int]]:
    prices = [10 * (3 + making.dice.below(20)) for _ in words.PASS_NAMES]
    ids = [
        making.add(
            _PASSES,
            title,
            making.opened,
            msevtmgt_name=title,
            msevtmgt_eventid=making.event,
            msevtmgt_noofpassesallocated=allocated,
            msevtmgt_passprice=price,
        )
        for title, price in zip(words.PASS_NAMES, prices, strict=True)
    ]
    return list(zip(ids, prices, strict=True))


def _count_sold(making: Making, kinds: int) -> None:
    """The newest pass types, which are this event's, say how many of each are taken."""
    sold = Counter(row["msevtmgt_pass"] for row in making.rows[ATTENDEE_PASSES])
    for row in making.rows[_PASSES][-kinds:]:
        row["msevtmgt_noofpassessold"] = sold[row["msevtmgt_passid"]]


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


def _asked(making: Making) -> list[int]:
    """The numbers of the questions that this event asks."""
    asked = list(range(len(words.QUESTIONS) - making.number % 2))
    for number in asked:
        making.add(
            _ASKED,
            number,
            making.opened,
            msevtmgt_event=making.event,
            msevtmgt_customregistrationfield=row_id(QUESTION, number),
            msevtmgt_order=number + 1,
        )
    return asked


def _name(number: int) -> str:
    """Names that come again get a number."""
    again, position = divmod(number, len(words.EVENT_NAMES))
    return f"{words.EVENT_NAMES[position]} {again + 1}" if again else words.EVENT_NAMES[position]


def _start(making: Making) -> int:
    """Nine in the morning."""
    return (making.setting.now // DAY + _AHEAD + _APART * making.number) * DAY + 9 * HOUR
