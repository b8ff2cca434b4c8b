"""Outbound segments beyond the catalogue, as many as wanted: what years of campaigns leave behind."""

from collections.abc import Iterator
from itertools import chain, count, islice
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.catalogue import Outbound, catalogue
from mig.sandbox.maker.dice import Dice

_ALIASED: Final = "PROFILE(contact, contact_1).FILTER({})"

# Name and condition; real queries typically have 150 to 300 characters.
_DYNAMIC: Final = (
    (
        "{title} in {city}",
        "contact_1.jobtitle == '{title}' && contact_1.address1_city == '{city}'"
        " && ISNOTNULL(contact_1.emailaddress1) && contact_1.donotbulkemail == False",
    ),
    (
        "{country} since {year}",
        "contact_1.address1_country == '{country}' && contact_1.createdon >= '{year}-01-01'"
        " && (contact_1.gendercode == 1 || contact_1.gendercode == 2)",
    ),
    (
        "Income above {income}, {country}",
        "contact_1.annualincome > {income} && (contact_1.address1_country == '{country}'"
        " || contact_1.address1_city == '{city}') && contact_1.statecode == 0",
    ),
    (
        "{city}, by post",
        "contact_1.address1_city CONTAINS '{city}' && contact_1.donotpostalmail == False"
        " && ISNOTNULL(contact_1.address1_postalcode) && NOT(contact_1.donotphone == True)",
    ),
    (
        "{title}, born before {year}",
        "contact_1.jobtitle CONTAINS '{title}' && contact_1.birthdate < '{year}-01-01'"
        " && (contact_1.preferredcontactmethodcode == 1 || contact_1.preferredcontactmethodcode == 2)",
    ),
)

# Out of a hundred segments; the rest are dynamic.
_STATIC, _BEHAVIOURAL, _COMPOUND = 4, 5, 10
_STATUSES: Final = ("live",) * 10 + ("stopped",) * 5 + ("draft",) * 3 + ("expired", "error")
_REMEMBERED: Final = 50  # how many earlier segments a compound one may be made of


def outbound_segments(wanted: int, seed: int) -> list[Outbound]:
    """The first `wanted` segments: the catalogue, then variants with names of their own."""
    return list(islice(chain(catalogue(), _variants(Dice(seed, "variants"))), wanted))


def _variants(dice: Dice) -> Iterator[Outbound]:
    dynamic: list[Outbound] = []
    for number in count(1):
        kind = dice.below(100)
        if kind < _STATIC:
            yield _static(dice, number)
        elif kind < _STATIC + _BEHAVIOURAL:
            yield _behavioural(dice, number)
        elif kind < _STATIC + _BEHAVIOURAL + _COMPOUND and len(dynamic) > 1:
            yield _compound(dice, number, dynamic[-_REMEMBERED:])
        else:
            dynamic.append(_dynamic(dice, number))
            yield dynamic[-1]


def _made(
    dice: Dice, number: int, name: str, query: str | None, *, members: int = 0, share: int | None = None
) -> Outbound:
    """Names that come again differ by the number."""
    return Outbound(
        key=f"variant_{number}",
        name=f"{name} ({number})",
        query=query,
        status=dice.pick(_STATUSES),
        scope="business unit" if dice.chance(5) else "organization",
        members=members,
        prefixed=bool(members) and dice.chance(20),
        share=share,
    )


def _dynamic(dice: Dice, number: int) -> Outbound:
    name, condition = dice.pick(_DYNAMIC)
    country, city = dice.pick(words.PLACES)
    facts = {
        "country": country,
        "city": city,
        "title": dice.pick(words.JOB_TITLES),
        "income": 20_000 + 1_000 * dice.below(90),
        "year": 1960 + dice.below(65),
    }
    return _made(dice, number, name.format(**facts), _ALIASED.format(condition.format(**facts)))


def _compound(dice: Dice, number: int, earlier: list[Outbound]) -> Outbound:
    """Two different ones of before."""
    place = dice.below(len(earlier))
    other = (place + 1 + dice.below(len(earlier) - 1)) % len(earlier)
    operator, word = dice.pick((("UNION", "or"), ("INTERSECT", "and also"), ("EXCEPT", "without")))
    first, second = earlier[place], earlier[other]
    query = f"SEGMENT({first.query_name}) {operator} SEGMENT({second.query_name})"
    return _made(dice, number, f"{first.key} {word} {second.key}".replace("variant_", "no. "), query)


def _static(dice: Dice, number: int) -> Outbound:
    """Short lists, and one in three longer than what the official tool took."""
    members = 101 + dice.below(400) if dice.chance(33) else 5 + dice.below(96)
    _, city = dice.pick(words.PLACES)
    return _made(dice, number, f"Guest list {city}", None, members=members)


def _behavioural(dice: Dice, number: int) -> Outbound:
    """Who opened or clicked within some days."""
    deed, told = dice.pick((("EmailOpened", "Opened"), ("EmailClicked", "Clicked")))
    times, days = dice.below(4), 30 * (1 + dice.below(12))
    query = f"INTERACTION({deed}, {deed}_ContactLink).HAVING(COUNT() > {times}, UTCDAYS({days}))"
    return _made(dice, number, f"{told} more than {times} times in {days} days", query)
