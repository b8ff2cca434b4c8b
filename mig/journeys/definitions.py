"""Which segments a journey's definition names.

The shapes are public in part only, so what is known is given its role, and any other id is kept as named
elsewhere: a use too many is harmless, one too few is not. Paths: reference/events-and-transition.md 3.1, 3.3.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from mig.journeys.usage import Role

# With or without dashes: a condition may name `SEGMENT_CJO_ID_<hex>`.
_ID: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", re.IGNORECASE
)

Path = tuple[str, ...]
Holder = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """Ids with their roles. `garbled` when the text is no JSON; then any id in it counts."""

    roles: Mapping[str, frozenset[Role]]
    garbled: bool = False


def named_in_real_time(text: str | None) -> Named:
    """What `msdynmkt_journeyjson` names."""
    return _named(text, lambda path, _: _role(path))


def named_in_outbound(text: str | None) -> Named:
    """What `msdyncrm_workflowdefinition` names: items of segment tiles; all but inclusion excludes."""
    return _named(text, _tile_role)


def ids_in(text: str) -> list[str]:
    """Every id in a text, in the form ids are compared in."""
    return [str(UUID(found)) for found in _ID.findall(text)]


def _named(text: str | None, role: Callable[[Path, Holder], Role]) -> Named:
    if not text:
        return Named({})
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Named({found: frozenset({Role.ELSEWHERE}) for found in ids_in(text)}, garbled=True)
    roles: dict[str, set[Role]] = {}
    for path, holder, value in _texts(document):
        for found in ids_in(value):
            roles.setdefault(found, set()).add(role(path, holder))
    return Named({found: frozenset(kept) for found, kept in roles.items()})


def _texts(document: Any) -> Iterator[tuple[Path, Holder, str]]:
    """Every text and every key: the keys that lead there, in lower case, and the object it stands in."""
    waiting: list[tuple[Path, Holder, Any]] = [((), {}, document)]
    while waiting:
        path, holder, value = waiting.pop()
        if isinstance(value, str):
            yield path, holder, value
        elif isinstance(value, list):
            waiting += ((path, holder, item) for item in value)
        elif isinstance(value, dict):
            for key, item in value.items():
                yield path, value, key
                waiting.append(((*path, key.lower()), value, item))


def _role(path: Path) -> Role:
    """Below `trigger` all is audience but the exclusions: how several audiences are written is not public."""
    match path:
        case ("trigger", "exclusionsegments", *_):
            return Role.EXCLUSION
        case ("trigger", *_):
            return Role.AUDIENCE
        case ("exitcriteria", "suppressionsegments", *_):
            return Role.EXIT
    return Role.ELSEWHERE


def _tile_role(path: Path, item: Holder) -> Role:
    if item.get("ActivityTypeId") != "SegmentItem" or path[-1:] != ("itemid",):
        return Role.ELSEWHERE
    return Role.AUDIENCE if item.get("ContainmentMethod") == "Inclusion" else Role.EXCLUSION
