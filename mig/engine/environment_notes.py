"""Notes as annotation rows of the target organisation: every pipeline and person sees the same ones.

Each write names the version it replaces. An organisation checks that only where the table says so
(reference/dataverse-web-api.md 5.2): where it does not, two runs could overwrite each other's ledger.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mig.dataverse import odata
from mig.dataverse.answers import failed
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, DataverseError, RequestFailed
from mig.dataverse.messages import Answer, ChangeSet, Request, Row
from mig.engine.notes import Note, NoteChanged
from mig.model.outcome import Exit

_TABLE: Final = "annotation"
_ENTITY_SET: Final = "annotations"
_COLUMNS: Final = ("annotationid", "subject", "notetext")
_GUARD: Final = "IsOptimisticConcurrencyEnabled"
# A version that has passed, or a row that is there; a row that was to be replaced and is gone.
_CHANGED: Final = frozenset({404, 412})


class NotesUnguarded(DataverseError):
    """The organisation does not compare versions of annotations."""

    code = "ENV037"
    exit = Exit.REFUSED
    fix = "say `ledger: {store: file, path: …}` for this environment in the manifest"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} does not guard its notes against two writers ({_GUARD} of {_TABLE} is off),"
            " so ledger and lock cannot be kept there"
        )


@dataclass(frozen=True, slots=True)
class EnvironmentNotes:
    """The notes of the organisation that a client speaks to."""

    client: Client

    @property
    def file(self) -> None:
        """They are kept in no file."""

    def writable(self) -> "EnvironmentNotes":
        """Over the client that lets writes out."""
        return EnvironmentNotes(self.client.writable())

    async def kept(self, *prefixes: str) -> Sequence[Note]:
        """With them it is asked whether writes are guarded: `NotesUnguarded`."""
        _, notes = await asyncio.gather(self._check_guard(), self._read(prefixes))
        return notes

    async def _read(self, prefixes: Sequence[str]) -> Sequence[Note]:
        where = " or ".join(f"startswith(subject,{odata.literal(prefix)})" for prefix in prefixes)
        path = odata.query(_ENTITY_SET, select=_COLUMNS, where=where)
        return [_note(row) async for row in self.client.rows(path)]

    async def _check_guard(self) -> None:
        where = f"LogicalName eq {odata.literal(_TABLE)}"
        path = odata.query("EntityDefinitions", select=("LogicalName", _GUARD), where=where)
        async for table in self.client.rows(path):
            if table.get(_GUARD) is False:
                raise NotesUnguarded(self.client.shown_as)

    async def find(self, note_id: str) -> Note | None:
        """None for 404; other refusals are raised as the client raises them."""
        try:
            found = await self.client.get(odata.query(odata.row(_ENTITY_SET, note_id), select=_COLUMNS))
        except RequestFailed as error:
            if error.status == 404:
                return None
            raise
        return _note(found if isinstance(found, dict) else {})

    async def write(self, *notes: Note) -> Sequence[Note]:
        """Several go in one change set."""
        requests = tuple(map(_writing, notes))
        if len(requests) == 1:
            answers = [await self._sent(notes[0], requests[0])]
        else:
            (answers,) = await self.client.batch([ChangeSet(requests)])
            for answer in answers:
                if answer.failed:
                    at = answer.place or 0
                    raise _failure(notes[at], failed(requests[at], answer))
        return [_written(*one) for one in zip(notes, requests, answers, strict=True)]

    async def delete(self, note: Note) -> None:
        """Only if its version has not passed."""
        path = odata.row(_ENTITY_SET, note.id)
        await self._sent(note, Request("DELETE", path, headers={"If-Match": note.etag or "*"}))

    async def _sent(self, note: Note, request: Request) -> Answer:
        try:
            return await self.client.send(request)
        except RequestFailed as error:
            raise _failure(note, error) from error


def _failure(note: Note, error: RequestFailed) -> DataverseError:
    """What a refused write of a note means."""
    changed = error.status == 412 or (note.etag is not None and error.status in _CHANGED)
    return NoteChanged(note.subject, note.id) if changed else error


def _writing(note: Note) -> Request:
    condition = {"If-Match": note.etag} if note.etag else {"If-None-Match": "*"}
    return Request(
        "PATCH",
        odata.query(odata.row(_ENTITY_SET, note.id), select=("annotationid",)),
        {"subject": note.subject, "notetext": note.text},
        {"Prefer": "return=representation", **condition},
    )


def _written(note: Note, request: Request, answer: Answer) -> Note:
    etag = answer.body.get("@odata.etag") if isinstance(answer.body, dict) else None
    if not isinstance(etag, str):
        raise BadAnswer(f"{request} was answered without its version")
    return replace(note, etag=etag)


def _note(row: Row) -> Note:
    found, etag = row.get("annotationid"), row.get("@odata.etag")
    if not isinstance(found, str) or not isinstance(etag, str):
        raise BadAnswer(f"a row of {_ENTITY_SET} came without its id or its version")
    return Note(found.lower(), str(row.get("subject") or ""), str(row.get("notetext") or ""), etag)
