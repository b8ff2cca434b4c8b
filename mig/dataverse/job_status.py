"""What the events service says of its registration job, read leniently.

No public source says what a status body looks like (reference/events-and-transition.md 1.1): any JSON, text,
page or nothing is taken. What is not understood is `indeterminate`, and never taken for the end.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from mig.dataverse.hiding import Hidden


class JobState(StrEnum):
    """Where the service's latest job is."""

    NONE = "none"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One reading of the status. `said` is the body without secrets and without anything about persons.

    `source` and `target` are the events it speaks of, where it names them (lower case).
    """

    state: JobState
    said: str
    source: str | None = None
    target: str | None = None


# Words of jobs in general: those of this service are not public. Compared without case and punctuation.
_WORDS: Final[Mapping[JobState, frozenset[str]]] = {
    JobState.NONE: frozenset({"notstarted", "none", "idle", "nojob", "notfound", "neverrun"}),
    JobState.RUNNING: frozenset(
        {"running", "inprogress", "processing", "started", "starting", "queued", "pending", "executing"}
    ),
    JobState.FINISHED: frozenset(
        {"completed", "complete", "finished", "succeeded", "success", "successful", "done"}
    ),
    JobState.FAILED: frozenset({"failed", "failure", "faulted", "error"}),
    JobState.STOPPED: frozenset({"stopped", "cancelled", "canceled", "aborted", "terminated", "stopping"}),
}
_STATES: Final[Mapping[str, JobState]] = {word: state for state, words in _WORDS.items() for word in words}
_TELLING: Final = re.compile("(state|status|phase|stage|result|outcome)$", re.IGNORECASE)
_NAME: Final = re.compile(r"@?[\w.$-]{1,60}")
_GUID: Final = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?")
_LONGEST: Final = 2000  # characters of a body that are kept
_DEEPEST: Final = 20


def read_status(content: bytes, kind: str, hidden: Hidden) -> JobStatus:
    """What a body says; `kind` is its content type. Never raises."""
    text = content.decode("utf-8", "replace").strip()
    try:
        body = json.loads(text)
        facts = list(_facts(body))
        said = json.dumps(_impersonal(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return JobStatus(_state_of(text), hidden.text(_shape(text, kind)))
    states = {state for key, value in facts if (state := _state(key, value)) is not None}
    return JobStatus(
        state=states.pop() if len(states) == 1 else JobState.INDETERMINATE,
        said=hidden.text(said)[:_LONGEST],
        source=_event(facts, "fromevent", "sourceevent"),
        target=_event(facts, "toevent", "targetevent"),
    )


def _facts(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value that is no list and no object, with the key it stands under; the whole has none."""
    if depth > _DEEPEST:
        raise RecursionError
    match value:
        case dict():
            for name, inner in value.items():
                yield from _facts(inner, name, depth + 1)
        case list():
            for inner in value:
                yield from _facts(inner, key, depth + 1)
        case _:
            yield key, value


def _state(key: str, value: Any) -> JobState | None:
    """What one value tells; None for nothing. A word that is not known makes the whole unknown."""
    if not isinstance(value, str) or (key and not _TELLING.search(key)):
        return None
    return _state_of(value)


def _state_of(text: str) -> JobState:
    word = "".join(filter(str.isalpha, text)).lower() if len(text) < 40 else ""
    return _STATES.get(word, JobState.INDETERMINATE)


def _event(facts: list[tuple[str, Any]], *names: str) -> str | None:
    """The only id under a key that begins with one of these names."""
    found = {
        value.lower()
        for key, value in facts
        if isinstance(value, str) and key.lower().startswith(names) and _GUID.fullmatch(value)
    }
    return found.pop() if len(found) == 1 else None


def _impersonal(value: Any, key: str = "") -> Any:
    """The same with texts only where they are ids, times, or a word that tells the state."""
    match value:
        case dict():
            return {
                name if _NAME.fullmatch(name) else _length(name): _impersonal(inner, name)
                for name, inner in value.items()
            }
        case list():
            return [_impersonal(inner, key) for inner in value]
        case str():
            return value if _is_harmless(key, value) else _length(value)
    return value


def _is_harmless(key: str, text: str) -> bool:
    if _GUID.fullmatch(text) or _MOMENT.fullmatch(text) or _state_of(text) is not JobState.INDETERMINATE:
        return True
    return bool(_TELLING.search(key)) and _NAME.fullmatch(text) is not None


def _shape(text: str, kind: str) -> str:
    """A body that is not JSON, by its kind and length; by itself where it is a word that is known."""
    if not text:
        return "(empty)"
    if _state_of(text) is not JobState.INDETERMINATE:
        return text
    return f"{kind.partition(';')[0].strip() or 'no content type'}, {_length(text)}"


def _length(text: str) -> str:
    return f"({len(text)} characters)"
