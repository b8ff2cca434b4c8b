"""The ledger: what `mig` last applied, per source row, in one organisation.

It is written on notes, each a JSON document of its own, so that a run that dies between two of them leaves a
ledger that is merely older. An entry that outgrows its note moves to a later one, which is written first:
found on two notes, the later one counts. Losing the ledger loses no rows: target ids are derived from source
ids.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any, Final, Self

from mig.engine.notes import MAX_TEXT, Note, Notes, document_of, misread, note_id, of_kind, text_of
from mig.engine.parallel import in_parallel
from mig.model.counted import counted

PREFIX: Final = "mig:ledger:"
_KIND: Final = "ledger"
_TOGETHER: Final = 50  # notes in one change set: about 5 MB

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One source row and what became of it.

    `target` maps a target table to a row id. `desired` is what the manifest and the source asked for,
    `applied` what the target held afterwards, both by column; they differ where a row was adopted as it was.
    `by_hand`: what was asked for follows from what a person wrote, not from the source. `created`: `mig` made
    the target rows. `stopped`: `mig` has taken them out of use to change them, and is to publish them again.
    `job`: how far a job of another service has come that works on them (`jobs.JobRecord`).
    """

    address: str
    source_id: str
    target: Mapping[str, str]
    desired: State
    applied: State
    published: bool = False
    by_hand: bool = False
    created: bool = False
    stopped: bool = False
    job: State = field(default_factory=dict)
    run_id: str = ""
    at: str = ""


