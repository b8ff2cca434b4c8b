"""The segments a made world may have: our own, then the corpus queries, then as many variants as needed.

Our own and those of the corpus are data (`segments.yaml`, `corpus.json`: public queries, word for word).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, Final

import yaml

from mig.sandbox.maker import words
from mig.sandbox.maker.dice import Dice, row_id

_HERE: Final = Path(__file__).parent
_ALIASED: Final = "PROFILE(contact, contact_1).FILTER({})"

# Name and condition of the variants beyond the catalogue; real queries typically have 150 to 300 characters.
_VARIANTS: Final = (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What the official tool made of a segment: `state` is equal, outdated or edited."""

    state: str
    query: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One outbound segment; `members`: how many ids it stores (static), `share`: per mille of contacts."""

    key: str
    name: str
    query: str | None = None
    status: str = "live"
    scope: str = "organization"
    queryname: str = ""
    members: int = 0
    prefixed: bool = False
    share: int | None = None
    copy: Copy | None = None

    @property
    def id(self) -> str:
        """The row's id, the same in every world."""
        return row_id("msdyncrm_segment", self.key)

    @property
    def query_name(self) -> str:
        """The name that other queries use: a plain one, or the platform's prefix and the id."""
        return self.queryname or f"SEGMENT_CRM_ID_{self.id.replace('-', '')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandMade:
    """A real-time segment that no tool made; `outbound`: the segment it is the platform's own copy of."""

    name: str
    query: str | None = None
    status: str = "draft"
    outbound: str | None = None


def outbound_segments(wanted: int, seed: int) -> list[Outbound]:
    """The first `wanted` segments: the catalogue, then variants of it with names of their own."""
    return list(islice(chain(_catalogue(), _variants(Dice(seed, "variants"))), wanted))


def hand_made_segments() -> tuple[HandMade, ...]:
    """The real-time segments that every made world has."""
    return tuple(HandMade(**entry) for entry in _document()["realtime"])


@cache
def _document() -> Mapping[str, Any]:
    text = (_HERE / "segments.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


@cache
def _catalogue() -> tuple[Outbound, ...]:
    own = [_own(entry) for entry in _document()["outbound"]]
    names = {segment.key: segment.query_name for segment in own}
    return (*(_own(entry, names) for entry in _document()["outbound"]), *_corpus())


def _own(entry: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Outbound:
    facts = dict(entry)
    if copy := facts.pop("copy", None):
        name = copy.get("name", f"Migrated – {entry['name']}")
        facts["copy"] = Copy(state=copy["is"], query=copy["query"], name=name)
    if names and facts.get("query"):
        facts["query"] = re.sub(r"\{(\w+)\}", lambda found: _referred(found[1], names), facts["query"])
    return Outbound(**facts)


def _referred(key: str, names: Mapping[str, str]) -> str:
    return row_id("account", key.removeprefix("account_")) if key.startswith("account_") else names[key]


def _corpus() -> Iterator[Outbound]:
    for entry in json.loads((_HERE / "corpus.json").read_text(encoding="utf-8")):
        yield Outbound(
            key=f"corpus_{entry['id']}",
            name=f"Corpus: {entry['id']}",
            query=entry["query"],
            # The service validates on going live, so what does not parse can only be a draft.
            status="live" if entry["parses"] else "draft",
            queryname=entry.get("queryname", ""),
        )


def _variants(dice: Dice) -> Iterator[Outbound]:
    for number in count(1):
        name, condition = dice.pick(_VARIANTS)
        country, city = dice.pick(words.PLACES)
        facts = {
            "country": country,
            "city": city,
            "title": dice.pick(words.JOB_TITLES),
            "income": 20_000 + 1_000 * dice.below(90),
            "year": 1960 + dice.below(65),
        }
        yield Outbound(
            key=f"variant_{number}",
            name=f"{name.format(**facts)} ({number})",
            query=_ALIASED.format(condition.format(**facts)),
            status=dice.pick(("live", "live", "stopped", "draft")),
        )
