"""Asking a target what it takes: the answers, and that nothing of it stays."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mig.engine.probed import OWN_IDS, Answer, Probed
from mig.model.outcome import Exit
from mig.query.rewrite.unproven import Unproven
from mig.segments.diagnosis import QUESTIONS, Diagnosis, Side
from mig.segments.refusals import refusal
from tests.support import Site, mig

HERE, OTHER = "8b176e26-98da-5091-9153-c899b6e5f086", "11111111-2222-3333-4444-555555555555"


def asked(home: Path, world: Mapping[str, Any]) -> tuple[Site, Diagnosis]:
    """A world that was asked; nothing but the note of answers stays."""
    site = Site(home)
    site.make(world)
    return site, site.probe(site.manifest({}))


def nothing_stays(site: Site) -> None:
    assert site.rows("msdynmkt_segment") == site.rows("msdynmkt_segmentdefinition") == []
    assert {row["subject"] for row in site.rows("annotation")} <= {"mig:probe"}


def accepted(found: Diagnosis) -> Mapping[str, bool]:
    return {question: answer.accepted for question, answer in found.own_answers.items()}


# --- answers ----------------------------------------------------------------------------------------------


def test_a_service_that_takes_everything(tmp_path: Path) -> None:
    site, found = asked(tmp_path, {})
    assert accepted(found) == dict.fromkeys(QUESTIONS, True)
    assert found.findings == ()
    nothing_stays(site)


# `constants` and `lists` have no switch; ISNULL is one that counts as known.
@pytest.mark.parametrize("form", sorted(map(str, set(Unproven) - {Unproven.CONSTANTS, Unproven.LISTS})))
def test_a_form_that_is_refused(form: str, tmp_path: Path) -> None:
    site, found = asked(tmp_path, {"switches": {"refuse": [form]}})
    assert accepted(found) == {**dict.fromkeys(QUESTIONS, True), form: False}
    assert "this form is not supported" in found.own_answers[form].message
    assert "(at `" in found.own_answers[form].message
    assert found.outcome.exit is Exit.DONE
    nothing_stays(site)


def test_a_service_that_gives_the_ids(tmp_path: Path) -> None:
    site, found = asked(tmp_path, {"switches": {"own_ids": False, "refuse": ["dates"]}})
    assert found.probed is not None
    assert found.probed.own_ids is False
    assert "cannot be set" in found.own_answers[OWN_IDS].message
    assert [key for key, taken in accepted(found).items() if not taken] == ["dates", OWN_IDS]
    nothing_stays(site)


@pytest.mark.parametrize("end", ["warnings", "error", "faulted"])
def test_where_a_plain_query_does_not_go_live_no_form_is_answered(end: str, tmp_path: Path) -> None:
    site, found = asked(tmp_path, {"switches": {"publishing_ends": end, "refuse": ["dates"]}})
    assert accepted(found) == {OWN_IDS: True}
    assert {finding.code for finding in found.findings} == {"ENV026"}
    assert len(found.findings) == len(Unproven)
    assert found.outcome.exit is Exit.FAILED
    nothing_stays(site)


@pytest.mark.parametrize("deed", ["stuck-publishing", "error-5xx"])
def test_a_publication_that_tells_nothing_leaves_its_question_open(deed: str, tmp_path: Path) -> None:
    fault = {"on": "POST msdynmkt_PublishSegmentDefinition", "do": deed, "nth": 3}
    site, found = asked(tmp_path, {"faults": [fault]})
    [unanswered] = set(QUESTIONS) - set(found.own_answers)
    [finding] = found.findings
    assert (finding.code, f"`{unanswered}`" in finding.message) == ("ENV026", True)
    nothing_stays(site)
    again = site.probe(site.manifest({}))
    assert (accepted(again), again.findings) == (dict.fromkeys(QUESTIONS, True), ())


# --- every way out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "deed"),
    [
        ("POST msdynmkt_segments", "drop-privilege"),
        ("POST msdynmkt_segments", "drop-response-after-commit"),
        ("POST msdynmkt_PublishSegmentDefinition", "drop-privilege"),
        ("POST msdynmkt_PublishSegmentDefinition", "drop-response-after-commit"),
    ],
)
def test_an_error_on_the_way_leaves_nothing(path: str, deed: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make({"faults": [{"on": path, "do": deed, "nth": 2}]})
    manifest = site.manifest({})
    with pytest.raises(Exception, match=r"answered 403|connection broke") as raised:
        site.probe(manifest)
    assert raised.value.exit is (Exit.DENIED if deed == "drop-privilege" else Exit.FAILED)  # type: ignore[attr-defined]
    nothing_stays(site)
    again = site.probe(manifest)
    assert (accepted(again), again.findings) == (dict.fromkeys(QUESTIONS, True), ())


@pytest.mark.parametrize("path", ["POST $batch", "POST msdynmkt_StopSegments"])
def test_what_cannot_be_deleted_is_named_and_deleted_by_the_next(path: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make({"faults": [{"on": path, "do": "drop-privilege", "nth": 1}]})
    manifest = site.manifest({})
    with pytest.raises(Exception, match=r"left in the target: mig probe \(to be deleted\): arithmetic, "):
        site.probe(manifest)
    assert len(site.rows("msdynmkt_segment")) == len(Unproven) + 1
    again = site.probe(manifest)
    assert (accepted(again), again.findings) == (dict.fromkeys(QUESTIONS, True), ())
    nothing_stays(site)


def test_what_only_looks_like_a_draft_is_left_alone(tmp_path: Path) -> None:
    site = Site(tmp_path)
    own = {
        "msdynmkt_segmentid": OTHER,
        "msdynmkt_displayname": "mig probe (to be deleted): my own",
        "statuscode": 2,
    }
    site.make({"tables": {"msdynmkt_segment": [own]}})
    site.probe(site.manifest({}))
    assert [row["msdynmkt_segmentid"] for row in site.rows("msdynmkt_segment")] == [OTHER]


# --- answers of others ------------------------------------------------------------------------------------


def test_what_the_source_accepted_is_taken_over(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for name in ("test", "prod"):
        site.make({"switches": {"refuse": ["dates"]}}, name)
    two = {"test": {"sandbox": "test"}, "prod": {"sandbox": "prod", "source": "test"}}
    manifest = site.manifest({"environments": two})
    for name in two:
        assert mig("doctor", "-f", manifest, "--home", tmp_path, "--env", name, "--probe", "--yes").code == 0
    [note] = site.rows("annotation", "prod")
    answers = json.loads(note["notetext"])["answers"]
    with site.open("test") as test, site.open("prod") as prod:
        there, here = test.organization_id, prod.organization_id
    gave = {question: answer["organization"] for question, answer in answers.items()}
    assert gave == {**dict.fromkeys(QUESTIONS, there), "dates": here}


def answer(*, version: str = "9.2", organization: str = HERE, accepted: bool = True) -> Answer:
    return Answer(
        accepted=accepted, at="2026-11-22T09:00:00+00:00", version=version, organization=organization
    )


def diagnosis(own: Mapping[str, Answer], elsewhere: Mapping[str, Answer]) -> Diagnosis:
    return Diagnosis(
        at=datetime(2026, 11, 25, tzinfo=UTC),
        target=replace(Side("prod", "https://contoso.crm4.dynamics.com"), version="9.2"),
        probed=Probed(HERE, own),
        elsewhere=(Probed(OTHER, elsewhere),),
    )


def test_what_this_version_accepted_is_not_asked_again() -> None:
    found = diagnosis(
        {"dates": answer(), "paths": answer(version="9.1"), "lists": answer(accepted=False)},
        {
            "dates": answer(organization=OTHER),
            "columns": answer(organization=OTHER),
            "prefixes": answer(organization=OTHER, version="9.1"),
            "circular": answer(organization=OTHER, accepted=False),
            "a later form": answer(organization=OTHER),
        },
    )
    assert found.known == {"dates": answer(), "columns": answer(organization=OTHER)}
    assert found.open == [question for question in QUESTIONS if question not in ("dates", "columns")]
    assert found.may_be_probed


def test_where_all_is_known_there_is_nothing_to_do() -> None:
    everything = dict.fromkeys(QUESTIONS, answer())
    assert not diagnosis(everything, {}).may_be_probed
    assert diagnosis({}, everything).may_be_probed
    assert replace(diagnosis(everything, {}), leftovers=("mig probe",)).may_be_probed
    assert not diagnosis({}, {}).telling("ENV004", "denied", "").may_be_probed


# --- the service's words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            '{"StatusCode": 400, "ResultText": "no such word. Position: 8"}',
            "no such word. Position: 8 (at `contact)`)",
        ),
        ('{"StatusCode": 400, "ResultText": "no such word"}', "no such word"),
        ("wrong at position 0", "wrong at position 0 (at `PROFILE(contact)`)"),
        ("Position: 99", "Position: 99"),
        ('{"other": 1}', '{"other": 1}'),
        ("[]", "[]"),
        ("", ""),
    ],
)
def test_a_refusal_shows_what_its_position_points_at(message: str, told: str) -> None:
    assert refusal(message, "PROFILE(contact)") == told
