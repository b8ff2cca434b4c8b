"""`mig verify` of events: as text, JSON, exit code and file of ids."""

import csv
import json
from pathlib import Path

import pytest

from tests.data import load
from tests.report.test_documents import problems
from tests.support import CASES, WORLD, Site, mig

TARGET = "msevtmgt_eventregistrations"
ENTRY = {"source": "Spring Summit", "target": {"name": "Spring Summit 2027"}}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.make(load(CASES / "events" / "summit.yaml"))
    return site


def verify(site: Site, manifest: Path, *arguments: str | Path) -> tuple[int, str]:
    ran = mig("verify", "-f", manifest, "--home", site.home, *arguments)
    return ran.code, ran.out


def copies(site: Site) -> list[str]:
    """The ids of the target's registrations."""
    found = site.rows("msevtmgt_eventregistration")
    return [
        row["msevtmgt_eventregistrationid"]
        for row in found
        if not row["msevtmgt_eventregistrationid"].startswith("9000")
    ]


def test_an_event_before_and_after_its_move(site: Site) -> None:
    manifest = site.manifest({"events": [ENTRY]})
    code, out = verify(site, manifest)
    assert (code, "1 event is not moved yet" in out) == (1, True)
    assert site.apply(manifest).outcome.exit == 0
    code, out = verify(site, manifest, "--format", "json")
    document = json.loads(out)
    assert (code, problems("verification", document)) == (0, [])
    assert [(one["address"], one["outcome"]) for one in document["events"]] == [
        ("event.spring_summit", "clean")
    ]
    grades = {name: check["outcome"] for name, check in document["events"][0]["checks"].items()}
    assert {name for name, grade in grades.items() if grade != "ok"} == {"C11", "C12", "C13"}


def test_what_was_lost_is_told_by_number_and_kept_by_id(site: Site, tmp_path: Path) -> None:
    manifest = site.manifest({"events": [ENTRY]})
    assert site.apply(manifest).outcome.exit == 0
    gone = copies(site)[0]
    site.edit(manifest, [{"in": TARGET, "where": f"msevtmgt_eventregistrationid eq {gone}", "delete": True}])
    ids = tmp_path / "ids.csv"
    code, out = verify(site, manifest, "--ids", ids)
    assert (code, "1 registration of 3 missing [EVT022]" in out) == (7, True)
    assert "9000" not in out
    with ids.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["address"], row["difference"], row["check"]) == ("event.spring_summit", "missing", "C2")
    assert row["id"].startswith("9000")
    waive = [{"finding": "EVT022", "on": "event.spring_summit", "because": "looked at by hand"}]
    code, out = verify(site, site.manifest({"events": [ENTRY], "policy": {"waive": waive}}))
    assert (code, "waived" in out) == (0, True)


def test_a_table_that_may_not_be_read(site: Site) -> None:
    manifest = site.manifest({"events": [ENTRY]})
    assert site.apply(manifest).outcome.exit == 0
    fault = ("--on", "GET msevtmgt_registrationresponses*", "--do", "drop-privilege", "--every", "1")
    assert mig("sandbox", "fault", WORLD, *fault, "--home", site.home).code == 0
    code, out = verify(site, manifest)
    assert (code, "EVT035" in out, "Not reconciled: 0 of 1 event clean." in out) == (1, True, True)


def test_what_is_left_to_people_is_told_until_it_is_done(site: Site) -> None:
    manifest = site.manifest({"events": [{**ENTRY, "publish": True}]})
    assert site.apply(manifest).outcome.exit == 0
    code, out = verify(site, manifest)
    assert (code, "info[EVT070]" in out, "info[EVT071]" in out, "EVT072" in out) == (0, True, True, False)
    settings = {"msevtmgt_maximumeventcapacity": 50, "msevtmgt_eventtimezone": 110}
    settings["msevtmgt_createleadsforeventregistrations"] = True
    copied = "msevtmgt_sourcesystem eq 100000002"
    draft = {"msevtmgt_publishstatus": 100000000, **settings}
    site.edit(manifest, [{"in": "msevtmgt_events", "where": copied, "set": draft}])
    code, out = verify(site, manifest, "--format", "json")
    told = {found["code"]: found["message"] for found in json.loads(out)["findings"]}
    assert "EVT070" not in told
    assert told["EVT072"] == "the target was published, but does not read back as live"


def test_who_waits_is_kept_in_order_by_id_before_and_after_the_move(site: Site, tmp_path: Path) -> None:
    manifest = site.manifest({"events": [ENTRY]})
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    assert verify(site, manifest, "--waitlist", before)[0] == 1
    assert site.apply(manifest).outcome.exit == 0
    code, out = verify(site, manifest, "--waitlist", after)
    assert (code, "c0000000" in out) == (0, False)
    assert before.read_bytes() == after.read_bytes()
    assert after.stat().st_mode & 0o777 == 0o600
    with after.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["address"], row["position"], row["autoregister"]) == ("event.spring_summit", "1", "yes")
    assert row["contact"] == "c0000000-0000-0000-0000-000000000003"


def test_a_waitlist_that_cannot_be_written_leaves_no_part_of_it(site: Site, tmp_path: Path) -> None:
    manifest = site.manifest({"events": [ENTRY]})
    assert site.apply(manifest).outcome.exit == 0
    ran = mig("verify", "-f", manifest, "--home", site.home, "--waitlist", tmp_path / "no" / "w.csv")
    assert (ran.code, "ENV014" in ran.err, "Traceback" in ran.err) == (1, True, False)
    assert not (tmp_path / "no").exists()
