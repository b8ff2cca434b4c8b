"""Where worlds live: `<home>/worlds/<name>.world`, one file each, made whole or not at all."""

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from mig.sandbox.building import become_another, build
from mig.sandbox.segmentation.refreshing import compute_all
from mig.sandbox.spec import WorldSpec
from mig.sandbox.world import APPLICATION_ID, FORMAT, World, connect

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_HEADER: Final = 100  # bytes of SQLite's file header
_SIDE_FILES: Final = ("-wal", "-shm")
_ANEW: Final = "remove it with `mig sandbox remove`, and make it anew"
_REFUSED: Final = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)
_SCRATCH_CACHE: Final = 65_536  # KiB of pages that are kept in memory while a world is made


class WorldError(Exception):
    """A sandbox that cannot be made, opened or removed; the message is one sentence for a person, `fix` what
    to do.
    """

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


class Worlds:
    """All worlds below one home folder, by name."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "worlds"

    def names(self) -> list[str]:
        """The names there are, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.world") if path.is_file())

    def exists(self, name: str) -> bool:
        """Whether there is a world of that name; `WorldError` when it cannot be a name."""
        return self._path(name).is_file()

    def create(self, name: str, spec: WorldSpec) -> int:
        """Make a world; how many rows it has. `WorldError` when the name is taken or not allowed, or the disk
        refuses.
        """
        with self._making(name) as connection:
            rows = build(connection, name, spec)
            world = World(name, connection)
            with world.transaction():
                compute_all(world)
            return rows

    def copy(self, name: str, original: str) -> None:
        """Make a world that is a copy of another under an organisation id and tokens of its own.

        `WorldError` as for `create` and `open`.
        """
        self._free(name)
        with self.open(original) as world, self._making(name) as connection:
            world.connection.backup(connection)
            become_another(connection, name)

    def open(self, name: str) -> World:
        """Open a world; `WorldError` when there is none, or when its file is damaged or not a world's."""
        path = self._existing(name)
        connection = None
        try:
            _check_header(path)
            connection = connect(path)
            _check_pages(connection, path)
            _write_ahead(connection)
            return World(name, connection)
        except (OSError, sqlite3.Error, ValueError, LookupError, TypeError) as error:
            if connection is not None:
                connection.close()
            if _is_held(error):
                told = f"the sandbox {name!r} is in use by another process: {path}"
                raise WorldError(told, "wait until that is done, or end it") from error
            told = f"the sandbox file {path} is damaged or cannot be used: {error}"
            raise WorldError(told, _way_out(error)) from error
        except WorldError:
            if connection is not None:
                connection.close()
            raise

    def remove(self, name: str) -> None:
        """Delete a world for good."""
        path = self._existing(name)
        try:
            path.unlink()
            _remove_side_files(path)
        except OSError as error:
            told = f"the sandbox {name!r} cannot be removed: {error}"
            raise WorldError(told, "see that you may change its folder, and that nobody uses it") from error

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            fix = "use up to 64 letters, digits, '-', '_' and '.', without a '.' in front"
            raise WorldError(f"{name!r} cannot name a sandbox", fix)
        path = self._folder / f"{name}.world"
        if path.is_dir():
            told = f"{path} is a folder where the file of a sandbox should be"
            raise WorldError(told, "move it elsewhere")
        return path

    def _existing(self, name: str) -> Path:
        path = self._path(name)
        if not path.is_file():
            told = f"there is no sandbox named {name!r}: {path} does not exist"
            raise WorldError(told, "`mig sandbox list` names those there are, `mig sandbox new` makes one")
        return path

    def _free(self, name: str) -> Path:
        path = self._path(name)
        if path.exists():
            told = f"a sandbox named {name!r} exists already: {path}"
            raise WorldError(told, "take another name, or remove that one with `mig sandbox remove`")
        return path

    @contextmanager
    def _making(self, name: str) -> Iterator[sqlite3.Connection]:
        """A file to fill, beside its final place; put there in one step when all went well, else removed."""
        path = self._free(name)
        temporary: Path | None = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self._folder, prefix=f".{name}.", suffix=".part")
            temporary = Path(made)
            os.close(handle)
            with closing(_scratch(temporary)) as connection:
                yield connection
            _settle(temporary)
            _remove_side_files(path)  # of a world that was removed while it was open
            temporary.replace(path)
        except (OSError, sqlite3.Error) as error:
            told = f"the sandbox {name!r} cannot be written to {path}: {error}"
            raise WorldError(told, _way_out(error)) from error
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def _scratch(path: Path) -> sqlite3.Connection:
    """A connection that trades safety for speed: nobody else sees the file, and a failure throws it away."""
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = {-_SCRATCH_CACHE}")
    return connection


def _settle(path: Path) -> None:
    """Have the system write out all that it still holds of a file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remove_side_files(path: Path) -> None:
    for suffix in _SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """The file remembers the mode; to switch needs the file alone, so only the first who opens it does."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")


def _is_held(error: Exception) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _way_out(error: Exception) -> str:
    """What to do about a file: it is no reason to give it up that the machine refuses it."""
    if isinstance(error, OSError) or _code(error) in _REFUSED:
        return "see that the disk has room, and that you may read and write there"
    return "see that no two rows have one id" if isinstance(error, sqlite3.IntegrityError) else _ANEW


def _code(error: Exception) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF  # the rest says why


def _check_header(path: Path) -> None:
    """Look at the first bytes before SQLite does, which would write beside a foreign file."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if not header.startswith(b"SQLite format 3\0") or len(header) < _HEADER:
        raise WorldError(f"{path} is not a sandbox, or damaged; it was left as it is", _ANEW)
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        told = f"{path} is a database of another program; it was left as it is"
        raise WorldError(told, "move it elsewhere")
    if (made := int.from_bytes(header[60:64])) != FORMAT:
        version = "a newer" if made > FORMAT else "an older"
        raise WorldError(f"{path} was left as it is: it was made by {version} version of mig", _ANEW)


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise WorldError(f"the sandbox file {path} is damaged and was left as it is: {verdict}", _ANEW)
