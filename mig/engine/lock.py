"""The lock: one writer at a time in an organisation, whichever machine it runs on.

A note, taken by a create that must find it absent, with a lease that is renewed while the run lives. A run
that was killed leaves its note behind. On its own machine that is told from a slow one by a file that the
operating system unlocks when the process ends; elsewhere the lease has to run out.
"""

import asyncio
import getpass
import hashlib
import json
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from filelock import FileLock, Timeout

from mig.dataverse.errors import DataverseError, PrivilegeMissing
from mig.engine.notes import Note, NoteChanged, Notes, note_id
from mig.model.outcome import Exit

SUBJECT: Final = "mig:lock"
LEASE: Final = timedelta(minutes=5)
CHECK: Final = timedelta(seconds=10)  # how long a run may write without looking whether the lock is its own
_AHEAD: Final = timedelta(seconds=2)  # before that, one worker looks while the others go on

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the lock. `machine` is a digest of machine and data folder; times are ISO 8601, UTC."""

    run_id: str
    who: str
    where: str
    machine: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Held:
    """The lock's note, and who wrote it; None when it does not hold what `mig` writes."""

    note: Note
    holder: Holder | None


def told(held: Held | None) -> str:
    """Who holds it, in a sentence."""
    if held is None:
        return "Nobody holds the lock."
    holder = held.holder
    if holder is None:
        return "The lock is held, by a note that mig did not write."
    return (
        f"The lock is held by {holder.who} on {holder.where} since {holder.since}, until {holder.until}"
        f" (run {holder.run_id})."
    )


class LockHeld(DataverseError):
    """Somebody else is applying, by a note that says who."""

    code = "ENV006"
    exit = Exit.LOCKED
    fix = "wait for that run to end; if it is dead: mig lock release"

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        super().__init__(
            f"the lock is held by {holder.who} on {holder.where} since {holder.since}, until {holder.until}"
        )


class LockUnreadable(DataverseError):
    """There is a lock, and its note does not say whose; `denied` when it may not be read."""

    code = "ENV006"
    exit = Exit.LOCKED

    def __init__(self, denied: PrivilegeMissing | None = None) -> None:
        if denied is None:
            super().__init__("the lock is held, by a note that mig did not write")
            self.fix = "ask who wrote it; if nobody is applying: mig lock release"
        else:
            super().__init__(
                f"the lock is held by someone else, and its note cannot be read: {denied.message}"
            )
            self.fix = "to see who, give this identity the privilege prvReadNote for the whole organisation"


class LockContested(DataverseError):
    """It could not be taken, and is not there to be read: somebody was quicker, or it is hidden from us."""

    code = "ENV006"
    exit = Exit.LOCKED
    fix = "run again; to see who, give this identity the privilege prvReadNote for the whole organisation"

    def __init__(self) -> None:
        super().__init__("someone else took the lock at this very moment, or holds it out of sight")


class LockLost(DataverseError):
    """Somebody else took the lock while this run was applying."""

    code = "ENV006"
    exit = Exit.LOCKED
    fix = "this run stopped; run again when the other one has ended"

    def __init__(self) -> None:
        super().__init__("this run lost the lock")


