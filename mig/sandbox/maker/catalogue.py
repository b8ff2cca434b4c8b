"""The segments a made world starts with, and the journeys that use them.

Our own and those of the corpus are data (`segments.yaml`, `corpus.json`: public queries, word for word).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from mig.sandbox.maker.dice import row_id

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What the official tool made of a segment: `state` is equal, outdated or edited."""

    state: str
    query: str
    name: str
    status: str = "draft"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A real-time journey; `audience`, `exclude` and `exit` name real-time segments."""

    name: str
    status: str
    trigger: str
    audience: str
    exclude: Sequence[str] = ()
    exit: Sequence[str] = ()


def hand_made_segments() -> tuple[HandMade, ...]:
    """The real-time segments that every made world has."""
    return tuple(HandMade(**entry) for entry in _document()["realtime"])


def real_time_journeys() -> tuple[Journey, ...]:
    """The real-time journeys that a world with all those segments has."""
    return tuple(Journey(**entry) for entry in _document()["journeys"])


@cache
def _document() -> Mapping[str, Any]:
    text = (_HERE / "segments.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


@cache
def catalogue() -> tuple[Outbound, ...]:
    """Our own outbound segments, then those of the corpus."""
    own = [_own(entry) for entry in _document()["outbound"]]
    names = {segment.key: segment.query_name for segment in own}
    return (*(_own(entry, names) for entry in _document()["outbound"]), *_corpus())


def _own(entry: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Outbound:
    facts = dict(entry)
    if copy := facts.pop("copy", None):
        name = copy.get("name", f"Migrated – {entry['name']}")
        facts["copy"] = Copy(**{**copy, "name": name})
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
