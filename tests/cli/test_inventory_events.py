"""`mig inventory`: outbound events beside the segments."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.support import SECRETS_OF_PEOPLE, Site, mig, valid

EVENT = "e5000000-0000-0000-0000-00000000000"
TEAM = "7a000000-0000-0000-0000-000000000001"
OUTBOUND, REAL_TIME = 100000001, 100000002


def event(number: int, name: str, **columns: Any) -> dict[str, Any]:
    row = {"msevtmgt_eventid": f"{EVENT}{number}", "msevtmgt_name": name, "msevtmgt_sourcesystem": OUTBOUND}
    return {
        **row,
        "msevtmgt_eventstartdate": "2026-12-01T09:00:00Z",
        "msevtmgt_eventenddate": "2026-12-01T17:00:00Z",
        **columns,
    }


def registration(number: int, of: int, **columns: Any) -> dict[str, Any]:
    contact = f"c0000000-0000-0000-0000-00000000000{number}"
    return {
        "msevtmgt_name": f"R{number}{of}",
        "msevtmgt_contactid": {"contact": contact},
        "msevtmgt_eventid": {"msevtmgt_event": f"{EVENT}{of}"},
        **columns,
    }


WORLD = {
    "tables": {
        "team": [{"teamid": TEAM, "name": "Marketing"}],
        "msdyncrm_segment": [
            {
                "msdyncrm_segmentname": "Berlin",
                "msdyncrm_segmenttype": 192350000,
                "statuscode": 192350001,
                "msdyncrm_segmentquery": "PROFILE(contact)",
            }
        ],
        "msevtmgt_event": [
            event(
                1,
                "Spring Summit",
                msevtmgt_publishstatus=100000003,
                createdon="2025-01-02T03:04:05Z",
                modifiedon="2025-02-03T04:05:06Z",
                ownerid={"team": TEAM},
            ),
            event(2, "Fair", msevtmgt_sourcesystem=None),
            event(3, "Fair", msevtmgt_publishstatus=100000004),
            event(4, "Made for real-time", msevtmgt_sourcesystem=REAL_TIME),
        ],
        "msevtmgt_eventregistration": [
            registration(1, 1),
            registration(2, 1, msevtmgt_iscanceled=True),
            registration(3, 4),
        ],
    }
}


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A manifest that asks for nothing."""
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    site = Site(tmp_path)
    site.make(WORLD)
    return site.manifest({})


def listed(manifest: Path, *options: str) -> list[dict[str, Any]]:
    ran = mig("inventory", "-f", manifest, "--format", "json", *options)
    assert ran.code == 0
    valid(ran.document, "inventory")
    items: list[dict[str, Any]] = ran.document["items"]
    return items


def test_an_event_has_what_is_known_of_it_and_null_for_the_rest(manifest: Path) -> None:
    found = {item["address"]: item for item in listed(manifest, "--type", "event")}
    assert found["event.spring_summit"] == {
        "address": "event.spring_summit",
        "id": f"{EVENT}1",
        "name": "Spring Summit",
        "kind": "event",
        "status": "live",
        "created": "2025-01-02T03:04:05Z",
        "modified": "2025-02-03T04:05:06Z",
        "size": 2,
        "size_age": 0,
        "ids_stored": None,
        "nesting": None,
        "depth": None,
        "usage": {"used": None, "journeys": []},
        "owner": "Marketing",
        "business_unit": "w",
        "migrated": None,
        "verdicts": {"documented": "refused", "extended": "refused"},
        "eligible": False,
        "findings": ["EVT005"],
        "link": None,
    }
    fairs = [f"event.fair_{EVENT.replace('-', '')}{number}" for number in (2, 3)]
    assert sorted(found) == [*fairs, "event.spring_summit"]
    assert [found[fair]["size"] for fair in fairs] == [0, 0]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["Berlin", "Fair", "Fair", "Spring Summit"]),
        (["--type", "dynamic"], ["Berlin"]),
        (["--status", "cancelled"], ["Fair"]),
        (["--search", "summit"], ["Spring Summit"]),
        (["--sort", "size", "--type", "event"], ["Spring Summit", "Fair", "Fair"]),
        (["--sort", "journeys"], ["Berlin", "Fair", "Fair", "Spring Summit"]),
        (["--eligible"], ["Berlin"]),
        (["--blocked", "--status", "live"], ["Spring Summit"]),
        (["--not-migrated", "--status", "live"], ["Berlin", "Spring Summit"]),
        (["--unused"], ["Berlin"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_picked_and_sorted(options: list[str], names: list[str], manifest: Path) -> None:
    assert [item["name"] for item in listed(manifest, *options)] == names


def test_the_table_and_the_sentence(manifest: Path) -> None:
    ran = mig("inventory", "-f", manifest)
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert not [line for line in lines if len(line) > 80]
    assert [line.split() for line in lines if line.startswith("Spring")] == [
        ["Spring", "Summit", "event", "live", "2", "no", "EVT005"]
    ]
    assert lines[-1] == "1 of 1 outbound segment: 1 eligible, 0 with a copy; 3 of 3 outbound events."


def test_as_csv(manifest: Path) -> None:
    text = mig("inventory", "-f", manifest, "--format", "csv", "--type", "event").out
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert (rows[f"{EVENT}1"]["size"], rows[f"{EVENT}1"]["eligible"]) == ("2", "false")


def test_of_a_snapshot(manifest: Path) -> None:
    both = {"environments": {"w": {"sandbox": "w"}, "review": {"snapshot": "w.migsnap"}}}
    asking = Site(manifest.parent).manifest(both, "both.yaml")
    file = manifest.parent / "w.migsnap"
    assert mig("snapshot", "-f", asking, "--env", "w", "--out", file).code == 0
    assert listed(asking, "--env", "review") == listed(asking, "--env", "w")


def test_nobody_is_named(manifest: Path) -> None:
    shown = mig("inventory", "-f", manifest, "--format", "json", "-v").text
    assert not [secret for secret in (*SECRETS_OF_PEOPLE, "c0000000-0000") if secret in shown]


@pytest.mark.parametrize(
    ("entity_set", "events", "sizes"),
    [("msevtmgt_events", 0, set()), ("msevtmgt_eventregistrations", 3, {None})],
)
def test_what_may_not_be_read(entity_set: str, events: int, sizes: set[None], tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make({**WORLD, "faults": [{"on": f"GET {entity_set}", "do": "drop-privilege", "every": 1}]})
    options = ("-f", site.manifest({}), "--home", tmp_path)
    ran = mig("inventory", *options, "--format", "json", "--type", "event")
    valid(ran.document, "inventory")
    found = ran.document["items"]
    assert (ran.code, len(found), "EVT002" in ran.err) == (0, events, True)
    assert {item["size"] for item in found} == sizes


def test_a_first_manifest_lists_drafts_and_says_what_is_live(manifest: Path) -> None:
    Site(manifest.parent).sql(
        "UPDATE msevtmgt_event SET msevtmgt_publishstatus = 100000000 WHERE msevtmgt_eventid = ?", f"{EVENT}2"
    )
    first = manifest.parent / "first.yaml"
    ran = mig("init", "--sandbox", "w", "--out", first)
    assert "1 of 1 outbound segment can be brought over, and 1 of 3 events" in ran.out
    text = first.read_text("utf-8")
    assert f"  - source:\n      id: {EVENT}2\n" in text
    assert "  # EVT005: live; make it a draft first\n  # - source: Spring Summit\n" in text
    assert mig("plan", "-f", first, "--format", "json").document["summary"]["create"] == 2
