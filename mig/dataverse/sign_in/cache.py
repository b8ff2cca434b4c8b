"""Sign-ins kept on disk, only when MIG_TOKEN_CACHE names a file: so that a person signs in once a day.

The file opens what the person may do. It is readable by its owner alone, and one that others may read is
refused. (On Windows, where files have no such mode, it is as private as the folder it is put into.)
"""

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mig.dataverse.sign_in import authority
from mig.dataverse.sign_in.asked import Asked

VARIABLE: Final = "MIG_TOKEN_CACHE"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Kept:
    """The file."""

    path: Path

    def read(self) -> Any:
        """What it holds, as MSAL keeps it; empty when there is no file yet."""
        kept = authority.load().SerializableTokenCache()
        if self.path.exists():
            kept.deserialize(self.path.read_text(encoding="utf-8"))
        return kept

    def save(self, kept: Any) -> None:
        """Write it whole, if something is new."""
        if not kept.has_state_changed:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=self.path.parent)  # readable by its owner alone
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(kept.serialize())
            Path(name).replace(self.path)
        finally:
            Path(name).unlink(missing_ok=True)
        kept.has_state_changed = False


def opened(asked: Asked) -> Kept | None:
    """The file that was asked for; None for none. `SignInFailed` when others may read it."""
    name = asked.get(VARIABLE)
    if name is None:
        return None
    path = Path(name)
    if os.name == "posix" and path.exists() and path.stat().st_mode & _OTHERS:
        raise asked.failed(f"{VARIABLE} names a file that others may read: {path}", f"chmod 600 {path}")
    return Kept(path)
