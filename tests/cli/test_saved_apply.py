"""`mig apply PLAN`: what was reviewed is what is applied, once, or nothing is."""

import json
from pathlib import Path
from typing import Any

import pytest

from mig.engine.lock import LEASE
from tests.crash.harness import Killed, killed
from tests.support import SMALL, Site, mig


@pytest.fixture
def plan(site: Site, manifest: Path) -> Path:
    """A saved plan of nine changes."""
    return saved(site, manifest)


def saved(site: Site, manifest: Path, name: str = "plan.json") -> Path:
    file = site.home / name
    assert mig("plan", "-f", manifest, "--out", file).code == 0
    return file


def refused(site: Site, manifest: Path, plan: Path) -> str:
    """What an apply of a plan that does not hold says; it writes nothing."""
    before = site.everything()
    ran = mig("apply", plan, "-f", manifest)
    assert ran.code == 4, ran.text
    assert site.everything() == before
    return " ".join(ran.err.split())


def test_it_is_applied_without_asking_and_once(site: Site, manifest: Path, plan: Path) -> None:
    applied = mig("apply", plan, "-f", manifest)
    assert (applied.code, "Applied: 9 done." in applied.out) == (0, True)
    history = mig("history", "-f", manifest, "--format", "json").document
    assert [run["plan"] for run in history["runs"]] == [json.loads(plan.read_text("utf-8"))["whole"]["id"]]
    assert "ENV018" in refused(site, manifest, plan)


def test_a_new_plan_that_says_the_same_is_another_plan(site: Site, manifest: Path, plan: Path) -> None:
    first = saved(site, manifest, "first.json")
    mig("apply", first, "-f", manifest)
    site.sql("DELETE FROM msdynmkt_segment WHERE msdynmkt_displayname NOT LIKE '%Copied'")
    site.sql("DELETE FROM msdynmkt_segmentdefinition WHERE msdynmkt_name NOT LIKE '%Copied'")
    assert mig("apply", saved(site, manifest), "-f", manifest).code == 0
    assert "ENV018" in refused(site, manifest, first)


def test_what_changed_since_is_named(site: Site, manifest: Path, plan: Path) -> None:
    where = "WHERE msdyncrm_segmentname = 'Berlin'"
    site.sql(f"UPDATE msdyncrm_segment SET msdyncrm_description = 'other' {where}")
    told = refused(site, manifest, plan)
    assert "ENV013" in told
    assert "segment.berlin: msdynmkt_description" in told
    assert "segment.graz" not in told


def test_a_copy_that_was_edited_since(site: Site, manifest: Path, plan: Path) -> None:
    query = "PROFILE(contact).FILTER(jobtitle == 'Chef')"
    where = "msdynmkt_name eq 'Migrated – Outdated'"
    edit = {"in": "msdynmkt_segmentdefinitions", "where": where, "set": {"msdynmkt_segmentquery": query}}
    site.edit(manifest, [edit])
    told = refused(site, manifest, plan)
    assert "segment.outdated: was to update, is blocked, msdynmkt_segmentquery changed in the target" in told
    assert "on 2026-11-22 at 09:" in told
    assert "by user " in told


def test_a_segment_that_the_service_refreshed_changes_nothing(site: Site, manifest: Path) -> None:
    mig("apply", "-f", manifest, "--auto-approve")
    entries = [*SMALL["manifest"]["segments"][:-1], {"source": "Outdated", "name": "Newer"}]
    manifest = site.manifest({"segments": entries})
    plan = saved(site, manifest)
    with site.open() as world:
        world.clock.advance(26 * 3600)
    assert mig("apply", plan, "-f", manifest).code == 0


def test_another_manifest(site: Site, manifest: Path, plan: Path) -> None:
    other = site.manifest({"segments": SMALL["manifest"]["segments"][:1]}, "other.yaml")
    assert "the manifest is not the one it was made from" in refused(site, other, plan)


def test_another_organisation(site: Site, manifest: Path, plan: Path) -> None:
    mig("sandbox", "new", "copy", "--copy-of", "w")
    manifest.write_text(manifest.read_text("utf-8").replace("sandbox: w", "sandbox: copy"), "utf-8")
    assert "its target is organisation" in refused(site, manifest, plan)


def test_a_part_stays_a_part(site: Site, manifest: Path) -> None:
    file = site.home / "part.json"
    mig("plan", "-f", manifest, "--only", "segment.berlin", "--out", file)
    assert "Applied: 2 done." in mig("apply", file, "-f", manifest).out
    assert mig("apply", file, "-f", manifest, "--only", "segment.graz").code == 64


@pytest.mark.parametrize("number", [16, 18, 19, 22, 30])
def test_a_plan_whose_run_died_goes_on(site: Site, manifest: Path, plan: Path, number: int) -> None:
    with pytest.raises(Killed), killed(number, after=True):
        mig("apply", plan, "-f", manifest)
    with site.open() as world:
        world.clock.advance(LEASE.total_seconds() + 1)
    assert mig("apply", plan, "-f", manifest).code == 0
    assert mig("plan", "-f", manifest, "--detailed-exitcode").code == 0
    assert "ENV018" in refused(site, manifest, plan)


def test_a_plan_whose_run_died_holds_no_more_when_somebody_edited_meanwhile(
    site: Site, manifest: Path, plan: Path
) -> None:
    with pytest.raises(Killed), killed(20, after=True):
        mig("apply", plan, "-f", manifest)
    with site.open() as world:
        world.clock.advance(LEASE.total_seconds() + 1)
    where = "WHERE msdyncrm_segmentname = 'Berlin'"
    site.sql(f"UPDATE msdyncrm_segment SET msdyncrm_segmentquery = 'PROFILE(contact)' {where}")
    ran = mig("apply", plan, "-f", manifest)
    assert (ran.code, "segment.berlin" in ran.err) == (4, True)


@pytest.mark.parametrize("edit", [{"changes": []}, {"format_version": 99}, {"sha256": "0" * 64}], ids=str)
def test_a_file_that_is_not_as_it_was_written(site: Site, manifest: Path, plan: Path, edit: Any) -> None:
    document = json.loads(plan.read_text("utf-8"))
    plan.write_text(json.dumps({**document, **edit}), "utf-8")
    before = site.everything()
    ran = mig("apply", plan, "-f", manifest)
    assert (ran.code, "ENV022" in ran.err) == (1, True)
    assert site.everything() == before
