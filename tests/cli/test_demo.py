"""`mig demo`, and the plan of its manifest after part of it was applied by hand."""

from pathlib import Path

import pytest

from mig.model.bundled import bundled
from mig.sandbox.worlds import Worlds
from tests.support import Ran, mig, valid

MANIFEST = bundled("plans", "demo.yaml")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(home: Path) -> Ran:
    return mig("demo", "--home", home, "-v")


@pytest.fixture(scope="module")
def second(home: Path, first: Ran) -> Ran:
    return mig("demo", "--home", home)


def test_the_whole_job(first: Ran) -> None:
    assert first.code == 0
    assert "Applied: " in first.out
    assert "Verified: all 7 live segments have the members they should." in first.out


def test_again_there_is_nothing_to_do(second: Ran) -> None:
    assert second.code == 0
    assert "Nothing to do" in second.out
    assert "Applied" not in second.text


@pytest.mark.parametrize(
    ("phase", "evidence"),
    [
        ("live", "the outbound service's own list, as it is now: 7 segments"),
        ("hidden", "the outbound query, computed from the rows as they are now: 7 segments"),
    ],
)
def test_earlier_phases_agree(phase: str, evidence: str, home: Path, first: Ran) -> None:
    ran = mig("demo", "--phase", phase, "--home", home)
    assert ran.code == 0
    assert f"outbound marketing {phase} (" in " ".join(ran.out.split())
    assert f"compared with {evidence}" in " ".join(ran.out.split())
    assert _members(ran) == _members(first)


def test_what_the_official_job_loses_is_found_and_added(home: Path) -> None:
    ran = mig("demo", "--phase", "hidden", "--home", home)  # the second run, or the first of all
    assert "Reconciled: 1 of 1 event clean." in ran.out
    with Worlds(home).open("demo-hidden") as world:
        jobs = world.connection.execute("SELECT total, state FROM _jobs").fetchall()
        lost = world.connection.execute("SELECT COUNT(*) FROM _job_rows WHERE lost").fetchone()
        (added,) = world.connection.execute(
            "SELECT COUNT(*) FROM msevtmgt_eventregistration WHERE msevtmgt_eventid ="
            " (SELECT target FROM _jobs)"
        ).fetchone()
    assert (jobs, lost, added) == ([(400, "Completed")], (5,), 400)


def _members(ran: Ran) -> list[str]:
    return [line for line in ran.out.splitlines() if line.startswith("  match ")]


def test_what_it_says_to_try_next_works(home: Path, second: Ran) -> None:
    command = next(line.split() for line in second.err.splitlines() if line.strip().startswith("mig plan"))
    assert mig(*command[1:], "--home", home).code == 0


def test_no_person_of_the_world_is_shown(home: Path, first: Ran, second: Ran) -> None:
    with Worlds(home).open("demo") as world:
        people = world.connection.execute("SELECT fullname, emailaddress1, mobilephone FROM contact")
        told = {value for row in people for value in row if value}
    assert len(told) > 5000
    shown = first.text + second.text
    assert not [value for value in told if value in shown]


def test_after_two_segments_the_plan_has_every_kind_of_entry(tmp_path: Path) -> None:
    two = ("--only", "segment.newsletter_subscribers", "--only", "segment.customers_in_germany")
    applied = mig("apply", "-f", MANIFEST, "--home", tmp_path, "--auto-approve", *two)
    assert applied.code == 0
    ran = mig("plan", "-f", MANIFEST, "--home", tmp_path, "--format", "json")
    plan = ran.document
    valid(plan, "plan")
    segments = {"create", "update", "adopt", "unchanged", "blocked", "publish"}
    assert segments | {"migrate-registrations", "reconcile"} == {
        change["action"] for change in plan["changes"]
    }
    assert all(set(change["verdicts"]) == {"documented", "extended"} for change in plan["changes"])
    pairs = {tuple(change["verdicts"].values()) for change in plan["changes"]}
    assert {("eligible", "eligible"), ("refused", "eligible"), ("refused", "refused")} <= pairs
    creates = sum((change["kind"], change["action"]) == ("segment", "create") for change in plan["changes"])
    assert creates > 0
    assert plan["quota"]["after"] == plan["quota"]["used"] + creates <= plan["quota"]["limit"]
    assert (plan["applyable"], plan["complete"]) == (True, True)
