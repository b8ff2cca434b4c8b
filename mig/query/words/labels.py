"""What people call tables and columns, made from their logical names.

Metadata carries no display names (reference/dataverse-schema.yaml), and those of an organisation may be in
any language. So the label is the logical name read aloud: without the publisher's prefix, split into words.
"""

import re
from functools import lru_cache
from typing import Final

_TABLES: Final = {"msdyncrm_segment": "outbound segment", "msdynmkt_segment": "real-time segment"}
_COLUMNS: Final = {
    "annualincome": "annual income",
    "createdby": "creator",
    "createdon": "date of creation",
    "donotbulkemail": "'do not allow bulk e-mails' flag",
    "donotbulkpostalmail": "'do not allow bulk mail' flag",
    "donotemail": "'do not allow e-mails' flag",
    "donotfax": "'do not allow faxes' flag",
    "donotphone": "'do not allow phone calls' flag",
    "donotpostalmail": "'do not allow mail' flag",
    "donotsendmm": "'do not send marketing material' flag",
    "emailaddress1": "e-mail address",
    "followemail": "'follow e-mail activity' flag",
    "modifiedby": "last editor",
    "modifiedon": "date of the last change",
    "sic": "SIC code",
    "statecode": "state",
    "statuscode": "status reason",
}
_WORDS: Final = """
    abandoned access account action active activity address administration age agent amount analytics
    anniversary annual api application appointment area as assistant at attended attendee back bad base
    behalf big bill billing birth birthdate birthday bonus booking brand browser budget building bulk
    business by call campaign canceled cancelled cap capacity card cart category certificate channel check
    checked child children childrens churn city class classification click clicks close closed club code
    communication company configuration confirm consent contact content contract conversion correlation
    cost count country counts county course create created creation credit currency custom customer data
    date day days decision default definition delivery department description device discount do document
    domain donation done donor down download downloaded downloads due duration education email employee
    employees employer end engagement entity estimated event exchange execution expiration expiry external
    facebook family fax field filter first flag follow form format frame free frequency from full fund
    funds gender get given gold government grace grade group guest had has head hi high hold home hotel
    household icon id identifier image import in income industry info instagram interaction interest
    internal invoice involved is item job journey key kids kind language last lead level life limit line
    lines link linked linkedin list locale location logical login lost loyalty mail maker managed
    management manager managing marital market marketing master material max maximum meeting member
    membership merged message metadata method middle min minimum mobile modified monthly name names need
    new next nick nickname no node noshow note notes notification number numbers of off office on open
    opened operation opportunity opt or order orders original originating out outstanding overridden owner
    ownership owning page parent participates partner pass patient payment per persona phone plan points
    portal position postal potential preferred premium price primary priority process product profile
    program project properties provider province public publish publishing purchase purchased purchasing
    qr quality quantity quarter quote rank ranking rate rating reason region registered registration
    related renewal report request response result revenue risk role room rule salary sales salutation
    schedule score second sector seen segment segmentation send seniority sequence service session
    sessions settings shares ship shipping show sign signed signup since site size skill skills social
    source speaker spend spent sponsor sponsorship spouse spouses stage start state status stock stop
    street strength student subject subscription suffix sum support symbol sync synced system target tax
    team tech telephone template terms territory ticker ticket tier time timeframe timestamp title topic
    total track traffic training transaction trial twitter type unit unsubscribed until up update updated
    url usage use used user utm value vendor venue version views vip virtual visit visited visits wait
    waitlist web webinar website week with won work workflow year yearly years yes youtube zip zone
"""
_VOCABULARY: Final = frozenset(_WORDS.split())
_DEFAULT_PREFIX: Final = "new"
"""What an organisation's own columns begin with unless it chose otherwise."""

_PREFIX: Final = re.compile(r"([a-z][a-z0-9]{1,7})_(?=[^\W_])")
_ADDRESS: Final = re.compile(r"address([1-3])_(\w+)")
_LINE: Final = re.compile(r"line ([1-3])")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")
_VERBS: Final = frozenset({"is", "has", "do", "get", "show", "allow", "send", "follow"})
_SPOKEN: Final = {"email": "e-mail", "id": "id", "url": "URL", "api": "API", "utm": "UTM", "zip": "ZIP"}
_LONGEST: Final = 64
"""Longer pieces are nobody's words and stay as they are, so that no text makes this slow."""


@lru_cache(maxsize=4096)
def column_label(name: str, tail: str = "") -> str:
    """`address1_city` is `city`; `parentcustomerid` without its tail `id` is `parent customer`."""
    lower = name.lower()
    if lower in _COLUMNS:
        return _COLUMNS[lower]
    if found := _ADDRESS.fullmatch(lower):
        part = _LINE.sub(r"address line \1", _words(found[2]))
        return part if found[1] == "1" else f"{part} of address {found[1]}"
    words = _words(name).split(" ")
    label = " ".join(words[:-1] if len(words) > 1 and words[-1] == tail else words)
    return f"'{label}'" if words[0] in _VERBS and len(words) > 1 else label


@lru_cache(maxsize=4096)
def table_label(name: str) -> str:
    """`contact`, `event registration`."""
    return _TABLES.get(name.lower()) or _words(name)


def plural(label: str) -> str:
    """`contacts`, `companies`, `passes`; what stands in quotes is no word to be bent."""
    if label.endswith("'"):
        return f"rows of {label}"
    if re.search(r"[^aeiou]y$", label):
        return f"{label[:-1]}ies"
    return f"{label}es" if label.endswith(("s", "x", "ch", "sh")) else f"{label}s"


def one(label: str) -> str:
    """`an account`, `a contact`."""
    if label.endswith("'"):
        return f"a row of {label}"
    return f"{'an' if label[:1].lower() in tuple('aeiou') else 'a'} {label}"


def _words(name: str) -> str:
    prefix = _PREFIX.match(name)
    if prefix and (prefix[1] == _DEFAULT_PREFIX or prefix[1] not in _VOCABULARY):
        name = name[prefix.end() :]
    pieces = [piece for piece in _CAMEL.split(name) if piece]
    spoken = [_SPOKEN.get(word, word) for piece in pieces for word in _split(piece.lower())]
    return " ".join(spoken) or name


def _split(piece: str) -> list[str]:
    """The fewest known words that make up a piece; the piece itself where there are none."""
    if len(piece) > _LONGEST:
        return [piece]
    best: list[list[str] | None] = [[]]
    for end in range(1, len(piece) + 1):
        found = [
            [*before, piece[start:end]]
            for start in range(end)
            if (before := best[start]) is not None and _is_word(piece[start:end])
        ]
        best.append(min(found, key=len, default=None))
    return best[-1] or [piece]


def _is_word(text: str) -> bool:
    return text in _VOCABULARY or text.isdecimal()
