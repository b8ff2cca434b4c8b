"""Made-up customers: accounts, contacts and leads as stored rows, with the untidiness of real data.

Some cells are empty, some cities are in capitals, some e-mail addresses cannot work. Lookups always resolve.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.dice import DAY, Dice, Row, row_id, stamp
from mig.sandbox.maker.staff import Owner

_OLDEST_DAYS: Final = 3_800
_FIRST_BIRTHDAY: Final = date(1938, 1, 1).toordinal()
_BIRTHDAYS: Final = date(2008, 12, 31).toordinal() - _FIRST_BIRTHDAY


@dataclass(frozen=True, slots=True)
class People:
    """What the rows of customers are made of: ids, `employers` by contact, owners, `now` since 1970."""

    contacts: Sequence[str]
    employers: Sequence[str | None]
    accounts: Sequence[str]
    owners: Sequence[Owner]
    seed: int
    now: int


def ids(table: str, count: int) -> list[str]:
    """The ids of the first `count` made rows of a table."""
    return [row_id(table, number) for number in range(count)]


def employers(count: int, accounts: Sequence[str], seed: int) -> list[str | None]:
    """The account that each of `count` contacts belongs to; about seven in ten have one."""
    dice = Dice(seed, "employer")
    return [dice.pick(accounts) if accounts and dice.chance(70) else None for _ in range(count)]


def contact_rows(people: People) -> Iterator[Row]:
    """One contact per id; a few of those without an account belong to another contact."""
    dice = Dice(people.seed, "contact")
    for number, (contact, employer) in enumerate(zip(people.contacts, people.employers, strict=True)):
        earlier = people.contacts[dice.below(number)] if number else None
        yield {
            "contactid": contact,
            **_contact(dice, number, people.accounts),
            **_customer(dice, employer, earlier),
            **_ends(dice, people),
        }


def account_rows(people: People) -> Iterator[Row]:
    """One account per id; its primary contact is the first contact that belongs to it."""
    dice = Dice(people.seed, "account")
    primary: dict[object, object] = {}
    for contact, employer in zip(people.contacts, people.employers, strict=True):
        primary.setdefault(employer, contact)
    for number, account in enumerate(people.accounts):
        yield {
            "accountid": account,
            **_account(dice, number),
            "primarycontactid": primary.get(account),
            "parentaccountid": dice.maybe(10, people.accounts[dice.below(number)]) if number else None,
            **_ends(dice, people),
        }


def lead_rows(people: People, count: int) -> Iterator[Row]:
    """`count` leads; one in five is tied to an account."""
    dice = Dice(people.seed, "lead")
    for number, lead in enumerate(ids("lead", count)):
        yield {
            "leadid": lead,
            **_lead(dice, number),
            "parentaccountid": dice.maybe(20, dice.pick(people.accounts)) if people.accounts else None,
            **_ends(dice, people),
        }


def _contact(dice: Dice, number: int, accounts: Sequence[str]) -> Row:
    inactive = dice.chance(6)
    return {
        **_person(dice, number),
        **_place(dice),
        "jobtitle": dice.maybe(80, dice.pick(words.JOB_TITLES)),
        "department": dice.maybe(40, dice.pick(words.DEPARTMENTS)),
        "birthdate": dice.maybe(85, date.fromordinal(_FIRST_BIRTHDAY + dice.below(_BIRTHDAYS)).isoformat()),
        "gendercode": dice.maybe(90, 1 + dice.below(2)),
        "annualincome": dice.maybe(60, 18_000 + 250 * dice.below(520)),
        "preferredcontactmethodcode": 1 if dice.chance(50) else 2 + dice.below(4),
        "donotbulkemail": int(dice.chance(18)),
        "donotemail": int(dice.chance(4)),
        "donotphone": int(dice.chance(30)),
        "donotpostalmail": int(dice.chance(10)),
        "msa_managingpartnerid": dice.maybe(8, dice.pick(accounts)) if accounts else None,
        "statecode": int(inactive),
        "statuscode": 1 + int(inactive),
    }


def _account(dice: Dice, number: int) -> Row:
    name = f"{dice.pick(words.COMPANY_FIRST)} {dice.pick(words.COMPANY_SECOND)}"
    inactive = dice.chance(4)
    return {
        "name": name,
        "accountnumber": f"A{number:05}",
        "industrycode": dice.maybe(85, dice.pick(words.INDUSTRIES)),
        "customertypecode": dice.maybe(70, dice.pick((3, 5, 8, 9))),
        "revenue": dice.maybe(75, 50_000 * (1 + dice.below(40_000))),
        "numberofemployees": dice.maybe(80, 1 + dice.below(20) ** 3),
        **_place(dice),
        "statecode": int(inactive),
        "statuscode": 1 + int(inactive),
    }


def _lead(dice: Dice, number: int) -> Row:
    status, state = dice.pick(((1, 0), (1, 0), (2, 0), (3, 1), (4, 2), (6, 2)))
    return {
        "subject": dice.pick(words.LEAD_SUBJECTS),
        **_person(dice, number),
        **_place(dice),
        "companyname": f"{dice.pick(words.COMPANY_FIRST)} {dice.pick(words.COMPANY_SECOND)}",
        "jobtitle": dice.maybe(70, dice.pick(words.JOB_TITLES)),
        "leadqualitycode": 1 + dice.below(3),
        "leadsourcecode": dice.maybe(85, 1 + dice.below(10)),
        "industrycode": dice.maybe(60, dice.pick(words.INDUSTRIES)),
        "estimatedvalue": dice.maybe(50, 500 * (1 + dice.below(200))),
        "donotbulkemail": int(dice.chance(15)),
        "statecode": state,
        "statuscode": status,
    }


def _person(dice: Dice, number: int) -> Row:
    first = dice.pick(words.JUNK_NAMES) if dice.chance(1) else dice.maybe(97, dice.pick(words.FIRST_NAMES))
    last = dice.pick(words.LAST_NAMES)
    return {
        "firstname": first,
        "lastname": last,
        "fullname": f"{first} {last}" if first else last,
        "emailaddress1": dice.maybe(92, _email(dice, f"{first or ''}.{last}", number)),
    }


def _email(dice: Dice, name: str, number: int) -> str:
    junk = dice.pick(words.JUNK_IN_EMAIL) if dice.chance(1) else ""
    address = f"{_mailbox(name)}{junk}.{number}@{dice.pick(words.EMAIL_DOMAINS)}"
    return address.upper() if dice.chance(3) else address


@cache
def _mailbox(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower())
    local = "".join(sign for sign in plain if sign.isascii() and (sign.isalpha() or sign == ".")).strip(".")
    return local or "contact"


def _place(dice: Dice) -> Row:
    country, city = dice.pick(words.PLACES)
    spelling = dice.below(100)
    return {
        "address1_city": city.upper() if spelling < 4 else city.lower() if spelling < 6 else city,
        "address1_country": dice.maybe(95, country),
        "address1_postalcode": dice.maybe(80, f"{dice.below(100_000):05}"),
    }


def _customer(dice: Dice, employer: str | None, earlier: str | None) -> Row:
    if employer:
        return {"parentcustomerid": employer, "parentcustomerid@type": "account"}
    if earlier and dice.chance(10):
        return {"parentcustomerid": earlier, "parentcustomerid@type": "contact"}
    return {"parentcustomerid": None, "parentcustomerid@type": None}


def _ends(dice: Dice, people: People) -> Row:
    """Who owns a row, when it was made, when it was changed."""
    return {**dice.pick(people.owners).columns, **_times(dice, people.now)}


def _times(dice: Dice, now: int) -> Row:
    created = now - DAY - dice.below(_OLDEST_DAYS * DAY)
    modified = created + dice.below(now - created) if dice.chance(70) else created
    return {"createdon": stamp(created), "modifiedon": stamp(modified)}
