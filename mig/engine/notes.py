"""Notes: what ledger, past runs, probe and lock are written on.

There are two places for them: annotation rows of the target organisation, and a file on this machine. Their
ids are derived, so that every run meets the same ones, and carry the organisation's id: in a copy of an
environment the same names give other notes, and what was copied along is history, not state.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self
from uuid import NAMESPACE_DNS, uuid5

from mig.dataverse.errors import DataverseError
from mig.engine.sealed import FileUnusable, TooNew, opened, sealed

# The column of an annotation takes 100,000 characters: mig/model/tables/platform.json.
MAX_TEXT: Final = 99_000
_FORMAT: Final = 1


class NoteUnreadable(DataverseError):
    """A note that is not what `mig` writes; the message says which and why."""

    code = "ENV007"

    def __init__(
        self, told: str, fix: str = "delete that note where it is kept; the next plan adopts what is there"
    ) -> None:
        super().__init__(told)
        self.fix = fix


class NoteChanged(DataverseError):
    """A note is not as it was read: somebody else wrote it, or removed it."""

    code = "ENV039"
    fix = "run again: it begins with what is there now"

    def __init__(self, subject: str, note_id: str) -> None:
        super().__init__(f"somebody else wrote or removed the note {subject} meanwhile ({note_id})")


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `etag` is its version, None for one that is not written yet."""

    id: str
    subject: str
    text: str
    etag: str | None = None


class Notes(Protocol):
    """Where the notes of an environment are kept."""

    @property
    def file(self) -> str | None:
        """The file, as the manifest calls it; None for the organisation itself."""

    def writable(self) -> Self:
        """The same place, for applying. Until then every write is refused: `WriteRefused`."""

    async def kept(self, *prefixes: str) -> Sequence[Note]:
        """All notes whose subject starts with one of these, whoever wrote them."""

    async def find(self, note_id: str) -> Note | None:
        """One note; None when it is not there."""

    async def write(self, *notes: Note) -> Sequence[Note]:
        """Create each (it must be absent) or replace it (it must be as read): all of them or none.

        They come back with their versions; `NoteChanged` when one of them is not as it must be.
        """

    async def delete(self, note: Note) -> None:
        """Remove a note as it was read; otherwise `NoteChanged`."""


def note_id(organization: str, name: str) -> str:
    """The fixed id of a note of this organisation."""
    return str(uuid5(uuid5(NAMESPACE_DNS, "mig.notes"), f"{organization}:{name}"))


# --- what stands on them ----------------------------------------------------------------------------------


def text_of(kind: str, body: Mapping[str, Any]) -> str:
    """A document as the text of a note, with its kind and the digest that tells when somebody edited it."""
    document = sealed(kind, {"format_version": _FORMAT, **body})
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def document_of(kind: str, note: Note) -> Mapping[str, Any]:
    """The document on a note; `NoteUnreadable` when it is not as `mig` wrote it."""
    try:
        return opened(json.loads(note.text), kind, _FORMAT, note.id)
    except TooNew as error:
        raise NoteUnreadable(f"the {kind} note {note.id} was written by a newer mig", error.fix) from error
    except FileUnusable as error:
        raise misread(kind, note, error.why) from error
    except (ValueError, RecursionError) as error:
        raise misread(kind, note, "it is cut, or no JSON") from error


def misread(kind: str, note: Note, why: str) -> NoteUnreadable:
    """The error for a note whose document does not have the form it should."""
    return NoteUnreadable(f"the {kind} note {note.id} does not hold what mig writes: {why}")


def of_kind(kind: type, key: str, value: Any) -> Any:
    """A value that a note holds under a key; `TypeError` when it is of another kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{key} is of type {type(value).__name__}")
    return value
