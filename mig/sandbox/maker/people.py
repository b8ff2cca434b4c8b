"""Made-up customers: accounts, contacts and leads as stored rows, with the untidiness of real data.

Some cells are empty, some cities are in capitals, some e-mail addresses cannot work. Lookups always resolve.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Final

from mig.sandbox.maker import words
from mig.sandbox.maker.dice import DAY, Dice, row_id, stamp

Row = dict[str, object]

_OLDEST_DAYS: Final = 3_800
_FIRST_BIRTHDAY: Final = date(1938, 1, 1).toordinal()
_BIRTHDAYS: Final = date(2008, 12, 31).toordinal() - _FIRST_BIRTHDAY


def ids(table: str, count: int) -> list[str]:
    """The ids of the first `count` made rows of a table."""
    return [row_id(table, number) for number in range(count)]


def make_contacts(count: int, accounts: Sequence[str], seed: int, now: int) -> list[Row]:
    """`count` contacts; about seven in ten belong to one of the accounts, a few to another contact."""
    dice = Dice(seed, "contact")
    rows: list[Row] = []
    for number, contact in enumerate(ids("contact", count)):
        earlier = str(rows[dice.below(number)]["contactid"]) if number else None
        rows.append({"contactid": contact, **_contact(dice, number, accounts, earlier), **_times(dice, now)})
    return rows


def make_accounts(accounts: Sequence[str], contacts: Sequence[Row], seed: int, now: int) -> list[Row]:
    """One account per id; its primary contact is the first contact that belongs to it."""
    dice = Dice(seed, "account")
    primary: dict[object, object] = {}
    for contact in contacts:
        primary.setdefault(contact["parentcustomerid"], contact["contactid"])
    return [
        {
            "accountid": account,
            **_account(dice, number),
            "primarycontactid": primary.get(account),
            "parentaccountid": dice.maybe(10, accounts[dice.below(number)]) if number else None,
            **_times(dice, now),
        }
        for number, account in enumerate(accounts)
    ]


def make_leads(count: int, accounts: Sequence[str], seed: int, now: int) -> list[Row]:
    """`count` leads; one in five is tied to an account."""
    dice = Dice(seed, "lead")
    return [
        {
            "leadid": lead,
            **_lead(dice, number),
            "parentaccountid": dice.maybe(20, dice.pick(accounts)) if accounts else None,
            **_times(dice, now),
        }
        for number, lead in enumerate(ids("lead", count))
    ]


def _contact(dice: Dice, number: int, accounts: Sequence[str], earlier: str | None) -> Row:
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
        **_customer(dice, accounts, earlier),
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
    plain = unicodedata.normalize("NFKD", name.lower())
    local = "".join(sign for sign in plain if sign.isascii() and (sign.isalpha() or sign == ".")).strip(".")
    junk = dice.pick(words.JUNK_IN_EMAIL) if dice.chance(1) else ""
    address = f"{local or 'contact'}{junk}.{number}@{dice.pick(words.EMAIL_DOMAINS)}"
    return address.upper() if dice.chance(3) else address


def _place(dice: Dice) -> Row:
    country, city = dice.pick(words.PLACES)
    spelling = dice.below(100)
    return {
        "address1_city": city.upper() if spelling < 4 else city.lower() if spelling < 6 else city,
        "address1_country": dice.maybe(95, country),
        "address1_postalcode": dice.maybe(80, f"{dice.below(100_000):05}"),
    }


def _customer(dice: Dice, accounts: Sequence[str], earlier: str | None) -> Row:
    if accounts and dice.chance(70):
        return {"parentcustomerid": dice.pick(accounts), "parentcustomerid@type": "account"}
    if earlier and dice.chance(10):
        return {"parentcustomerid": earlier, "parentcustomerid@type": "contact"}
    return {"parentcustomerid": None, "parentcustomerid@type": None}


def _times(dice: Dice, now: int) -> Row:
    created = now - DAY - dice.below(_OLDEST_DAYS * DAY)
    modified = created + dice.below(now - created) if dice.chance(70) else created
    return {"createdon": stamp(created), "modifiedon": stamp(modified)}