# What the fields of an entry are in JSON.
_KINDS: Final[Mapping[str, type]] = {
    "address": str,
    "source_id": str,
    "target": dict,
    "desired": dict,
    "applied": dict,
    "published": bool,
    "by_hand": bool,
    "created": bool,
    "stopped": bool,
    "job": dict,
    "run_id": str,
    "at": str,
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """The entries on one note."""

    note: Note
    entries: tuple[Entry, ...] = ()
    dirty: bool = False


@dataclass(frozen=True)
class Ledger:
    """What one migration owns in one organisation."""

    organization: str
    migration: str
    chunks: tuple[Chunk, ...] = ()

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Entries by source id."""
        return {entry.source_id: entry for chunk in self.chunks for entry in chunk.entries}

    def entries_of(self, kind: str) -> Mapping[str, Entry]:
        """Those of one kind of resource, `segment` or `event`, by source id."""
        found = self.entries.items()
        return {key: entry for key, entry in found if entry.address.startswith(f"{kind}.")}

    @property
    def told(self) -> str:
        """`52 segments and 1 event`; nothing of a kind of which there are none, unless that is all."""
        counts = {kind: len(self.entries_of(kind)) for kind in ("segment", "event")}
        told = [counted(count, kind) for kind, count in counts.items() if count]
        return " and ".join(told) or "0 segments"

    @cached_property
    def owned(self) -> Mapping[str, Entry]:
        """Entries by target row id."""
        return {row: entry for entry in self.entries.values() for row in entry.target.values()}

    def record(self, entries: Iterable[Entry]) -> Self:
        """This ledger with entries added or replaced; only the notes they stand on become dirty."""
        new = {entry.source_id: entry for entry in entries}
        chunks = [self._replaced(chunk, new) for chunk in self.chunks]
        room = MAX_TEXT - len(_text(self, chunks[-1])) if chunks else -1
        for entry in new.values():
            size = len(_line(entry))
            if size > room:
                chunks.append(self._fresh(chunks))
                room = MAX_TEXT - len(_text(self, chunks[-1]))
            chunks[-1] = replace(chunks[-1], entries=(*chunks[-1].entries, entry), dirty=True)
            room -= size
        return replace(self, chunks=tuple(chunks))

    def forget(self, source_ids: Collection[str]) -> Self:
        """This ledger without some entries; only the notes they stood on become dirty."""
        return replace(self, chunks=tuple(_without(chunk, source_ids) for chunk in self.chunks))

    def _replaced(self, chunk: Chunk, new: dict[str, Entry]) -> Chunk:
        """The chunk with what is new in it; what has no room there any more is left in `new`."""
        kept = [
            new.pop(entry.source_id, entry)
            for entry in chunk.entries
            if self.entries[entry.source_id] is entry
        ]
        if tuple(kept) == chunk.entries:
            return chunk
        changed = replace(chunk, entries=tuple(kept), dirty=True)
        while len(kept) > 1 and len(_text(self, changed)) > MAX_TEXT:
            moved = kept.pop()
            new[moved.source_id] = moved
            changed = replace(changed, entries=tuple(kept))
        return changed

    def _fresh(self, chunks: Iterable[Chunk]) -> Chunk:
        """An empty one, on the first note that is free: somebody may have deleted one in the middle."""
        taken = {chunk.note.id for chunk in chunks}
        ids = (_note_id(self.organization, self.migration, number) for number in count())
        row_id = next(found for found in ids if found not in taken)
        return Chunk(Note(row_id, PREFIX + self.migration, ""))


def _without(chunk: Chunk, source_ids: Collection[str]) -> Chunk:
    kept = tuple(entry for entry in chunk.entries if entry.source_id not in source_ids)
    return chunk if kept == chunk.entries else replace(chunk, entries=kept, dirty=True)


async def save(notes: Notes, ledger: Ledger, parallelism: int = 1) -> Ledger:
    """Write the dirty notes, the last ones first; each only if it is as it was read.

    What moves comes from a note that stands already, so that new ones may be written side by side.
    """
    dirty = [
        replace(chunk.note, text=_text(ledger, chunk)) for chunk in reversed(ledger.chunks) if chunk.dirty
    ]
    written: dict[str, Note] = {}

    async def write(some: Sequence[Note]) -> None:
        written.update({note.id: note for note in await notes.write(*some)})

    new = [note for note in dirty if note.etag is None]
    share = min(_TOGETHER, -(-len(new) // parallelism))
    await in_parallel(map(write, _parted(new, share)), parallelism)
    await in_parallel(map(write, _parted([note for note in dirty if note.etag is not None], _TOGETHER)), 1)
    chunks = [
        Chunk(written[chunk.note.id], chunk.entries) if chunk.note.id in written else chunk
        for chunk in ledger.chunks
    ]
    return replace(ledger, chunks=tuple(chunks))


def _parted(notes: Sequence[Note], size: int) -> Iterator[Sequence[Note]]:
    return (notes[start : start + size] for start in range(0, len(notes), size or 1))


@dataclass(frozen=True, slots=True)
class Ledgers:
    """All ledgers found: ours, those of other migrations, and organisations this one was copied from."""

    own: Ledger
    others: tuple[Ledger, ...] = ()
    copied_from: tuple[str, ...] = field(default=())


def ledgers_in(notes: Iterable[Note], organization: str, migration: str) -> Ledgers:
    """Every ledger on the notes; `NoteUnreadable` names a bad one. Other notes are passed over."""
    found: dict[str, list[Chunk]] = {}
    foreign: set[str] = set()
    for note in notes:
        if not note.subject.startswith(PREFIX):
            continue
        where, name, entries = _read(note)
        if where == organization:
            found.setdefault(name, []).append(Chunk(note, entries))
        else:
            foreign.add(where)
    ledgers = {
        name: Ledger(organization, name, tuple(_in_order(organization, name, chunks)))
        for name, chunks in found.items()
    }
    own = ledgers.pop(migration, Ledger(organization, migration))
    return Ledgers(own, tuple(ledgers[name] for name in sorted(ledgers)), tuple(sorted(foreign)))


def _in_order(organization: str, migration: str, chunks: list[Chunk]) -> Iterable[Chunk]:
    numbers = {_note_id(organization, migration, number): number for number in range(len(chunks) + 1)}
    return sorted(chunks, key=lambda chunk: numbers.get(chunk.note.id, len(chunks)))


def _note_id(organization: str, migration: str, number: int) -> str:
    return note_id(organization, f"ledger:{migration}:{number}")


def _read(note: Note) -> tuple[str, str, tuple[Entry, ...]]:
    """Organisation, migration and entries of a note. Keys that a later version added are passed over."""
    document = document_of(_KIND, note)
    try:
        where, name, entries = (
            of_kind(kind, key, document[key])
            for key, kind in (("organization", str), ("migration", str), ("entries", list))
        )
        return where, name, tuple(map(_entry, entries))
    except (KeyError, TypeError) as error:
        raise misread(_KIND, note, str(error)) from error


def _entry(found: Any) -> Entry:
    return Entry(**{key: of_kind(kind, key, found[key]) for key, kind in _KINDS.items() if key in found})


def _plain(entry: Entry) -> dict[str, Any]:
    """An entry as JSON has it. What its fields hold is plain already, and `asdict` would copy all of it."""
    return {name: getattr(entry, name) for name in _KINDS}


def _line(entry: Entry) -> str:
    return json.dumps(_plain(entry), ensure_ascii=False, sort_keys=True) + ", "


def _text(ledger: Ledger, chunk: Chunk) -> str:
    entries = [_plain(entry) for entry in chunk.entries]
    body = {"organization": ledger.organization, "migration": ledger.migration, "entries": entries}
    return text_of(_KIND, body)
