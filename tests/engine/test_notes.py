"""Where notes are kept: in an organisation, also in one that answers oddly, or in a file."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, PrivilegeMissing, RequestFailed, WriteRefused
from mig.engine import file_notes
from mig.engine.environment_notes import EnvironmentNotes, NotesUnguarded
from mig.engine.file_notes import FileNotes, LedgerFileRefused
from mig.engine.notes import Note, NoteChanged, Notes, NoteUnreadable
from mig.engine.sealed import sealed
from mig.model.outcome import Exit
from tests.dataverse.apps import Reply, Scripted, Talk
from tests.engine.conftest import LEDGER_FILE, Place, in_both_stores

IDS = [f"c0000000-0000-0000-0000-{number:012}" for number in range(100)]
A, B = Note(IDS[1], "mig:a", "one"), Note(IDS[2], "mig:b", "two")


# --- in either place --------------------------------------------------------------------------------------


@in_both_stores
def test_what_is_written_is_found(place: Place) -> None:
    async def job(notes: Notes) -> None:
        written = await notes.write(A, B)
        assert [(note.id, note.subject, note.text) for note in written] == [
            (note.id, note.subject, note.text) for note in (A, B)
        ]
        assert await notes.kept("mig:") == written
        assert await notes.kept("mig:b", "nothing") == [written[1]]
        assert (await notes.find(A.id), await notes.find(IDS[3])) == (written[0], None)
        (again,) = await notes.write(replace(written[0], text="three"))
        assert again.etag not in (None, written[0].etag)
        await notes.delete(again)
        assert await notes.kept("mig:") == [written[1]]

    place.keep(job)


@in_both_stores
def test_several_are_written_together_or_not_at_all(place: Place) -> None:
    async def job(notes: Notes) -> None:
        await notes.write(B)
        with pytest.raises(NoteChanged, match="mig:b"):
            await notes.write(A, replace(B, text="another"))
        assert [note.text for note in await notes.kept("mig:")] == ["two"]

    place.keep(job)


@in_both_stores
def test_a_note_that_changed_meanwhile_is_left_alone(place: Place) -> None:
    async def job(notes: Notes) -> None:
        (read,) = await notes.write(A)
        await notes.write(replace(read, text="theirs"))
        for attempt in (notes.write(A), notes.write(replace(read, text="ours")), notes.delete(read)):
            with pytest.raises(NoteChanged, match=r"somebody else wrote or removed the note mig:a") as raised:
                await attempt
            assert (raised.value.code, raised.value.exit) == ("ENV039", Exit.FAILED)
        found = await notes.find(A.id)
        assert found is not None
        assert found.text == "theirs"
        await notes.delete(found)
        for attempt in (notes.write(replace(found, text="ours")), notes.delete(found)):
            with pytest.raises(NoteChanged):
                await attempt

    place.keep(job)


@in_both_stores
def test_while_planning_nothing_is_written(place: Place) -> None:
    async def job(client: Client) -> None:
        (written,) = await place.notes(client.writable()).write(A)
        notes = place.notes(client)
        reader = replace(notes, read_only=True) if isinstance(notes, FileNotes) else notes
        for attempt in (reader.write(B), reader.delete(written)):
            with pytest.raises(WriteRefused):
                await attempt
        assert await reader.kept("mig:") == [written]

    place.talk(job)


# --- an organisation --------------------------------------------------------------------------------------

ODD: list[Any] = [
    {},
    {"annotationid": "1"},
    {"@odata.etag": "W/1"},
    {"annotationid": 1, "@odata.etag": "W/1"},
]


def kept(client: Client) -> Any:
    return EnvironmentNotes(client).kept("mig:")


def written(client: Client) -> Any:
    return EnvironmentNotes(client).write(Note("1", "mig:lock", ""))


@pytest.mark.parametrize("row", ODD)
def test_a_note_without_its_id_or_version(row: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="without its id or its version"):
        Talk(Scripted([Reply(body={"value": []}), Reply(body={"value": [row]})]))(kept)
    with pytest.raises(BadAnswer, match="without its id or its version"):
        Talk(Scripted([Reply(body=row)]))(lambda client: EnvironmentNotes(client).find("1"))


@pytest.mark.parametrize("body", [[], {}, {"@odata.etag": 7}])
def test_a_write_that_is_answered_without_its_version(body: Any) -> None:
    with pytest.raises(BadAnswer, match="without its version"):
        Talk(Scripted([Reply(body=body)]))(written, writable=True)


@pytest.mark.parametrize(("status", "kind"), [(403, PrivilegeMissing), (404, RequestFailed)])
def test_a_refusal_that_tells_nothing_of_the_note(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Talk(Scripted([Reply(status)]))(written, writable=True)


@pytest.mark.parametrize("table", [{}, {"IsOptimisticConcurrencyEnabled": True}])
def test_an_organisation_that_guards_its_notes_or_does_not_say(table: dict[str, Any]) -> None:
    assert Talk(Scripted([Reply(body={"value": [table]}), Reply(body={"value": []})]))(kept) == []


def test_an_organisation_that_does_not_guard_its_notes() -> None:
    table = {"LogicalName": "annotation", "IsOptimisticConcurrencyEnabled": False}
    app = Scripted([Reply(body={"value": [table]}), Reply(body={"value": []})])
    with pytest.raises(NotesUnguarded, match="the test organisation does not guard its notes") as raised:
        Talk(app)(kept)
    assert (raised.value.code, raised.value.exit) == ("ENV037", Exit.REFUSED)
    assert "store: file" in raised.value.fix


# --- a file -----------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> FileNotes:
    return FileNotes(tmp_path / LEDGER_FILE, LEDGER_FILE, read_only=False)


def test_a_file_that_is_not_there_holds_nothing_and_is_not_made_by_reading(file: FileNotes) -> None:
    assert asyncio.run(file.kept("mig:")) == []
    assert asyncio.run(file.find(A.id)) is None
    assert not list(file.path.parent.iterdir())


def test_writers_take_turns(file: FileNotes) -> None:
    def write(number: int) -> None:
        asyncio.run(file.write(Note(IDS[number], "mig:n", f"{number}")))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert [note.text for note in asyncio.run(file.kept("mig:"))] == [f"{number}" for number in range(40)]


def test_a_file_that_another_process_keeps_locked(file: FileNotes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_notes, "_TURN", 0.0)
    asyncio.run(file.write(A))
    with (
        FileLock(f"{file.path}.lock"),
        pytest.raises(LedgerFileRefused, match="another process keeps it locked") as raised,
    ):
        asyncio.run(file.write(B))
    assert raised.value.code == "ENV014"
    assert len(asyncio.run(file.kept("mig:"))) == 1


def test_it_is_written_whole_or_not_at_all(file: FileNotes, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(file.write(A))
    before = file.path.read_bytes()

    def full(path: Path, content: object) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(file_notes, "write_whole", full)
    with pytest.raises(LedgerFileRefused, match="No space left") as raised:
        asyncio.run(file.write(B))
    assert str(file.path.parent) not in str(raised.value)  # the path may come from a variable
    assert file.path.read_bytes() == before


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    file = FileNotes(tmp_path / "new" / LEDGER_FILE, LEDGER_FILE, read_only=False)
    assert asyncio.run(file.kept("mig:")) == []
    asyncio.run(file.write(A))
    assert len(asyncio.run(file.kept("mig:"))) == 1


def test_a_place_that_cannot_hold_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", "utf-8")
    file = FileNotes(tmp_path / "taken" / LEDGER_FILE, "${PLACE}", read_only=False)
    for attempt in (file.kept("mig:"), file.write(A)):
        with pytest.raises(LedgerFileRefused, match=r"the ledger file \$\{PLACE\} cannot be used: \w"):
            asyncio.run(attempt)


def edited(text: str) -> str:
    return text.replace("one", "two")


DAMAGE: dict[str, Any] = {
    "edited": edited,
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "another document": lambda text: json.dumps({"notes": []}),
    "a plan": lambda text: json.dumps(sealed("plan", {"format_version": 1, "notes": []})),
    "no notes": lambda text: json.dumps(sealed("ledger", {"format_version": 1})),
    "odd notes": lambda text: json.dumps(sealed("ledger", {"format_version": 1, "notes": [7]})),
    "a manifest": lambda text: "version: 1\n",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_is_not_as_it_was_written(file: FileNotes, damage: str) -> None:
    asyncio.run(file.write(A))
    file.path.write_text(DAMAGE[damage](file.path.read_text("utf-8")), "utf-8")
    before = file.path.read_bytes()
    for attempt in (file.kept("mig:"), file.find(A.id), file.write(B), file.delete(A)):
        with pytest.raises(NoteUnreadable, match=f"the ledger file {LEDGER_FILE}: it ") as raised:
            asyncio.run(attempt)
        assert (raised.value.code, "move it away" in raised.value.fix) == ("ENV007", True)
    assert file.path.read_bytes() == before


def test_a_file_of_a_newer_mig(file: FileNotes) -> None:
    file.path.write_text(json.dumps(sealed("ledger", {"format_version": 2})), "utf-8")
    with pytest.raises(NoteUnreadable, match="format version 2") as raised:
        asyncio.run(file.kept("mig:"))
    assert raised.value.fix == "install a newer mig"
