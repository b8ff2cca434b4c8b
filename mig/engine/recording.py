"""An environment recorded to one file: everything a plan reads of it, so that plans need no credentials.

Recorded is what was made of the answers, not the answers: what no kind of resource keeps is not in the file.
The file is JSON, packed; the same environment at the same moment gives the same bytes.
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from mig import __version__
from mig.dataverse.errors import DataverseError
from mig.engine.notes import Note
from mig.engine.plan import Organization
from mig.engine.sealed import FileUnusable, opened, sealed
from mig.model.outcome import Exit
from mig.model.typed_json import Misfit, from_json, to_json

FORMAT_VERSION: Final = 1
_KIND: Final = "snapshot"
_LARGEST: Final = 1 << 30  # bytes of JSON; a file that unpacks to more is not read to its end
_T = TypeVar("_T")


class NotInSnapshot(DataverseError):
    """A question that was not asked when the environment was recorded."""

    code = "ENV021"
    fix = "record the environment again with this manifest, or name the environment itself"

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name} is a snapshot, and {what} is not in it")


class EnvironmentNeeded(DataverseError):
    """A question that no plan asks, so that it is answered by no snapshot."""

    code = "ENV021"
    fix = "name the environment itself"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is a snapshot, and this command needs the environment itself")


class SnapshotTakesNoChanges(DataverseError):
    """A snapshot is no place to write to."""

    code = "ENV020"
    exit = Exit.REFUSED
    fix = "apply to the environment itself"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is a snapshot: what is planned for it is never applied")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One environment as it was at a moment.

    `notes` are those that ledgers stand on; `parts` has what each kind of resource is planned from.
    """

    taken: datetime
    organization: Organization
    notes: tuple[Note, ...]
    parts: Mapping[str, Any]

    def part(self, kind: str, form: type[_T]) -> _T:
        """What one kind of resource is planned from."""
        try:
            return from_json(form, self.parts.get(kind))
        except Misfit as error:
            told = f"what a {kind} is planned from, as this version reads it ({error}),"
            raise NotInSnapshot(self.organization.name, told) from error

    def packed(self) -> bytes:
        """The file."""
        head = {"format_version": FORMAT_VERSION, "tool": f"mig {__version__}"}
        document = sealed(_KIND, {**head, **to_json(Recording, self)})
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return gzip.compress(text.encode(), mtime=0)


def read_recording(path: Path) -> Recording:
    """Read a file that `mig snapshot` wrote; `FileUnusable` says what is wrong with it."""
    anew = "record the environment again"
    try:
        with gzip.open(path) as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise FileUnusable(str(path), f"it holds more than {_LARGEST:,} bytes", anew)
        document = opened(json.loads(raw), _KIND, FORMAT_VERSION, str(path))
        return from_json(Recording, dict(document))
    except OSError as error:
        why = error.strerror or "it is no file that mig snapshot wrote, or damaged"
        raise FileUnusable(str(path), why, "see that it is there, or record the environment again") from error
    except (EOFError, zlib.error, ValueError, RecursionError) as error:
        raise FileUnusable(str(path), "it is damaged: it cannot be unpacked and read", anew) from error
