"""`mig status`: what is in flight, with what to do, and nothing changed."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mig.engine.ledger import save
from mig.engine.lock import Heartbeat, Lock
from tests.data import load
from tests.support import CASES, Site, mig, valid

SOURCES = [
    {
        "msdyncrm_segmentname": name,
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentquery": "PROFILE(contact)",
    }
    for name in ("Flagged", "Plain")
]
NOW = "2026-11-22T09:00:00Z"
LONG_AGO = "2026-11-22T07:00:00Z"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Site, Path]:
    """Two drafts, one of them flagged."""
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    site = Site(tmp_path)
    site.make({"now": NOW, "tables": {"msdyncrm_segment": SOURCES}})
    manifest = site.manifest({"segments": [{"source": "Flagged", "publish": True}, {"source": "Plain"}]})
    assert mig("apply", "-f", manifest, "--auto-approve", "--no-publish").code == 0
    return site, manifest


def status(manifest: Path) -> Any:
    ran = mig("status", "-f", manifest, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    valid(ran.document, "status")
    return ran.document


def states(manifest: Path) -> dict[str, str]:
    return {one["address"]: one["state"] for one in status(manifest)["segments"]}


def put(site: Site, segment: int, definition: int, changed: str = NOW) -> None:
    """Both rows of the flagged copy in some state."""
    name = "Migrated – Flagged"
    site.sql(
        "UPDATE msdynmkt_segment SET statuscode = ?, modifiedon = ? WHERE msdynmkt_displayname = ?",
        segment,
        changed,
        name,
    )
    site.sql(
        "UPDATE msdynmkt_segmentdefinition SET statuscode = ?, modifiedon = ? WHERE msdynmkt_name = ?",
        definition,
        changed,
        name,
    )


def test_before_and_after_publishing(asked: tuple[Site, Path]) -> None:
    site, manifest = asked
    before = site.everything()
    assert states(manifest) == {"segment.flagged": "flagged"}
    assert site.everything() == before
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0
    found = status(manifest)
    assert (found["segments"], found["told"], found["lock"]) == ([], "Nothing is in flight.", None)
    assert (found["owned"], found["last_run"]["outcome"]) == (2, "done")


@pytest.mark.parametrize(
    ("segment", "definition", "changed", "state"),
    [
        (2, 723270002, NOW, "publishing"),
        (5, 723270002, NOW, "publishing"),
        (6, 723270000, NOW, "computing"),
        (6, 723270002, LONG_AGO, "stuck"),
        (8, 723270005, NOW, "stopping"),
        (7, 723270000, NOW, "warnings"),
        (1, 723270004, NOW, "warnings"),
        (3, 723270001, NOW, "error"),
        (11, 723270000, NOW, "faulted"),
        (4, 723270003, NOW, "deleted"),
        (10, 723270000, NOW, "unknown"),
        (2, 723270001, NOW, "flagged"),
    ],
)
def test_each_state(
    segment: int, definition: int, changed: str, state: str, asked: tuple[Site, Path]
) -> None:
    site, manifest = asked
    put(site, segment, definition, changed)
    assert states(manifest) == {"segment.flagged": state}


def test_published_and_out_of_use_since(asked: tuple[Site, Path]) -> None:
    site, manifest = asked
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0
    put(site, 9, 723270006)
    assert states(manifest) == {"segment.flagged": "lapsed"}
    site.sql("DELETE FROM msdynmkt_segment WHERE msdynmkt_displayname = ?", "Migrated – Plain")
    assert states(manifest) == {"segment.flagged": "lapsed", "segment.plain": "gone"}


def test_what_mig_stopped_is_owed(asked: tuple[Site, Path]) -> None:
    site, manifest = asked

    async def stop() -> None:
        async with site.session(manifest) as session:
            ledger = (await session.snapshot()).base.ledger
            stopped = (replace(entry, stopped=True) for entry in ledger.entries.values())
            await save(session.target.notes.writable(), ledger.record(stopped))

    asyncio.run(stop())
    assert states(manifest) == {"segment.flagged": "owed", "segment.plain": "owed"}


def test_the_lock(asked: tuple[Site, Path]) -> None:
    site, manifest = asked

    async def hold() -> None:
        async with site.session(manifest) as session:
            notes, home = session.target.notes.writable(), Heartbeat(site.home / "elsewhere")
            with site.open() as world:
                organization = world.organization_id
            await Lock.take(notes, organization, "run-1", home, session.clock)

    asyncio.run(hold())
    found = status(manifest)["lock"]
    assert (found["run_id"], found["since"][:10], found["lease_ended"]) == ("run-1", NOW[:10], False)
    assert "The lock is held by" in mig("status", "-f", manifest).out
    assert mig("sandbox", "advance", "w", "1h").code == 0
    assert status(manifest)["lock"]["lease_ended"]
    assert "the next apply takes it over" in mig("status", "-f", manifest).out


def test_as_text(asked: tuple[Site, Path]) -> None:
    _, manifest = asked
    ran = mig("status", "-f", manifest)
    assert (ran.code, ran.err) == (0, "")
    assert not [line for line in ran.out.splitlines() if len(line) > 80]
    lines = ran.out.splitlines()
    assert lines[0] == "lock    Nobody holds the lock."
    assert lines[1].startswith("last    run ")
    assert "owned   2 segments of cases" in lines
    assert lines[-4:] == [
        "      a draft, flagged `publish`",
        "      fix    run `mig apply`",
        "",
        "1 of 2 segments to look at.",
    ]


def test_before_anything_was_applied(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make({})
    ran = mig("status", "-f", site.manifest({}), "--format", "json", "--home", tmp_path)
    valid(ran.document, "status")
    assert (ran.document["owned"], ran.document["last_run"]) == (0, None)


def test_an_event_that_is_owed(tmp_path: Path) -> None:
    """A run was stopped before it published."""
    site = Site(tmp_path)
    site.make(load(CASES / "events" / "summit.yaml"))
    manifest = site.manifest({"events": [{"source": "Spring Summit", "publish": True}]})
    home = ("-f", manifest, "--home", tmp_path)
    assert mig("status", *home).out.splitlines()[-1] == "Nothing is in flight."
    assert mig("apply", *home, "--auto-approve", "--no-publish").code == 0
    assert mig("status", *home).out.splitlines()[-5:] == [
        "  owed  event.spring_summit  Spring Summit",
        "      still to come: publish",
        "      fix    run `mig apply`",
        "",
        "1 of 1 event to look at.",
    ]
