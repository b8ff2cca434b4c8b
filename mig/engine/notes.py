"""Annotation rows as a place to keep things: what the ledger and the lock are written on.

Ids are derived, so that every pipeline and person meets the same rows. They carry the organisation's id:
in a copy of the environment the same names give other rows, and what was copied along is history, not state.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import NAMESPACE_DNS, uuid5

from mig.dataverse import odata
from mig.dataverse.client import Client, failed
from mig.dataverse.errors import BadAnswer
from mig.dataverse.messages import Answer, ChangeSet, Request, Row

ENTITY_SET: Final = "annotations"
# The column takes 100,000 characters: mig/model/tables/platform.json.
MAX_TEXT: Final = 99_000
_COLUMNS: Final = ("annotationid", "subject", "notetext")


class NoteUnreadable(Exception):
    """A note that is not what `mig` writes; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Note:
    """One annotation row; `etag` is None for one that is not written yet."""

    id: str
    subject: str
    text: str
    etag: str | None = None


def note_id(organization: str, name: str) -> str:
    """The fixed id of a note of this organisation."""
    return str(uuid5(uuid5(NAMESPACE_DNS, "mig.notes"), f"{organization}:{name}"))


async def read_notes(client: Client, *prefixes: str) -> AsyncIterator[Note]:
    """All notes whose subject starts with one of these, whoever wrote them; in one query."""
    where = " or ".join(f"startswith(subject,{odata.literal(prefix)})" for prefix in prefixes)
    async for row in client.rows(odata.query(ENTITY_SET, select=_COLUMNS, where=where)):
        yield _note(row)


async def read_note(client: Client, row_id: str) -> Note:
    """One note; raises what the client raises when it is not there or not readable."""
    found = await client.get(odata.query(odata.row(ENTITY_SET, row_id), select=_COLUMNS))
    return _note(found if isinstance(found, dict) else {})


async def write_note(client: Client, note: Note) -> Note:
    """Create the note (it must be absent) or replace it (it must be as read); it comes back with its ETag."""
    request = _writing(note)
    return _written(note, request, await client.send(request))


async def write_notes(client: Client, notes: Sequence[Note]) -> list[Note]:
    """Write several as one writes one: all of them or none."""
    if len(notes) == 1:
        return [await write_note(client, notes[0])]
    requests = [_writing(note) for note in notes]
    (answers,) = await client.batch([ChangeSet(tuple(requests))])
    for answer in answers:
        if answer.failed:
            raise failed(requests[answer.place or 0], answer)
    return [_written(*one) for one in zip(notes, requests, answers, strict=True)]


async def delete_note(client: Client, note: Note) -> None:
    """Remove a note as it was read."""
    await client.send(
        Request("DELETE", odata.row(ENTITY_SET, note.id), headers={"If-Match": note.etag or "*"})
    )


def of_kind(kind: type, key: str, value: Any) -> Any:
    """A value that a note holds under a key; `TypeError` when it is of another kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{key} is of type {type(value).__name__}")
    return value


def _writing(note: Note) -> Request:
    condition = {"If-Match": note.etag} if note.etag else {"If-None-Match": "*"}
    return Request(
        "PATCH",
        odata.query(odata.row(ENTITY_SET, note.id), select=("annotationid",)),
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
        raise BadAnswer(f"a row of {ENTITY_SET} came without its id or its version")
    return Note(found.lower(), str(row.get("subject") or ""), str(row.get("notetext") or ""), etag)
