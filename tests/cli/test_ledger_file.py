"""`ledger: {store: file, path: …}`: all that is kept stands in one file, and every command works alike."""

import asyncio
import json
from pathlib import Path

import pytest

from mig.cli.session import open_session
from mig.engine.lock import LEASE, Heartbeat, Lock
from mig.engine.snapshot import identify
from tests.crash.harness import Killed, killed
from tests.support import SMALL, WORLD, Site, mig, valid

FILE = "state/wave.ledger"
FEW = {"segments": [{"source": "Berlin"}, {"source": "Graz"}]}


def environments(*names: str) -> dict[str, object]:
    ledger = {"store": "file", "path": FILE}
    return {"environments": {name: {"sandbox": name, "ledger": ledger} for name in names}}


@pytest.fixture
def filed(site: Site) -> Path:
    """A manifest for the small world, whose ledger is kept in a file."""
    return site.manifest({**FEW, **environments(WORLD)})


def test_an_apply_leaves_no_note_in_the_organisation(site: Site, filed: Path) -> None:
    assert mig("apply", "-f", filed, "--auto-approve").code == 0
    assert site.rows("annotation") == []
    file = filed.parent / FILE
    assert sorted(path.name for path in file.parent.iterdir()) == ["wave.ledger", "wave.ledger.lock"]
    assert file.stat().st_mode & 0o077 == 0
    assert mig("plan", "-f", filed, "--detailed-exitcode").code == 0
    [run] = mig("history", "-f", filed, "--format", "json").document["runs"]
    assert run["outcome"] == "done"
    status = mig("status", "-f", filed, "--format", "json").document
    assert (status["owned"], status["last_run"]["outcome"], status["lock"]) == (2, "done", None)
    diagnosis = mig("doctor", "-f", filed, "--format", "json").document
    valid(diagnosis, "diagnosis")
    assert (diagnosis["ledger"]["file"], diagnosis["ledger"]["entries"]) == (FILE, 2)


def test_planning_makes_no_file(filed: Path) -> None:
    assert mig("plan", "-f", filed).code == 0
    assert mig("lock", "show", "-f", filed).out == "Nobody holds the lock.\n"
    assert "Nothing was applied yet." in mig("history", "-f", filed).out
    assert not (filed.parent / FILE).parent.exists()


def test_the_lock_is_in_it_too(site: Site, filed: Path) -> None:
    heartbeat = Heartbeat(site.home / "elsewhere")

    async def take() -> None:
        async with open_session(filed, None, home=site.home, verbose=False) as session:
            organization = (await identify(session.target)).organization_id
            await Lock.take(session.target.notes.writable(), organization, "run-1", heartbeat, session.clock)

    asyncio.run(take())
    heartbeat.stop()
    before = site.everything()
    refused = mig("apply", "-f", filed, "--auto-approve")
    assert (refused.code, "the lock is held by" in " ".join(refused.err.split())) == (5, True)
    assert site.everything() == before
    assert "run-1" in mig("lock", "show", "-f", filed).out
    assert "Released." in mig("lock", "release", "-f", filed, "--yes").out
    assert mig("apply", "-f", filed, "--auto-approve").code == 0


def test_a_saved_plan_is_applied_once_and_one_whose_run_died_goes_on(site: Site, filed: Path) -> None:
    plan = site.home / "plan.json"
    mig("plan", "-f", filed, "--out", plan)
    with pytest.raises(Killed), killed(15, after=True):
        mig("apply", plan, "-f", filed)
    with site.open() as world:
        world.clock.advance(LEASE.total_seconds() + 1)
    assert mig("apply", plan, "-f", filed).code == 0
    again = mig("apply", plan, "-f", filed)
    assert (again.code, "ENV018" in again.err) == (4, True)
    outcomes = [run["outcome"] for run in mig("history", "-f", filed, "--format", "json").document["runs"]]
    assert outcomes == ["died", "done"]


