"""What an organisation was found to take, kept on a note beside the ledgers."""

import pytest

from mig.engine.ledger import ledgers_in
from mig.engine.notes import Note, NoteUnreadable, note_id, text_of
from mig.engine.probed import OWN_IDS, Answer, Probed, probed_in, save_probed
from mig.engine.snapshot import read_kept
from tests.engine.conftest import MIGRATION, Place, in_both_stores

OTHER = "11111111-2222-3333-4444-555555555555"


def answer(*, accepted: bool = True, message: str = "") -> Answer:
    return Answer(
        accepted=accepted, at="2026-11-22T09:00:00Z", version="9.2.1", organization=OTHER, message=message
    )


def saved(place: Place, probed: Probed) -> Probed:
    result: Probed = place.keep(lambda notes: save_probed(notes, probed))
    return result


def found(place: Place) -> dict[str, Probed]:
    return dict(probed_in(place.keep(read_kept)))


def test_nothing_is_known_before_anybody_asked(place: Place) -> None:
    assert found(place) == {}
    assert Probed(place.organization).own_ids is None


@in_both_stores
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


def test_it_is_read_with_the_ledgers(place: Place) -> None:
    saved(place, Probed(place.organization))
    place.talk.log.clear()
    notes = place.keep(read_kept)
    asked = [exchange.request for exchange in place.talk.log]
    assert asked == ["GET EntityDefinitions", "GET annotations"]
    assert ledgers_in(notes, place.organization, MIGRATION) == place.ledgers()
    assert [note.subject for note in notes] == ["mig:probe"]


@in_both_stores
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
        text_of("probe", {}),
        text_of("probe", {"organization": 7, "answers": {}}),
        text_of("probe", {"organization": OTHER, "answers": []}),
        text_of("probe", {"organization": OTHER, "answers": {"dates": {"accepted": True}}}),
        text_of("probe", {"organization": OTHER, "answers": {"dates": {"accepted": "yes"}}}),
        text_of("ledger", {"organization": OTHER, "answers": {}}),
    ],
)
def test_a_damaged_note_is_named(place: Place, text: str) -> None:
    note = Note(note_id(place.organization, "probe"), "mig:probe", text)
    place.keep(lambda notes: notes.write(note))
    with pytest.raises(NoteUnreadable, match=f"probe note {note.id} does not hold what mig writes"):
        found(place)


def test_a_note_of_a_newer_mig_is_refused(place: Place) -> None:
    note = Note(note_id(place.organization, "probe"), "mig:probe", text_of("probe", {"format_version": 2}))
    place.keep(lambda notes: notes.write(note))
    with pytest.raises(NoteUnreadable, match="written by a newer mig"):
        found(place)
