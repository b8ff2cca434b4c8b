"""Small worlds: rows of a few tables as plain dictionaries, and the facts about these tables.

Written from reference/dataverse-schema.yaml and segment-queries.md A.3 by hand, not read from mig's metadata.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

Row = dict[str, Any]

TABLES: Final[dict[str, dict[str, str]]] = {
    "contact": {
        "contactid": "id", "firstname": "text", "emailaddress1": "text", "creditlimit": "number",
        "numberofchildren": "number", "statecode": "number", "donotemail": "boolean", "birthdate": "day",
        "createdon": "moment", "parentcustomerid": "id", "msa_managingpartnerid": "id",
        "originatingleadid": "id",
    },
    "account": {
        "accountid": "id", "name": "text", "industrycode": "number", "revenue": "number",
        "creditonhold": "boolean", "createdon": "moment", "statecode": "number", "primarycontactid": "id",
        "parentaccountid": "id", "originatingleadid": "id",
    },
    "lead": {
        "leadid": "id", "companyname": "text", "budgetamount": "number", "decisionmaker": "boolean",
        "estimatedclosedate": "day", "statecode": "number", "parentcontactid": "id", "parentaccountid": "id",
    },
    "list": {"listid": "id", "listname": "text", "membercount": "number", "statecode": "number"},
    "listmember": {"listmemberid": "id", "listid": "id", "entityid": "id"},
}  # fmt: skip


@dataclass(frozen=True)
class Lookup:
    """Rows of `many` hold in `column` the id of a row of `one`."""

    many: str
    column: str
    one: str


LOOKUPS: Final = {
    "contact_customer_accounts": Lookup("contact", "parentcustomerid", "account"),
    "msa_contact_managingpartner": Lookup("contact", "msa_managingpartnerid", "account"),
    "contact_originating_lead": Lookup("contact", "originatingleadid", "lead"),
    "account_primary_contact": Lookup("account", "primarycontactid", "contact"),
    "account_originating_lead": Lookup("account", "originatingleadid", "lead"),
    "lead_parent_contact": Lookup("lead", "parentcontactid", "contact"),
    "lead_parent_account": Lookup("lead", "parentaccountid", "account"),
}
SELVES: Final = {
    "contact_customer_contacts": Lookup("contact", "parentcustomerid", "contact"),
    "account_parent_account": Lookup("account", "parentaccountid", "account"),
}
"""Relationships of a table with itself: their direction cannot be said (B.2)."""

PAIRED: Final = {
    "listcontact_association": ("list", "contact"),
    "listaccount_association": ("list", "account"),
    "listlead_association": ("list", "lead"),
}
"""Many to many: a row of listmember pairs `listid` with `entityid`."""

SEGMENTS: Final = {"s1": "0f5b0c7f395d447bb14c315a601f878e", "Second list": "1a" * 16}
"""Segments that were migrated, and their new ids."""

NESTED: Final = {
    "inner": "SEGMENT(s1) EXCEPT PROFILE(contact, c).FILTER(c.numberofchildren > 2)",
    "Inner list": "PROFILE(contact, c).FILTER(c.emailaddress1 CONTAINS 'b') UNION SEGMENT('Second list')",
}
"""Segments of which others refer to the query itself."""

UNKNOWN_SEGMENT: Final = "SEGMENT_CRM_ID_ce97cb9dbd75ea11a811000d3a8e8fcc"
NOW: Final = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)

VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "text": ("Ann", "ann", "Bob", "BOBBY", "", "O'Neil", "a%_\\", "Ärger"),
    "number": (0, 1, 2, 4, 8, 16, 10.5, -2),
    "boolean": (0, 1),
    "day": ("1990-01-31", "1990-12-31", "2000-02-29", "2026-11-21", "2026-11-22"),
    "moment": (
        "2026-01-01T00:00:00Z",
        "2026-11-21T23:59:59Z",
        "2026-11-22T08:00:30Z",
        "2026-11-22T09:00:00Z",
    ),
}
_LETTERS: Final = {"contact": "c", "account": "a", "lead": "b", "list": "d", "listmember": "e"}
_EMPTY: Final = 0.25


@dataclass(frozen=True)
class World:
    """Rows by table, and the contacts in each segment."""

    rows: dict[str, list[Row]]
    segments: dict[str, list[str]]


def key_of(table: str) -> str:
    """The name of a table's id column."""
    return f"{table}id"


def related(name: str) -> Lookup | tuple[str, str] | None:
    """A relationship by its schema name or by its outbound name, `<many>_<one>_<column>`."""
    lookups = LOOKUPS | SELVES
    for schema_name, lookup in lookups.items():
        if name.lower() in (schema_name, outbound_name(lookup)):
            return lookup
    return PAIRED.get(name.lower())


def outbound_name(lookup: Lookup) -> str:
    """What outbound queries call it (A.3)."""
    return f"{lookup.many}_{lookup.one}_{lookup.column}"


def random_world(random: Random) -> World:
    """A few rows a table, none in some; some rows twice but for their ids."""
    most = {"contact": 6, "account": 3, "lead": 3, "list": 2, "listmember": 4}
    ids = {table: _ids(table, random.randint(0, count)) for table, count in most.items()}
    rows = {table: [_row(table, key, ids, random) for key in keys] for table, keys in ids.items()}
    for same in (rows["contact"], rows["account"], rows["lead"]):
        if len(same) > 1 and random.random() < 0.3:
            key = next(iter(same[0]))
            same[1] = {**same[0], key: same[1][key]}
    names = (*SEGMENTS, UNKNOWN_SEGMENT)
    return World(rows, {name: [key for key in ids["contact"] if random.random() < 0.5] for name in names})


def _ids(table: str, count: int) -> list[str]:
    return [f"{_LETTERS[table]}0000000-0000-0000-0000-00000000000{number}" for number in range(1, count + 1)]


def _row(table: str, key: str, ids: dict[str, list[str]], random: Random) -> Row:
    row: Row = {key_of(table): key}
    for column, kind in list(TABLES[table].items())[1:]:
        if column == "statecode":
            row[column] = random.choice((0, 0, 1))
        elif random.random() < _EMPTY:
            row[column] = None
        elif kind == "id":
            targets = [target for end in _ends(table, column) for target in ids[end]]
            row[column] = random.choice(targets) if targets else None
        else:
            row[column] = random.choice(VALUES[kind])
    return row


def _ends(table: str, column: str) -> list[str]:
    """The tables a lookup may point at."""
    if table == "listmember":
        return ["list"] if column == "listid" else ["contact", "account", "lead"]
    return [one.one for one in (LOOKUPS | SELVES).values() if (one.many, one.column) == (table, column)]