class Heartbeat:
    """A file that the operating system keeps locked for as long as this process lives."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "runs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.machine = hashlib.sha256(f"{platform.node()}|{home.resolve()}".encode()).hexdigest()[:16]
        self._file: FileLock | None = None

    def start(self, run_id: str) -> None:
        """Hold the file of this run."""
        self._file = FileLock(self._folder / f"{run_id}.lock")
        self._file.acquire(timeout=0)

    def stop(self) -> None:
        """Let go of it."""
        if self._file is not None:
            path = Path(self._file.lock_file)
            self._file.release()
            path.unlink(missing_ok=True)

    def died(self, holder: Holder) -> bool:
        """Whether that holder ran here and its process is gone."""
        if holder.machine != self.machine:
            return False
        path = self._folder / f"{holder.run_id}.lock"
        if not path.exists():  # another machine of the same name, as containers are
            return False
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            return False
        path.unlink(missing_ok=True)
        return True


class Lock:
    """The lock while this run has it."""

    def __init__(self, notes: Notes, note: Note, holder: Holder, heartbeat: Heartbeat, clock: Clock) -> None:
        self._notes = notes
        self._note = note
        self._holder = holder
        self._heartbeat = heartbeat
        self._clock = clock
        self._checked = clock()
        self._checking = asyncio.Lock()
        self.taken_over = False

    @classmethod
    async def take(
        cls, notes: Notes, organization: str, run_id: str, heartbeat: Heartbeat, clock: Clock
    ) -> Self:
        """Take the lock, or raise `LockHeld`, `LockUnreadable` or `LockContested`.

        A lease that ended or a holder that died is taken over.
        """
        now = clock()
        holder = Holder(
            run_id=run_id,
            who=_user(),
            where=platform.node(),
            machine=heartbeat.machine,
            since=_stamp(now),
            until=_stamp(now + LEASE),
        )
        lock = cls(notes, Note(_id(organization), SUBJECT, _text(holder)), holder, heartbeat, clock)
        heartbeat.start(run_id)
        try:
            await lock._acquire()
        except BaseException:
            heartbeat.stop()
            raise
        return lock

    async def _acquire(self) -> None:
        if await self._write(self._note):
            return
        held = await self._standing()
        holder = held.holder if held else None
        if held and holder == self._holder:  # the answer to our own write was lost
            self._note = held.note
            return
        if held and holder is None:
            raise LockUnreadable
        if holder and not self._ended(holder):
            raise LockHeld(holder)
        # Released meanwhile, or left behind: whoever writes first has it.
        if not await self._write(replace(self._note, etag=held.note.etag if held else None)):
            raise LockContested
        self.taken_over = held is not None

    async def _write(self, note: Note) -> bool:
        try:
            (self._note,) = await self._notes.write(note)
        except NoteChanged:
            return False
        return True

    async def _standing(self) -> Held | None:
        try:
            return await _held(self._notes, self._note.id)
        except PrivilegeMissing as error:
            raise LockUnreadable(error) from error

    def _ended(self, holder: Holder) -> bool:
        return self._clock() >= datetime.fromisoformat(holder.until) or self._heartbeat.died(holder)

    @property
    def holder(self) -> Holder:
        """Who this run says it is."""
        return self._holder

    async def renew(self) -> None:
        """Called before each write: `LockLost` when somebody else has the lock now.

        It is looked up every few seconds and prolonged once half of the lease has gone.
        """
        if self._checking.locked() and self._checked <= self._clock() < self._checked + CHECK:
            return
        async with self._checking:
            now = self._clock()
            # A clock that was put back tells nothing.
            if self._checked <= now < self._checked + CHECK - _AHEAD:
                return
            if now < datetime.fromisoformat(self._holder.until) - LEASE / 2:
                held = await _held(self._notes, self._note.id)
                if held is None or held.note.etag != self._note.etag:
                    raise LockLost
            else:
                await self._prolong(replace(self._holder, until=_stamp(now + LEASE)))
            self._checked = now

    async def _prolong(self, holder: Holder) -> None:
        try:
            (self._note,) = await self._notes.write(replace(self._note, text=_text(holder)))
        except NoteChanged as error:
            raise LockLost from error
        self._holder = holder

    async def release(self) -> None:
        """Give it back. A lock that somebody took meanwhile is left to them."""
        try:
            with suppress(NoteChanged):
                await self._notes.delete(self._note)
        finally:
            self._heartbeat.stop()


async def find(notes: Notes, organization: str) -> Held | None:
    """The lock as it stands; None when nobody holds it."""
    return await _held(notes, _id(organization))


async def release(notes: Notes, held: Held) -> None:
    """Remove the lock as it was found, whoever holds it."""
    await notes.delete(held.note)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user id without a name, as containers have; Windows has none
        return "an unnamed user"


def _id(organization: str) -> str:
    return note_id(organization, "lock")


async def _held(notes: Notes, row_id: str) -> Held | None:
    note = await notes.find(row_id)
    return None if note is None else Held(note, _holder(note.text))


def _holder(text: str) -> Holder | None:
    """Who wrote the note; None when no run did. Keys that a later version may have added are passed over."""
    try:
        document = json.loads(text)
        holder = Holder(**{field.name: str(document[field.name]) for field in fields(Holder)})
        until = datetime.fromisoformat(holder.until)
    except (TypeError, ValueError, KeyError):
        return None
    return holder if until.tzinfo else None


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _text(holder: Holder) -> str:
    return json.dumps(asdict(holder), sort_keys=True)