def test_a_lost_file_loses_no_segment(site: Site, filed: Path) -> None:
    mig("apply", "-f", filed, "--auto-approve")
    (filed.parent / FILE).unlink()
    before = site.rows("msdynmkt_segment")
    assert mig("apply", "-f", filed, "--auto-approve").code == 0
    assert len(site.rows("msdynmkt_segment")) == len(before)
    assert mig("plan", "-f", filed, "--detailed-exitcode").code == 0


def test_a_file_that_was_edited_is_refused_and_nothing_is_written(site: Site, filed: Path) -> None:
    mig("apply", "-f", filed, "--auto-approve")
    file, before = filed.parent / FILE, site.everything()
    file.write_text(file.read_text("utf-8").replace("segment.berlin", "segment.berlim"), "utf-8")
    edited = file.read_bytes()
    for command in (["plan"], ["apply", "--auto-approve"], ["history"], ["lock", "show"], ["status"]):
        ran = mig(*command, "-f", filed)
        assert (ran.code, "Traceback" in ran.text) == (1, False)
        assert f"error[ENV007] the ledger file {FILE}" in " ".join(ran.err.split())
    assert (site.everything(), file.read_bytes()) == (before, edited)


def test_two_environments_share_a_file_and_do_not_disturb_each_other(site: Site) -> None:
    """One that was copied along with its environment looks the same: its ledger is history."""
    site.make(SMALL["world"], "other")
    filed = site.manifest({**FEW, **environments(WORLD, "other")})
    for name in (WORLD, "other"):
        assert mig("apply", "-f", filed, "--env", name, "--auto-approve").code == 0
    for name, another in ((WORLD, "other"), ("other", WORLD)):
        plan = mig("plan", "-f", filed, "--env", name, "--format", "json").document
        with site.open(another) as world:
            told = f"{FILE} also holds a ledger of organisation {world.organization_id}; it is history here"
        assert [(found["code"], found["message"]) for found in plan["findings"]] == [("ENV008", told)]
        assert plan["summary"]["unchanged"] == 2
    document = json.loads((filed.parent / FILE).read_text("utf-8"))
    assert len(document["notes"]) == 4


def test_a_path_from_a_variable_is_not_shown(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_STATE", str(tmp_path / "canary" / "l"))
    ledger = {"store": "file", "path": "${MIG_STATE}"}
    filed = site.manifest({**FEW, "environments": {WORLD: {"sandbox": WORLD, "ledger": ledger}}})
    applied = mig("apply", "-f", filed, "--auto-approve")
    assert (applied.code, (tmp_path / "canary" / "l").exists()) == (0, True)
    (tmp_path / "canary" / "l").write_text("x", "utf-8")
    refused = mig("plan", "-f", filed)
    assert (refused.code, "${MIG_STATE}" in refused.err) == (1, True)
    assert "canary" not in applied.text + refused.text


def test_an_organisation_that_does_not_guard_its_notes(site: Site) -> None:
    site.make({**SMALL["world"], "switches": {"unguarded": ["annotation"]}}, "bare")
    manifest = site.manifest({**FEW, "environments": {"bare": {"sandbox": "bare"}}}, "bare.yaml")
    before = site.everything("bare")
    for command in (["plan"], ["apply", "--auto-approve"], ["status"]):
        ran = mig(*command, "-f", manifest)
        told = " ".join(ran.err.split())
        assert (ran.code, "error[ENV037] sandbox:bare does not guard its notes" in told) == (3, True), told
        assert "ledger: {store: file, path: …}" in told
    diagnosis = mig("doctor", "-f", manifest, "--format", "json")
    assert [found["code"] for found in diagnosis.document["findings"]] == ["ENV037"]
    assert site.everything("bare") == before
    filed = site.manifest({**FEW, **environments("bare")}, "filed.yaml")
    assert mig("apply", "-f", filed, "--auto-approve").code == 0
    assert mig("plan", "-f", filed, "--detailed-exitcode").code == 0
