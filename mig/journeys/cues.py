"""Where a journey waits for triggers: at its start, in a branch, or to end; and for which event.

A journey is tied to one event by a condition that holds the event's table and id. The form is public in part
only, so a condition counts as a tie where it is seen to be one; where it is not, the journey counts as one
that takes every event. Paths: reference/events-and-transition.md 3.1.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from mig.journeys.definitions import ids_in

_EVENT: Final = "msevtmgt_event"
# Words of an operator, without blanks and underscores, that let a condition hold for other events as well.
_OTHERWISE: Final = frozenset(
    {"not", "!", "ne", "neq", "!=", "<>", "notequal", "notequals", "doesnotequal", "isnot", "isnotequal"}
    | {"isnotequalto", "notin", "doesnotcontain"}
)
_EITHER: Final = frozenset({"or", "||"})
# What stands below an action and is an action of its own.
_INNER: Final = frozenset({"actions", "branches", "falseactions", "succeedactions", "timeoutactions"})


class Part(StrEnum):
    """What a trigger does in a journey."""

    START = "start"
    BRANCH = "branch"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class Cue:
    """A trigger that a journey waits for, by its unique name.

    `events` are the ids of the events that its condition names; `only`: no other event fulfils it.
    """

    part: Part
    trigger: str
    events: frozenset[str] = frozenset()
    only: bool = False


def cues_in(text: str | None) -> tuple[Cue, ...] | None:
    """All of a definition, in its order; None when it is no JSON."""
    if not text:
        return ()
    try:
        return tuple(dict.fromkeys(_cues(_lowered(json.loads(text)))))
    except (ValueError, RecursionError):
        return None


def _lowered(value: Any) -> Any:
    """With keys in lower case, and JSON that is written as text read as what it is."""
    if isinstance(value, dict):
        return {key.lower(): _lowered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_lowered(item) for item in value]
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _lowered(json.loads(value))
        except ValueError:
            return value
    return value


def _cues(document: Any) -> Iterator[Cue]:
    if not isinstance(document, dict):
        return
    trigger, ends = document.get("trigger"), document.get("exitcriteria")
    yield from (_cue(Part.START, name, trigger) for name, _ in _named(trigger))
    rest = {key: value for key, value in document.items() if key not in ("trigger", "exitcriteria")}
    yield from (_cue(Part.BRANCH, name, holder) for name, holder in _named(rest))
    exits = ends.get("exitevents") if isinstance(ends, dict) else None
    for one in exits if isinstance(exits, list) else [exits]:
        found = [name for name, _ in _named(one)]
        # How an exit event is written is not public: where nothing is called its name, each text may be it.
        yield from (_cue(Part.EXIT, name, one) for name in found or _texts(one))


def _named(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every `eventName`, with the object it stands in."""
    for holder in _objects(value):
        name = holder.get("eventname")
        if isinstance(name, str) and name.strip():
            yield name.strip(), {key: item for key, item in holder.items() if key not in _INNER}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a document, the outer ones first."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _cue(part: Part, name: str, scope: Any) -> Cue:
    """`scope` is what may hold the condition."""
    return Cue(part, name, frozenset(_events(scope)), _ties(scope))


def _events(scope: Any) -> Iterator[str]:
    """Ids that stand beside the table of events, or below what stands beside it."""
    for holder in _objects(scope):
        if holder.get("logicalname") == _EVENT:
            for text in _texts(holder):
                yield from ids_in(text)


def _ties(scope: Any) -> bool:
    """Whether one comparison with an event has to hold; among alternatives, every one must be such."""
    comparisons = [holder for holder in _objects(scope) if "rightoperand" in holder]
    with_event = [one for one in comparisons if any(_events(one["rightoperand"]))]
    words = {word.lower().replace(" ", "").replace("_", "") for word in (*_texts(scope), *_keys(scope))}
    if not with_event or not words.isdisjoint(_OTHERWISE):
        return False
    return words.isdisjoint(_EITHER) or len(with_event) == len(comparisons)


def _keys(scope: Any) -> Iterator[str]:
    return (key for holder in _objects(scope) for key in holder)
