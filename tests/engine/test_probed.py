"""What an organisation was found to take, kept on a note beside the ledgers."""

import json

import pytest

from mig.engine.ledger import ledgers_in
from mig.engine.notes import Note, NoteUnreadable, note_id, write_note
from mig.engine.probed import OWN_IDS, Answer, Probed, probed_in, save_probed
from mig.engine.snapshot import read_kept
from tests.engine.conftest import MIGRATION, Place

OTHER = "11111111-2222-3333-4444-555555555555"


def answer(*, accepted: bool = True, message: str = "") -> Answer:
    return Answer(
        accepted=accepted, at="2026-11-22T09:00:00Z", version="9.2.1", organization=OTHER, message=message
    )


def saved(place: Place, probed: Probed) -> Probed:
    result: Probed = place.talk(lambda client: save_probed(client, probed), writable=True)
    return result


def found(place: Place) -> dict[str, Probed]:
    return dict(probed_in(place.talk(read_kept)))


def test_nothing_is_known_before_anybody_asked(place: Place) -> None:
    assert found(place) == {}
    assert Probed(place.organization).own_ids is None


def test_what_is_saved_reads_back_and_is_added_to(place: Place) -> None:
    first = Probed(place.organization).with_answers({OWN_IDS: answer(accepted=False, message="no")})
    written = saved(place, first)
    assert found(place) == {place.organization: written}
    saved(place, written.with_answers({"dates": answer()}))
    probed = found(place)[place.organization]
    assert probed.answers == {OWN_IDS: answer(accepted=False, message="no"), "dates": answer()}
    assert probed.own_ids is False
    assert probed.note is not None
    assert probed.note.id == note_id(place.organization, "probe")


def test_it_is_read_with_the_ledgers_in_one_request(place: Place) -> None:
    saved(place, Probed(place.organization))
    place.talk.log.clear()
    notes = place.talk(read_kept)
    assert len(place.talk.log) == 1
    assert ledgers_in(notes, place.organization, MIGRATION) == place.ledgers()
    assert [note.subject for note in notes] == ["mig:probe"]


def test_in_a_copied_environment_each_organisation_has_its_own(place: Place) -> None:
    saved(place, Probed(place.organization))
    saved(place, Probed(OTHER).with_answers({"dates": answer()}))
    assert found(place)[place.organization].answers == {}
    assert found(place)[OTHER].answers == {"dates": answer()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"format_version": 1}),
        json.dumps({"format_version": 1, "organization": 7, "answers": {}}),
        json.dumps({"format_version": 1, "organization": OTHER, "answers": []}),
        json.dumps({"format_version": 1, "organization": OTHER, "answers": {"dates": {"accepted": True}}}),
        json.dumps({"format_version": 1, "organization": OTHER, "answers": {"dates": {"accepted": "yes"}}}),
    ],
)
def test_a_damaged_note_is_named(place: Place, text: str) -> None:
    note = Note(note_id(place.organization, "probe"), "mig:probe", text)
    place.talk(lambda client: write_note(client, note), writable=True)
    with pytest.raises(NoteUnreadable, match=f"probe note {note.id} does not hold what mig writes"):
        found(place)


def test_a_note_of_a_newer_mig_is_refused(place: Place) -> None:
    note = Note(note_id(place.organization, "probe"), "mig:probe", json.dumps({"format_version": 2}))
    place.talk(lambda client: write_note(client, note), writable=True)
    with pytest.raises(NoteUnreadable, match="written by a newer mig"):
        found(place)
