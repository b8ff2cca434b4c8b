"""What was applied, kept on notes in the organisation itself."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.dataverse.errors import RequestFailed
from mig.engine.ledger import Entry, Ledger, save
from mig.engine.notes import Note, NoteChanged, NoteUnreadable, note_id, text_of
from mig.engine.snapshot import read_kept
from tests.engine.conftest import MIGRATION, Place, entry, in_both_stores

LONGEST = 100_000  # characters of annotation.notetext
OTHER_ORGANIZATION = "11111111-2222-3333-4444-555555555555"


def saved(place: Place, ledger: Ledger, parallelism: int = 1) -> Ledger:
    result: Ledger = place.keep(lambda notes: save(notes, ledger, parallelism))
    return result


def notes(place: Place, prefix: str = "mig:") -> list[Note]:
    found: list[Note] = place.keep(lambda notes: notes.kept(prefix))
    return found


def write(place: Place, note: Note) -> Note:
    result: list[Note] = place.keep(lambda notes: notes.write(note))
    return result[0]


def large(key: str, size: int) -> Entry:
    return entry(key, applied={"query": "x" * size})


# --- there and back ---------------------------------------------------------------------------------------


def test_an_organisation_begins_without_a_ledger(place: Place) -> None:
    ledgers = place.ledgers()
    assert ledgers.own == Ledger(place.organization, MIGRATION)
    assert (ledgers.others, ledgers.copied_from) == ((), ())


@in_both_stores
def test_what_is_saved_reads_back(place: Place) -> None:
    newsletter = entry("newsletter", applied={"name": "Zoë's – “news”", "n": 7, "none": None}, published=True)
    written = saved(place, place.ledgers().own.record([newsletter, entry("vips")]))
    own = place.ledgers().own
    assert own == written
    assert own.entries == {"source-newsletter": newsletter, "source-vips": entry("vips")}
    assert own.owned["target-newsletter"] == newsletter
    [note] = notes(place)
    assert (note.id, note.subject) == (
        note_id(place.organization, f"ledger:{MIGRATION}:0"),
        "mig:ledger:wave-1",
    )


def test_a_ledger_that_did_not_change_is_not_written(place: Place) -> None:
    ledger = saved(place, place.ledgers().own.record([entry("a")]))
    before = len(place.talk.log)
    assert saved(place, ledger) == ledger
    assert saved(place, ledger.record([entry("a")])) == ledger
    assert len(place.talk.log) == before


def test_only_notes_with_news_are_written(place: Place) -> None:
    ledger = saved(place, place.ledgers().own.record(large(f"k{n}", 40_000) for n in range(6)))
    assert len(ledger.chunks) == 3
    before = len(place.talk.log)
    ledger = saved(place, ledger.record([entry("k3", applied={"name": "new"})]))
    assert len(place.talk.log) == before + 1
    assert place.ledgers().own == ledger
    assert ledger.entries["source-k3"].applied == {"name": "new"}


@pytest.mark.parametrize("parallelism", [1, 2, 4, 52])
def test_new_notes_are_written_side_by_side_before_what_stands_there_changes(
    place: Place, parallelism: int
) -> None:
    ledger = saved(place, place.ledgers().own.record([large("k0", 60_000), large("k1", 30_000)]))
    ledger = ledger.record([large("k0", 90_000), *(large(f"k{n}", 60_000) for n in range(2, 9))])
    before = len(place.talk.log)
    written = saved(place, ledger, parallelism)
    requests = len(place.talk.log) - before
    assert place.ledgers().own == written
    assert len(written.entries) == 9
    new = sum(chunk.note.etag is None for chunk in ledger.chunks)
    assert (new, requests) == (7, min(parallelism, new) + 1)


@in_both_stores
def test_a_ledger_that_somebody_else_wrote_is_not_overwritten(place: Place) -> None:
    ledger = saved(place, place.ledgers().own.record([entry("a")]))
    saved(place, place.ledgers().own.record([entry("b")]))
    with pytest.raises(NoteChanged, match="somebody else wrote or removed") as raised:
        saved(place, ledger.record([entry("c")]))
    assert raised.value.code == "ENV039"
    assert set(place.ledgers().own.entries) == {"source-a", "source-b"}


# --- size -------------------------------------------------------------------------------------------------

SIZES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 90_000)), max_size=12)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(SIZES, max_size=4))
def test_however_entries_grow_each_fits_on_a_note_and_none_is_lost(
    rounds: list[list[tuple[int, int]]],
) -> None:
    ledger = Ledger("0-0", MIGRATION)
    expected: dict[str, Entry] = {}
    for sizes in rounds:
        entries = [large(f"k{number}", size) for number, size in sizes]
        expected |= {one.source_id: one for one in entries}
        ledger = ledger.record(entries)
        assert ledger.entries == expected
        for chunk in ledger.chunks:
            assert sum(len(one.applied["query"]) + 200 for one in chunk.entries) < LONGEST
        listed = [one.source_id for chunk in ledger.chunks for one in chunk.entries]
        assert len(listed) == len(set(listed))
        assert len({chunk.note.id for chunk in ledger.chunks}) == len(ledger.chunks)


@in_both_stores
def test_the_service_takes_what_grew(place: Place) -> None:
    """The sandbox refuses a note above its column's length, as the service does."""
    ledger = place.ledgers().own
    for size in (10, 30_000, 60_000, 10):
        ledger = saved(place, ledger.record(large(f"k{n}", size) for n in range(5)))
        assert place.ledgers().own.entries == ledger.entries
    assert all(len(note.text) < LONGEST for note in notes(place))


