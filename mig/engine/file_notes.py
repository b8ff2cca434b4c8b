"""Notes in one file on this machine, for environments that are not to hold them, or cannot.

The file is JSON, sealed, and written whole or not at all. Processes of this machine take turns by a lock of
the operating system on a second file beside it, held only for as long as one write takes: who may apply is
for the note of `mig`'s own lock to say, as in an organisation.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from mig.dataverse.errors import DataverseError, WriteRefused
from mig.engine.files import write_whole
from mig.engine.notes import Note, NoteChanged, NoteUnreadable
from mig.engine.sealed import FileUnusable, TooNew, opened, sealed

_KIND: Final = "ledger"
_FORMAT: Final = 1
_TURN: Final = 30.0  # seconds to wait for another process; one write takes some milliseconds


class LedgerFileRefused(DataverseError):
    """The operating system does not let the file be read or written."""

    code = "ENV014"
    fix = "see that its folder is there, that you may write to it, and that the disk has room"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"the ledger file {file} cannot be used: {why}")


@dataclass(frozen=True, slots=True)
class FileNotes:
    """The notes in a file; `file` is how the manifest calls it, `path` where it is.

    Organisations do not disturb each other in it: their notes have different ids.
    """

    path: Path
    file: str
    read_only: bool = True

    def writable(self) -> "FileNotes":
        """The same file, which may be written."""
        return replace(self, read_only=False)

    async def kept(self, *prefixes: str) -> Sequence[Note]:
        """A file that is not there yet holds none."""
        return [note for note in self._read().values() if note.subject.startswith(prefixes)]

    async def find(self, note_id: str) -> Note | None:
        """From the file as it is now."""
        return self._read().get(note_id)

    async def write(self, *notes: Note) -> Sequence[Note]:
        """A note's version is a digest of what it says."""
        written = {note.id: replace(note, etag=_version(note)) for note in notes}
        with self._turn() as found:
            for note in notes:
                _expect(found, note)
            self._write({**found, **written})
        return list(written.values())

    async def delete(self, note: Note) -> None:
        """The file stays, without the note."""
        with self._turn() as found:
            _expect(found, note)
            self._write({key: other for key, other in found.items() if key != note.id})

    # --- the file -----------------------------------------------------------------------------------------

    @contextmanager
    def _turn(self) -> Iterator[Mapping[str, Note]]:
        """What is in the file, which no other process writes meanwhile."""
        if self.read_only:
            raise WriteRefused(f"the ledger file {self.file} was about to be written while planning")
        try:
            with FileLock(f"{self.path}.lock", timeout=_TURN):
                yield self._read()
        except Timeout as error:
            raise LedgerFileRefused(self.file, "another process keeps it locked") from error
        except OSError as error:
            raise LedgerFileRefused(self.file, error.strerror or "not told why") from error

    def _read(self) -> Mapping[str, Note]:
        try:
            document = json.loads(self.path.read_bytes())
            stated = opened(document, _KIND, _FORMAT, self.file)
            return {note.id: note for note in map(_note, stated["notes"])}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise LedgerFileRefused(self.file, error.strerror or "not told why") from error
        except TooNew as error:
            raise NoteUnreadable(str(error), error.fix) from error
        except FileUnusable as error:
            raise self._unreadable(error.why) from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._unreadable("it is cut, or no ledger file") from error

    def _unreadable(self, why: str) -> NoteUnreadable:
        fix = "put a copy of it back, or move it away: the next plan adopts what is there"
        return NoteUnreadable(f"the ledger file {self.file}: {why}", fix)

    def _write(self, notes: Mapping[str, Note]) -> None:
        stated = [
            {"id": note.id, "subject": note.subject, "text": note.text}
            for note in sorted(notes.values(), key=lambda note: note.id)
        ]
        document = sealed(_KIND, {"format_version": _FORMAT, "notes": stated})
        write_whole(self.path, [json.dumps(document, ensure_ascii=False, indent=1)])


def _note(stated: Mapping[str, Any]) -> Note:
    note = Note(stated["id"], stated["subject"], stated["text"])
    return replace(note, etag=_version(note))


def _version(note: Note) -> str:
    return hashlib.sha256(f"{note.subject}\n{note.text}".encode()).hexdigest()


def _expect(found: Mapping[str, Note], note: Note) -> None:
    """`NoteChanged` unless the note is as it was read."""
    standing = found.get(note.id)
    if (standing.etag if standing else None) != note.etag:
        raise NoteChanged(note.subject, note.id)
