"""The ledger: what `mig` last applied, per source row, kept in the target organisation.

It is written on notes, each a JSON document of its own, so that a run that dies between two of them leaves a
ledger that is merely older. Losing it loses no rows: target ids are derived from source ids.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Self

from mig.dataverse.client import Client
from mig.engine.notes import MAX_TEXT, Note, note_id, read_notes, write_note

PREFIX: Final = "mig:ledger:"
_FORMAT: Final = 1

State = Mapping[str, Any]


class LedgerUnreadable(Exception):
    """A ledger note that is not what `mig` writes; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One source row and what became of it.

    `target` maps a target table to a row id. `desired` is what the manifest and the source asked for,
    `applied` what the target held afterwards, both by column; they differ where a row was adopted as it was.
    """

    address: str
    source_id: str
    target: Mapping[str, str]
    desired: State
    applied: State
    published: bool = False
    run_id: str = ""
    at: str = ""


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

    @cached_property
    def owned(self) -> Mapping[str, Entry]:
        """Entries by target row id."""
        return {row: entry for entry in self.entries.values() for row in entry.target.values()}

    def record(self, entries: Iterable[Entry]) -> Self:
        """This ledger with entries added or replaced; only the notes they stand on become dirty."""
        new = {entry.source_id: entry for entry in entries}
        chunks = [_replaced(chunk, new) for chunk in self.chunks]
        room = MAX_TEXT - len(_text(self, chunks[-1])) if chunks else -1
        for entry in new.values():
            size = len(_line(entry))
            if size > room:
                chunks.append(self._chunk(len(chunks)))
                room = MAX_TEXT - len(_text(self, chunks[-1]))
            chunks[-1] = replace(chunks[-1], entries=(*chunks[-1].entries, entry), dirty=True)
            room -= size
        return replace(self, chunks=tuple(chunks))

    def _chunk(self, number: int) -> Chunk:
        row_id = note_id(self.organization, f"ledger:{self.migration}:{number}")
        return Chunk(Note(row_id, PREFIX + self.migration, ""))


def _replaced(chunk: Chunk, new: dict[str, Entry]) -> Chunk:
    kept = tuple(new.pop(entry.source_id, entry) for entry in chunk.entries)
    return chunk if kept == chunk.entries else replace(chunk, entries=kept, dirty=True)


async def save(client: Client, ledger: Ledger) -> Ledger:
    """Write the dirty notes; each only if it is as it was read."""
    chunks = []
    for chunk in ledger.chunks:
        if chunk.dirty:
            note = await write_note(client, replace(chunk.note, text=_text(ledger, chunk)))
            chunk = Chunk(note, chunk.entries)
        chunks.append(chunk)
    return replace(ledger, chunks=tuple(chunks))


@dataclass(frozen=True, slots=True)
class Ledgers:
    """All ledgers found: ours, those of other migrations, and organisations this one was copied from."""

    own: Ledger
    others: tuple[Ledger, ...] = ()
    copied_from: tuple[str, ...] = field(default=())


async def read_ledgers(client: Client, organization: str, migration: str) -> Ledgers:
    """Read every ledger in the organisation, in one query; `LedgerUnreadable` names a bad note."""
    found: dict[str, list[Chunk]] = {}
    foreign: set[str] = set()
    async for note in read_notes(client, PREFIX):
        document = _document(note)
        if document["organization"] != organization:
            foreign.add(document["organization"])
            continue
        entries = tuple(Entry(**entry) for entry in document["entries"])
        found.setdefault(document["migration"], []).append(Chunk(note, entries))
    ledgers = {
        name: Ledger(organization, name, tuple(_in_order(organization, name, chunks)))
        for name, chunks in found.items()
    }
    own = ledgers.pop(migration, Ledger(organization, migration))
    return Ledgers(own, tuple(ledgers[name] for name in sorted(ledgers)), tuple(sorted(foreign)))


def _in_order(organization: str, migration: str, chunks: list[Chunk]) -> Iterable[Chunk]:
    numbers = {note_id(organization, f"ledger:{migration}:{n}"): n for n in range(len(chunks) + 1)}
    return sorted(chunks, key=lambda chunk: numbers.get(chunk.note.id, len(chunks)))


def _document(note: Note) -> dict[str, Any]:
    try:
        document = json.loads(note.text)
        if document["format_version"] > _FORMAT:
            raise LedgerUnreadable(f"ledger note {note.id} was written by a newer mig")
        for entry in document["entries"]:
            Entry(**entry)
        document["organization"], document["migration"]
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerUnreadable(f"ledger note {note.id} does not hold what mig writes: {error}") from error
    return dict(document)


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True) + ", "


def _text(ledger: Ledger, chunk: Chunk) -> str:
    return json.dumps(
        {
            "format_version": _FORMAT,
            "organization": ledger.organization,
            "migration": ledger.migration,
            "entries": [asdict(entry) for entry in chunk.entries],
        },
        ensure_ascii=False,
        sort_keys=True,
    )
