"""What people did about one made event: who registered, for what, what they answered, who came, who waits.

Some registered twice, for somebody who comes along; some cancelled. Facts only; rows are made of them later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.dice import DAY, Dice, row_id

HOUR: Final = 3_600
REGISTRATION: Final = "msevtmgt_eventregistration"
# Option numbers: dataverse-schema.yaml.
MULTIPLE_CHOICE: Final = 100000002
_ATTENDEE, _JOURNALIST = 100000000, 100000001


@dataclass(frozen=True, slots=True)
class Span:
    """While people could register: until the first session, which was online. Seconds since 1970."""

    opened: int
    warm_up: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What an event has to choose from: how many sessions and kinds of pass, the numbers of its questions."""

    sessions: int
    passes: int
    questions: Sequence[int]


@dataclass(frozen=True, slots=True)
class Attendee:
    """One registration, by its id: `guest` of the one before, times in seconds since 1970.

    `sessions` and `kind` of pass count from 0, `answers` are by the question's number; who `arrived` was at
    the first session.
    """

    id: str
    contact: str
    guest: bool
    created: int
    cancelled: int
    role: int
    sessions: Sequence[int]
    arrived: int | None
    kind: int | None
    answers: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place on the waitlist; the oldest comes first."""

    contact: str
    since: int
    automatic: int


def attendees(
    dice: Dice, event: int, span: Span, offer: Offer, contacts: Sequence[str], registrations: int
) -> tuple[list[Attendee], list[Waiting]]:
    """So many registrations, and three waiting to every hundred."""
    people = _people(dice, contacts, registrations + registrations * 3 // 100)
    coming = [
        # The one before brings somebody along.
        _attendee(dice, f"{event}:{place}", span, offer, people[place - 1 if guest else place], guest=guest)
        for place in range(min(registrations, len(people)))
        for guest in [place % 100 == 99]
    ]
    waiting = [
        Waiting(contact, span.warm_up + place * 60 + dice.below(60), int(dice.chance(80)))
        for place, contact in enumerate(people[registrations:])
    ]
    return coming, waiting


def _people(dice: Dice, contacts: Sequence[str], wanted: int) -> list[str]:
    """Different contacts, as many as there are."""
    chosen: dict[int, None] = {}
    while len(chosen) < min(wanted, len(contacts)):
        chosen.setdefault(dice.below(len(contacts)))
    return [contacts[position] for position in chosen]


def _attendee(dice: Dice, key: str, span: Span, offer: Offer, contact: str, *, guest: bool) -> Attendee:
    created = span.opened + DAY + dice.below(span.warm_up - span.opened - 2 * DAY)
    cancelled = int(dice.chance(5))
    sessions = tuple(number for number in range(offer.sessions) if dice.chance(40))
    was_there = 0 in sessions and not cancelled and dice.chance(60)
    return Attendee(
        id=row_id(REGISTRATION, key),
        contact=contact,
        guest=guest,
        created=created,
        cancelled=cancelled,
        role=_JOURNALIST if dice.chance(10) else _ATTENDEE,
        sessions=sessions,
        arrived=span.warm_up + dice.below(HOUR // 2) if was_there else None,
        kind=dice.below(offer.passes) if dice.chance(80) else None,
        answers=tuple((number, _answer(dice, number)) for number in offer.questions if dice.chance(70)),
    )


def _answer(dice: Dice, number: int) -> str:
    _, kind, choices = words.QUESTIONS[number]
    said = [choice for choice in choices if dice.chance(40)] if kind == MULTIPLE_CHOICE else []
    return "\n".join(said) or dice.pick(choices)
