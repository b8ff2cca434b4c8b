"""A world of two accounts, three contacts and two lists, for tests of reads over several tables."""

import re
from typing import Any

# The cases write ids as one letter.
IDS = {letter: f"00000000-0000-0000-0000-0000000000{ord(letter):x}" for letter in "abcfgmn"}
ANN, BOB, CID, FABRIKAM, GABLE, AUTUMN, WINTER = (IDS[letter] for letter in "abcfgmn")

_CONTACTS: list[dict[str, object]] = [
    {
        "contactid": ANN,
        "fullname": "Ann",
        "lastname": "birch",
        "statecode": 0,
        "statuscode": 1,
        "new_tags": "2,1",
    },
    {
        "contactid": BOB,
        "fullname": "Bob",
        "lastname": "Birch",
        "statecode": 1,
        "statuscode": 2,
        "donotemail": 1,
    },
    {
        "contactid": CID,
        "fullname": "Cid",
        "lastname": "Ash",
        "statecode": 0,
        "statuscode": 1,
        "numberofchildren": 2,
    },
]
_CONTACTS[0] |= {"parentcustomerid": FABRIKAM, "parentcustomerid@type": "account"}
_CONTACTS[0] |= {"creditlimit": 150.5, "numberofchildren": 1, "birthdate": "1990-02-28", "new_score": 2.5}
_CONTACTS[1] |= {"parentcustomerid": FABRIKAM, "parentcustomerid@type": "account"}
_CONTACTS[2] |= {"parentcustomerid": ANN, "parentcustomerid@type": "contact", "donotemail": 0}
_LINKS = [(AUTUMN, ANN), (AUTUMN, BOB), (WINTER, ANN)]
ROWS: dict[str, list[dict[str, object]]] = {
    "account": [
        {"accountid": FABRIKAM, "name": "Fabrikam", "numberofemployees": 12345, "exchangerate": 1.0},
        {"accountid": GABLE, "name": "Gable"},
    ],
    "contact": _CONTACTS,
    "list": [{"listid": AUTUMN, "listname": "Autumn"}, {"listid": WINTER, "listname": "Winter"}],
    "listmember": [
        {"listmemberid": f"{number:032}", "listid": of, "entityid": member, "entityid@type": "contact"}
        for number, (of, member) in enumerate(_LINKS)
    ],
}


def plain(value: Any) -> Any:
    """Without ETags."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if name != "@odata.etag"}
    return value


def with_ids(value: Any) -> Any:
    """With ids for their letters: a value that is one, or has one in brackets."""
    if isinstance(value, list):
        return [with_ids(item) for item in value]
    if isinstance(value, dict):
        return {name: with_ids(item) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    return IDS.get(value) or re.sub(r"\((\w)\)", lambda found: f"({IDS[found[1]]})", value)
