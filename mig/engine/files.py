"""Writing files whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, content: bytes | Iterable[str]) -> int:
    """Write beside the final place, then put it there in one step; the size in bytes.

    Only its owner may read the file; line ends stay as they are.
    """
    parts = [content] if isinstance(content, bytes) else (part.encode() for part in content)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())  # a machine that stops must not leave the name on an empty file
            size = Path(temporary).stat().st_size
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    return size
