"""What ran is remembered, beside the ledger."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mig.engine.history import History, Past, read_history, save_history
from mig.engine.notes import Note, NoteUnreadable, note_id, text_of
from mig.report.history_report import history_document, history_text
from tests.engine.conftest import MIGRATION, Place, creating, in_both_stores
from tests.support import SMALL, Site, mig, valid


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    site = Site(tmp_path)
    site.make(SMALL["world"])
    return site


PAST = Past(
    run_id="one", plan="d", tool="mig 1", who="ann", where="laptop", began="2026-11-22T09:00:00+00:00"
)


def history(place: Place) -> History:
    found: History = place.keep(lambda notes: read_history(notes, place.organization, MIGRATION))
    return found


def save(place: Place, told: History) -> History:
    saved: History = place.keep(lambda notes: save_history(notes, told))
    return saved


@in_both_stores
def test_an_apply_is_remembered(place: Place) -> None:
    assert history(place).runs == ()
    place.apply(creating("a", 101), run_id="run-1")
    place.apply(creating("a", 101), run_id="run-2")  # the row is there: refused
    first, second = history(place).runs
    assert (first.run_id, first.outcome, first.done, first.ended > first.began) == ("run-1", "done", 1, True)
    assert (second.run_id, second.outcome, second.failed) == ("run-2", "failed", 1)


def test_one_that_did_not_end_died_unless_it_has_the_lock() -> None:
    assert [run["outcome"] for run in history_document([PAST], "one")["runs"]] == ["running"]
    assert [run["outcome"] for run in history_document([PAST], "two")["runs"]] == ["died"]
    assert "not known how far it came" in history_text([PAST], "")


@in_both_stores
def test_the_oldest_give_way(place: Place) -> None:
    many = tuple(replace(PAST, run_id=f"run-{number}", tool="x" * 1000) for number in range(200))
    kept = save(place, replace(history(place), runs=many)).runs
    assert 50 < len(kept) < 100
    assert history(place).runs == kept == many[-len(kept) :]


def test_what_a_later_version_says_besides_is_passed_over(place: Place) -> None:
    told = save(place, history(place).told(PAST))
    runs = [{**asdict(PAST), "mood": "good"}]
    write(place, told.note, text_of("history", {"runs": runs, "later": 1}))
    assert history(place).runs == (PAST,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        text_of("history", {}),
        text_of("history", {"format_version": 2}),
        text_of("history", {"runs": [{"run_id": 7}]}),
        text_of("history", {"runs": [1]}),
        text_of("ledger", {"runs": []}),
    ],
    ids=str,
)
def test_a_note_of_another_make(place: Place, text: str) -> None:
    note = Note(note_id(place.organization, f"runs:{MIGRATION}"), "mig:runs:wave-1", "")
    write(place, note, text)
    with pytest.raises(NoteUnreadable, match=note.id):
        history(place)


def write(place: Place, note: Note, text: str) -> None:
    changed = replace(note, text=text)
    place.keep(lambda notes: notes.write(changed))


def test_the_command(whole: Site) -> None:
    path = whole.manifest({"segments": []})
    assert "Nothing was applied yet." in mig("history", "-f", path).out
    path = whole.manifest({"segments": [{"source": "Berlin"}]})
    mig("apply", "-f", path, "--auto-approve")
    shown = mig("history", "-f", path)
    assert (shown.code, "1 done; " in shown.out) == (0, True)
    assert max(map(len, shown.out.splitlines())) <= 80
    document = mig("history", "-f", path, "--format", "json").document
    valid(document, "history")
    assert [run["outcome"] for run in document["runs"]] == ["done"]
