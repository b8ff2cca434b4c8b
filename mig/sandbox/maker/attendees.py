"""The people of one made event: who registered, for what, what they answered, who was there, who waits.

Some registered twice, for somebody who comes along; some cancelled.
"""

from dataclasses import dataclass
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.dice import DAY, Dice, row_id, stamp
from mig.sandbox.maker.outbound import Setting

Row = dict[str, object]
Rows = dict[str, list[Row]]

REGISTRATION: Final = "msevtmgt_eventregistration"
SESSION_REGISTRATION: Final = "msevtmgt_sessionregistration"
ATTENDEE_PASSES: Final = "msevtmgt_attendeepass"
ANSWER: Final = "msevtmgt_registrationresponse"
QUESTION: Final = "msevtmgt_customregistrationfield"
WAITLIST: Final = "msevtmgt_waitlistitem"
CHECKIN: Final = "msevtmgt_checkin"

ACTIVE: Final[Row] = {"statecode": 0, "statuscode": 1}
HOUR: Final = 3_600
# Option numbers: dataverse-schema.yaml.
MULTIPLE_CHOICE: Final = 100000002
_ATTENDEE, _JOURNALIST = 100000000, 100000001
_SESSION_CHECKIN: Final = 100000000

_OPEN: Final = 120 * DAY  # before the services ended: when the event was made, and registration opened
_WARM_UP: Final = 10 * DAY  # before the services ended: the first session, online, and the last registration


@dataclass(frozen=True, slots=True)
class Making:
    """One event while its rows are made; `number` is its place among the events."""

    number: int
    setting: Setting
    dice: Dice
    rows: Rows

    @property
    def event(self) -> str:
        """The event's id."""
        return row_id("msevtmgt_event", self.number)

    @property
    def opened(self) -> int:
        """When it was made: seconds since 1970."""
        return self.setting.last_served - _OPEN

    @property
    def warm_up(self) -> int:
        """When its first session was: seconds since 1970."""
        return self.setting.last_served - _WARM_UP

    def add(self, table: str, key: object, created: int, **values: object) -> str:
        """One more row; its id."""
        made = row_id(table, f"{self.number}:{key}")
        times: Row = {"createdon": stamp(created), "modifiedon": stamp(created)}
        self.rows[table].append({f"{table}id": made, **values, **ACTIVE, **times})
        return made


@dataclass(frozen=True, slots=True)
class Offer:
    """What an event has to choose from: ids of sessions, passes with prices, numbers of questions."""

    sessions: list[str]
    passes: list[tuple[str, int]]
    questions: list[int]


@dataclass(frozen=True, slots=True)
class _Attendee:
    """One registration, for the rows that hang on it; `created` in seconds since 1970."""

    position: int
    name: str
    contact: str
    created: int
    cancelled: int
    registration: str


def make_attendees(making: Making, offer: Offer, registrations: int) -> None:
    """So many registrations, and three waiting to every hundred."""
    people = _people(making, registrations + registrations * 3 // 100)
    for position, contact in enumerate(people[:registrations]):
        if position % 100 == 99:  # the one before brings somebody along
            contact = people[position - 1]
        attendee = _registration(making, position, contact)
        _sessions(making, offer, attendee)
        _pass(making, offer, attendee)
        for number in offer.questions:
            if making.dice.chance(70):
                _answer(making, attendee, number)
    for position, contact in enumerate(people[registrations:]):
        _wait(making, position, contact)


def _people(making: Making, wanted: int) -> list[str]:
    """Different contacts, as many as there are."""
    contacts = making.setting.contacts
    chosen: dict[int, None] = {}
    while len(chosen) < min(wanted, len(contacts)):
        chosen.setdefault(making.dice.below(len(contacts)))
    return [contacts[position] for position in chosen]


def _registration(making: Making, position: int, contact: str) -> _Attendee:
    dice = making.dice
    name = f"EV{making.number + 1:03}-{position + 1:06}"
    created = making.opened + DAY + dice.below(_OPEN - _WARM_UP - 2 * DAY)
    cancelled = int(dice.chance(5))
    registration = making.add(
        REGISTRATION,
        position,
        created,
        msevtmgt_name=name,
        msevtmgt_contactid=contact,
        msevtmgt_registeredby=contact if position % 100 == 99 else None,
        msevtmgt_eventid=making.event,
        msevtmgt_iscanceled=cancelled,
        msevtmgt_primaryrole=_JOURNALIST if dice.chance(10) else _ATTENDEE,
        msevtmgt_qrcode=f"QR {name}",
        msevtmgt_originaltimestamp=stamp(created),
    )
    return _Attendee(position, name, contact, created, cancelled, registration)


def _sessions(making: Making, offer: Offer, attendee: _Attendee) -> None:
    """Some of the sessions; most of those who took the first one were there."""
    chosen = [number for number in range(len(offer.sessions)) if making.dice.chance(40)]
    for number in chosen:
        making.add(
            SESSION_REGISTRATION,
            f"{attendee.position}:{number}",
            attendee.created,
            msevtmgt_name=attendee.name,
            msevtmgt_sessionid=offer.sessions[number],
            msevtmgt_registrationid=attendee.registration,
            msevtmgt_event=making.event,
            msevtmgt_contactid=attendee.contact,
            msevtmgt_iscanceled=attendee.cancelled,
        )
    if 0 in chosen and not attendee.cancelled and making.dice.chance(60):
        _check_in(making, attendee, offer.sessions[0])


def _check_in(making: Making, attendee: _Attendee, session: str) -> None:
    at = making.warm_up + making.dice.below(HOUR // 2)
    making.add(
        CHECKIN,
        attendee.position,
        at,
        msevtmgt_checkintime=stamp(at),
        msevtmgt_checkintype=_SESSION_CHECKIN,
        msevtmgt_contact=attendee.contact,
        msevtmgt_event=making.event,
        msevtmgt_registrationid=attendee.registration,
        msevtmgt_sessionattended=session,
    )


def _pass(making: Making, offer: Offer, attendee: _Attendee) -> None:
    """Four in five have one."""
    if not making.dice.chance(80):
        return
    kind, price = making.dice.pick(offer.passes)
    making.add(
        ATTENDEE_PASSES,
        attendee.position,
        attendee.created,
        msevtmgt_name=attendee.name,
        msevtmgt_eventid=making.event,
        msevtmgt_eventregistrationid=attendee.registration,
        msevtmgt_pass=kind,
        msevtmgt_contact=attendee.contact,
        msevtmgt_passprice=price,
    )


def _answer(making: Making, attendee: _Attendee, number: int) -> None:
    _, kind, choices = words.QUESTIONS[number]
    said = [choice for choice in choices if making.dice.chance(40)] if kind == MULTIPLE_CHOICE else []
    making.add(
        ANSWER,
        f"{attendee.position}:{number}",
        attendee.created,
        msevtmgt_response="\n".join(said) or making.dice.pick(choices),
        msevtmgt_customregistrationfield=row_id(QUESTION, number),
        msevtmgt_eventregistration=attendee.registration,
    )


def _wait(making: Making, position: int, contact: str) -> None:
    """A place on the waitlist; the oldest comes first."""
    at = making.warm_up + position * 60 + making.dice.below(60)
    making.add(
        WAITLIST,
        position,
        at,
        msevtmgt_event=making.event,
        msevtmgt_contact=contact,
        msevtmgt_autoregister=int(making.dice.chance(80)),
        msevtmgt_invited=0,
        msevtmgt_reserved=0,
    )
