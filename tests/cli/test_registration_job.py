"""The official job from the command line: left and taken up, refused, ended for another; and `--no-wait`."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mig.sandbox.events import endpoint, jobs
from tests.data import load
from tests.sockets import behind_socket
from tests.support import CASES, WORLD, Site, mig, valid

SUMMIT = load(CASES / "events" / "summit.yaml")
EVENTS = {"events": [{"source": "Spring Summit", "target": {"name": "Spring Summit 2027"}}]}
SOURCE = "50000000-0000-0000-0000-000000000001"
OTHER = "50000000-0000-0000-0000-0000000000ff"
MOVING = "event.spring_summit/migrate-registrations"


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A world whose service moves registrations; commands find it without `--home`."""
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    site = Site(tmp_path)
    site.make({**deepcopy(SUMMIT), "phase": "hidden"})
    return site


def applied(*arguments: str | Path) -> dict[str, Any]:
    """What became of each change, by id."""
    ran = mig("apply", *arguments, "--auto-approve", "--format", "json")
    valid(ran.document, "run")
    return {one["id"]: one for one in ran.document["results"]} | {"code": ran.code, **ran.document}


def in_flight(manifest: Path) -> list[dict[str, Any]]:
    ran = mig("status", "-f", manifest, "--format", "json")
    valid(ran.document, "status")
    found: list[dict[str, Any]] = ran.document["jobs"]
    return found


def foreign_job(site: Site) -> None:
    """Somebody else copies registrations somewhere."""
    with site.open() as world, world.transaction():
        jobs.begin(world, SOURCE, OTHER, 0)


# --- left and taken up ------------------------------------------------------------------------------------


def test_what_only_waits_is_left_and_a_later_apply_goes_on(site: Site, manifest: Path) -> None:
    run = applied("-f", manifest, "--no-wait")
    publishing = [one for key, one in run.items() if key.endswith("/publish")]
    assert [one["outcome"] for one in publishing] == ["skipped"] * len(publishing)
    assert (run["outcome"], run["code"]) == ("partial", 6)
    assert "under way; `mig status` shows how far it is, `mig apply` goes on" in publishing[0]["error"]
    assert "Partly applied: 6 done, 2 under way, 1 skipped. Run again to go on." in run["told"]
    later = applied("-f", manifest)
    assert (later["outcome"], later["code"]) == ("done", 0)
    assert mig("plan", "-f", manifest, "--detailed-exitcode").code == 0


def test_a_job_is_left_shown_and_taken_up(hidden: Site, tmp_path: Path) -> None:
    manifest, lines = hidden.manifest(EVENTS), tmp_path / "lines"
    left = applied("-f", manifest, "--no-wait", "--events", lines)
    assert (left["outcome"], left["code"]) == ("partial", 6)
    assert left[MOVING]["error"].startswith("started: 0 of 3, about 1 minute left; `mig status` shows")
    assert left["event.spring_summit/reconcile"]["error"] == f"{MOVING} is under way"
    happened = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert ("job-status", '{"status": "NotStarted"}') in [(one["event"], one["detail"]) for one in happened]
    with hidden.open() as world:
        world.clock.advance(9)
    (job,) = in_flight(manifest)
    assert (job["state"], job["rows"], job["come"], job["source_id"]) == ("running", 3, 1, SOURCE)
    assert 200 < job["rows_an_hour"] < 500
    text = mig("status", "-f", manifest).out
    assert "running  event.spring_summit" in text
    assert "1 of 3, " in text
    assert "1 registration job in flight." in text
    assert mig("plan", "-f", manifest).out.count("is taken up, not started again") == 1
    applied("-f", manifest)
    assert in_flight(manifest) == []


# --- refused ----------------------------------------------------------------------------------------------