def test_a_run_that_dies_between_two_notes_loses_no_entry(place: Place) -> None:
    """An entry that moves to another note is written there before it leaves its own."""
    first = saved(place, place.ledgers().own.record(large(f"k{n}", 30_000) for n in range(3)))
    second = first.record([large("k0", 90_000)])
    writes = sum(chunk.dirty for chunk in second.chunks)
    for done in range(writes + 1):
        place.world.connection.execute("DELETE FROM annotation")
        start = Ledger(place.organization, MIGRATION).record(first.entries.values())
        ledger = saved(place, start).record([large("k0", 90_000)])
        died = place.talk.app
        place.talk.app = _Dying(died, done)
        try:
            saved(place, ledger)
        except RequestFailed:
            assert done < writes
        place.talk.app = died
        found = place.ledgers().own
        assert set(found.entries) == set(second.entries)
        after = saved(place, found.record([large("k0", 90_000), large("k2", 7)]))
        assert after.entries["source-k2"] == place.ledgers().own.entries["source-k2"] == large("k2", 7)


class _Dying:
    """Passes a number of requests on, then answers nothing but errors."""

    def __init__(self, app: Any, requests: int) -> None:
        self._app = app
        self._left = requests

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._left > 0:
            self._left -= 1
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_a_note_that_somebody_deleted_is_not_missed(place: Place) -> None:
    ledger = saved(place, place.ledgers().own.record(large(f"k{n}", 60_000) for n in range(3)))
    gone = ledger.chunks[1].note.id
    place.world.connection.execute("DELETE FROM annotation WHERE annotationid = ?", (gone,))
    found = place.ledgers().own
    assert set(found.entries) == {"source-k0", "source-k2"}
    saved(place, found.record([large("k1", 60_000), large("k3", 60_000)]))
    assert set(place.ledgers().own.entries) == {"source-k0", "source-k1", "source-k2", "source-k3"}


# --- whose it is ------------------------------------------------------------------------------------------


@in_both_stores
def test_other_migrations_are_seen_and_kept_apart(place: Place) -> None:
    for migration, key in (("wave-2", "b"), ("a-first", "c"), (MIGRATION, "a")):
        saved(place, Ledger(place.organization, migration).record([entry(key)]))
    ledgers = place.ledgers()
    assert set(ledgers.own.entries) == {"source-a"}
    assert [(one.migration, set(one.entries)) for one in ledgers.others] == [
        ("a-first", {"source-c"}),
        ("wave-2", {"source-b"}),
    ]


