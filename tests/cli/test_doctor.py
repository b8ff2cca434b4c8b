"""`mig doctor`: what it finds, how it ends, and when it asks before it writes."""

from pathlib import Path

import pytest

from tests.cli.test_lock_command import held  # noqa: F401 -- a fixture
from tests.cli.test_outputs import on_screen
from tests.support import SECRETS_OF_PEOPLE, SMALL, Ran, Site, mig, valid

ABSENT = "11111111-2222-3333-4444-555555555555"


def doctor(*arguments: str | Path) -> Ran:
    ran = mig("doctor", *arguments, "--format", "json")
    valid(ran.document, "diagnosis")
    return ran


def codes(ran: Ran) -> list[str]:
    return [finding["code"] for finding in ran.document["findings"]]


def faulty(site: Site, *faults: dict[str, object]) -> Path:
    site.make({**SMALL["world"], "faults": list(faults)}, "faulty")
    return site.manifest({"environments": {"faulty": {"sandbox": "faulty"}}}, "faulty.yaml")


# --- what it finds ----------------------------------------------------------------------------------------


def test_a_fit_environment(site: Site, manifest: Path) -> None:
    mig("apply", "-f", manifest, "--auto-approve")
    before = site.everything()
    ran = doctor("-f", manifest)
    found = ran.document
    assert (ran.code, ran.err, found["outcome"], found["findings"]) == (0, "", "well", [])
    assert (found["target"]["phase"], found["source"]) == ("removed", None)
    ledger = {"file": None, "migration": "cases", "entries": 6, "others": {}, "copied_from": []}
    assert found["ledger"] == ledger
    assert (found["quota"]["limit"], found["quota"]["used"]) == (2000, 6)
    assert {line["answer"] for line in found["answers"]} == {"not asked"}
    assert site.everything() == before


def test_in_words(site: Site, manifest: Path) -> None:
    ran = mig("doctor", "-f", manifest)
    told = " ".join(ran.out.split())
    assert (ran.code, ran.err) == (0, "")
    assert "outbound marketing is removed: msdyncrm_ValidateSegment answers 404" in told
    assert "not asked prefixes STARTSWITH and ENDSWITH" in told
    assert told.endswith("All is well.")
    assert not [line for line in ran.out.splitlines() if len(line) > 80]


@pytest.mark.parametrize(
    ("path", "deed", "code", "exit_code", "outcome"),
    [
        ("GET WhoAmI", "expire-token", "ENV003", 8, "denied"),
        ("GET annotations", "drop-privilege", "ENV004", 8, "denied"),
        ("GET msdynmkt_segments", "error-5xx", "ENV010", 1, "unwell"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_too(
    path: str, deed: str, code: str, exit_code: int, outcome: str, site: Site
) -> None:
    ran = doctor("-f", faulty(site, {"on": path, "do": deed, "every": 1}))
    assert (ran.code, ran.document["outcome"], codes(ran)) == (exit_code, outcome, [code])


def test_a_privilege_that_the_organisation_does_not_know_is_not_missing(site: Site, manifest: Path) -> None:
    site.sql("DELETE FROM privilege WHERE name = 'prvWritemsdynmkt_segment'")
    ran = doctor("-f", manifest)
    assert (ran.code, codes(ran)) == (0, [])
    (unsure,) = [one for one in ran.document["privileges"] if one["held"] != "held"]
    assert (unsure["privilege"], unsure["held"]) == ("prvWritemsdynmkt_segment", "not known")


def test_another_organisation_than_the_one_pinned(site: Site) -> None:
    pinned = {"w": {"sandbox": "w", "organization": ABSENT}}
    ran = doctor("-f", site.manifest({"environments": pinned}))
    assert (ran.code, codes(ran), ran.document["target"]["organization_id"]) == (1, ["ENV002"], None)


def test_a_ledger_that_cannot_be_read(site: Site, manifest: Path) -> None:
    mig("apply", "-f", manifest, "--auto-approve")
    site.sql("UPDATE annotation SET notetext = '{}' WHERE subject LIKE 'mig:ledger:%'")
    ran = doctor("-f", manifest)
    assert (ran.code, codes(ran), ran.document["ledger"]) == (1, ["ENV007"], None)


def test_source_and_target(site: Site) -> None:
    site.make(SMALL["world"], "test")
    two = {"test": {"sandbox": "test"}, "prod": {"sandbox": "w", "source": "test"}}
    ran = doctor("-f", site.manifest({"environments": two}), "--env", "prod")
    assert (ran.code, ran.document["target"]["name"], ran.document["source"]["name"]) == (0, "prod", "test")


# --- asking -----------------------------------------------------------------------------------------------


def test_probing_needs_a_terminal_or_a_flag(site: Site, manifest: Path) -> None:
    before = site.everything()
    ran = mig("doctor", "-f", manifest, "--probe")
    assert (ran.code, ran.out, "--yes" in ran.err) == (64, "", True)
    assert site.everything() == before


@pytest.mark.parametrize(("answer", "asked"), [("y\n", "accepted"), ("n\n", "not asked")])
def test_the_question(
    answer: str, asked: str, site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = on_screen(monkeypatch, "doctor", "-f", manifest, "--probe", answer=answer)
    assert (code, "Make throw-away segments in w, to ask?" in err) == (0, True)
    assert {line["answer"] for line in doctor("-f", manifest).document["answers"]} == {asked}


def test_nobody_is_asked_where_nothing_is_open(manifest: Path) -> None:
    assert mig("doctor", "-f", manifest, "--probe", "--yes").code == 0
    again = mig("doctor", "-f", manifest, "--probe", "-v")
    assert (again.code, "PATCH" in again.err, "PublishSegmentDefinition" in again.err) == (0, False, False)


@pytest.mark.usefixtures("held")
def test_a_probe_takes_the_lock(site: Site, manifest: Path) -> None:
    before = site.everything()
    assert mig("doctor", "-f", manifest, "--probe", "--yes").code == 5
    assert site.everything() == before


def test_no_person_appears_in_it(site: Site, manifest: Path) -> None:
    ran = mig("doctor", "-f", manifest, "--probe", "--yes", "-v")
    notes = "".join(str(row["notetext"]) for row in site.rows("annotation"))
    assert not [secret for secret in SECRETS_OF_PEOPLE if secret in ran.text + notes]