def test_a_job_of_somebody_else_is_refused_and_ended_only_when_its_place_is_typed(hidden: Site) -> None:
    manifest = hidden.manifest(EVENTS)
    foreign_job(hidden)
    plan = mig("plan", "-f", manifest)
    assert (plan.code, "EVT043" in plan.out) == (3, True)
    assert "a registration job of somebody else is running: one that no ledger of mig knows" in plan.out
    assert mig("apply", "-f", manifest, "--auto-approve").code == 3
    stopping = ("apply", "-f", manifest, "--auto-approve", "--stop-running-job")
    asked = mig(*stopping)
    assert (asked.code, f"--confirm {WORLD}" in asked.err) == (64, True)
    assert "This ends the registration job that runs in w (sandbox:w, organisation" in asked.err
    assert mig(*stopping, "--confirm", "demo").code == 64
    with hidden.open() as world:
        assert jobs.running(world) is not None
    ended = mig(*stopping, "--confirm", WORLD, "--no-wait")
    assert "starting the registration job: 'Spring Summit'" in ended.err
    with hidden.open() as world:
        assert [one[0] for one in world.connection.execute("SELECT state FROM _jobs ORDER BY number")] == [
            "Stopped",
            "Running",
        ]


def test_nothing_is_asked_where_no_job_runs(hidden: Site) -> None:
    ran = mig("apply", "-f", hidden.manifest(EVENTS), "--auto-approve", "--stop-running-job", "--no-wait")
    assert (ran.code, "This ends" in ran.err) == (6, False)


def test_a_saved_plan_ends_no_job(hidden: Site, tmp_path: Path) -> None:
    manifest, saved = hidden.manifest(EVENTS), tmp_path / "plan"
    assert mig("plan", "-f", manifest, "--out", saved).code == 0
    ran = mig("apply", saved, "-f", manifest, "--stop-running-job")
    assert (ran.code, "leave PLAN out" in ran.err) == (64, True)


# --- by url: the token and the endpoint come from variables -----------------------------------------------


@pytest.mark.parametrize(
    ("token", "path", "code", "told"),
    [
        ("wrong", "", 3, "EVT041"),
        ("", "nowhere", 0, "by own copy, as the official job is gone: obmMigration answers 404"),
        ("", "", 0, "by official job, as the service offers it: obmMigration answers"),
    ],
)
def test_the_service_of_an_organisation_at_a_url(
    hidden: Site, monkeypatch: pytest.MonkeyPatch, token: str, path: str, code: int, told: str
) -> None:
    with hidden.open() as world, behind_socket(world) as url:
        monkeypatch.setenv("MIG_TEST_TOKEN", world.token)
        monkeypatch.setenv("MIG_EVENTS_ENDPOINT", endpoint(url, world) + path)
        monkeypatch.setenv("MIG_EVENTS_TOKEN", token or world.events_token)
        environment = {
            "url": url,
            "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"},
            "events": {"endpoint": "${MIG_EVENTS_ENDPOINT}", "token": "${MIG_EVENTS_TOKEN}"},
        }
        manifest = hidden.manifest({"environments": {WORLD: environment}, **EVENTS}, "far.yaml")
        ran = mig("plan", "-f", manifest, "-v")
        assert (ran.code, told in ran.out) == (code, True), ran.text
        assert "GET obmMigration/status" in ran.err
        assert not [
            secret for secret in (world.events_token, world.organization_id + "/ev") if secret in ran.text
        ]


def test_without_a_service_in_the_manifest_rows_are_copied(
    hidden: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hidden.open() as world, behind_socket(world) as url:
        monkeypatch.setenv("MIG_TEST_TOKEN", world.token)
        environment = {"url": url, "auth": {"method": "token", "token": "${MIG_TEST_TOKEN}"}}
        manifest = hidden.manifest({"environments": {WORLD: environment}, **EVENTS}, "far.yaml")
        ran = mig("plan", "-f", manifest)
        assert (ran.code, "by own copy, as the manifest names no events service" in ran.out) == (0, True)


# --- the window -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "codes"), [("2026-11-22T09:00:10Z", ["EVT044"]), ("2026-11-22T09:00:30Z", ["EVT047"])]
)
def test_the_window(hidden: Site, begins: str, codes: list[str]) -> None:
    hidden.sql("UPDATE msevtmgt_event SET msevtmgt_eventstartdate = ?", begins)
    changes = hidden.plan(hidden.manifest(EVENTS)).changes
    found = [finding.code for change in changes for finding in change.findings]
    assert [code for code in found if code in ("EVT044", "EVT047")] == codes