@in_both_stores
def test_what_was_copied_along_with_the_environment_is_history(place: Place) -> None:
    saved(place, Ledger(OTHER_ORGANIZATION, MIGRATION).record([entry("old")]))
    ledgers = place.ledgers()
    assert ledgers.own == Ledger(place.organization, MIGRATION)
    assert (ledgers.others, ledgers.copied_from) == ((), (OTHER_ORGANIZATION,))
    saved(place, ledgers.own.record([entry("new")]))
    assert set(place.ledgers().own.entries) == {"source-new"}


@in_both_stores
def test_notes_of_other_programs_are_not_touched(place: Place) -> None:
    write(place, Note("c0000000-0000-0000-0000-00000000000a", "a phone call", "not JSON"))
    write(place, Note("c0000000-0000-0000-0000-00000000000b", "mig:lock", "not a ledger"))
    assert place.ledgers().own == Ledger(place.organization, MIGRATION)


# --- damage -----------------------------------------------------------------------------------------------


def document(**changes: Any) -> str:
    """What a note of another program says that knows how to seal one."""
    body = {"organization": "0-0", "migration": MIGRATION, "entries": [], **changes}
    return text_of("ledger", body)


ENTRY = {
    "address": "segment.a",
    "source_id": "s",
    "target": {},
    "desired": {},
    "applied": {},
    "published": False,
    "run_id": "",
    "at": "",
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        '{"format_version": 1, "organiz',
        "null",
        "[]",
        "7",
        text_of("ledger", {}),
        text_of("probe", {"organization": "0-0", "migration": MIGRATION, "entries": []}),
        document(organization=7),
        document(migration=None),
        document(entries=None),
        document(entries={}),
        document(entries=["a"]),
        document(entries=[{}]),
        document(entries=[ENTRY | {"target": "a row"}]),
        document(entries=[ENTRY | {"applied": None}]),
        document(entries=[ENTRY | {"source_id": ["s"]}]),
    ],
)
def test_a_damaged_note_is_named(place: Place, text: str) -> None:
    note = write(place, Note("c0000000-0000-0000-0000-00000000000a", "mig:ledger:wave-1", text))
    with pytest.raises(NoteUnreadable, match=f"ledger note {note.id} does not hold what mig writes"):
        place.ledgers()


@in_both_stores
@pytest.mark.parametrize(
    ("was", "edited"),
    [
        ('"target-a"', '"target-b"'),
        ('"stopped": false', '"stopped": true'),
        ('"sha256": "', '"sha256": "0'),
        (', "saved": "ledger"', ""),
    ],
)
def test_a_note_that_somebody_edited_is_refused(place: Place, was: str, edited: str) -> None:
    saved(place, place.ledgers().own.record([entry("a")]))
    [note] = notes(place)
    assert was in note.text
    write(place, replace(note, text=note.text.replace(was, edited)))
    with pytest.raises(NoteUnreadable, match=f"{note.id} does not hold what mig writes: it ") as raised:
        place.ledgers()
    assert (raised.value.code, "the next plan adopts" in raised.value.fix) == ("ENV007", True)


@in_both_stores
def test_a_note_of_a_newer_mig_is_refused(place: Place) -> None:
    text = document(format_version=2, entries="something new")
    write(place, Note("c0000000-0000-0000-0000-00000000000a", "mig:ledger:wave-1", text))
    with pytest.raises(NoteUnreadable, match="written by a newer mig") as raised:
        place.ledgers()
    assert raised.value.fix == "install a newer mig"


def test_keys_that_a_later_minor_version_adds_are_ignored(place: Place) -> None:
    entries = [ENTRY | {"later": 1}]
    text = document(organization=place.organization, entries=entries, later={})
    write(place, Note(note_id(place.organization, f"ledger:{MIGRATION}:0"), "mig:ledger:wave-1", text))
    found = place.ledgers().own
    assert found.entries["s"] == Entry(address="segment.a", source_id="s", target={}, desired={}, applied={})


def test_reading_costs_one_request_and_the_question_whether_writes_are_guarded(place: Place) -> None:
    saved(place, place.ledgers().own.record(large(f"k{n}", 60_000) for n in range(4)))
    before = len(place.talk.log)
    assert len(place.keep(read_kept)) == 4
    asked = [exchange.request for exchange in place.talk.log[before:]]
    assert asked == ["GET EntityDefinitions", "GET annotations"]
