"""An apply killed at any request: the next one converges, with no duplicate and nothing lost."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mig.segments.rows import DefinitionStatus, SegmentStatus
from tests.support import CASES, Site, blocked, load, work

DRIVER = Path(__file__).with_name("driver.py")
CASE = load(CASES / "crash.yaml")
NAMES = sorted(f"Migrated – {entry['source']}" for entry in CASE["manifest"]["segments"])
PUBLISHED = sorted(f"Migrated – {entry['source']}" for entry in CASE["manifest"]["segments"] if "publish" in entry)
MOST_REQUESTS = 100


def test_the_situation_has_everything_that_can_be_interrupted(tmp_path: Path) -> None:
    site, manifest = _fresh(tmp_path)
    actions = [action for _, action in work(site.plan(manifest))]
    assert {action: actions.count(action) for action in actions} == {
        "create": 4,
        "adopt": 1,
        "update": 1,
        "publish": 3,
    }


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_apply_killed_at_any_request_converges(when: str, tmp_path: Path) -> None:
    template, _ = _fresh(tmp_path / "template")
    for number in range(1, MOST_REQUESTS):
        home = tmp_path / str(number)
        shutil.copytree(template.home, home)
        site = Site(home)
        manifest = home / "mig.yaml"
        ended = _killed_at(number, when, manifest, home)
        if not ended:
            site.apply(manifest)
        _converged(site, manifest)
        if ended:
            break
        shutil.rmtree(home)
    assert 10 < number < MOST_REQUESTS - 1


def _fresh(home: Path) -> tuple[Site, Path]:
    site = Site(home)
    site.make(CASE["world"])
    return site, site.manifest(CASE["manifest"])


def _killed_at(number: int, when: str, manifest: Path, home: Path) -> bool:
    """Whether the apply came to its end all the same."""
    command = [sys.executable, str(DRIVER), str(home), str(manifest), str(number), when]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode in (0, -9, 137), run.stderr
    return run.returncode == 0


def _converged(site: Site, manifest: Path) -> None:
    definitions = {row["msdynmkt_segmentdefinitionid"]: row for row in site.rows("msdynmkt_segmentdefinition")}
    segments = site.rows("msdynmkt_segment")
    assert sorted(row["msdynmkt_displayname"] for row in segments) == NAMES
    assert sorted(row["msdynmkt_name"] for row in definitions.values()) == NAMES
    live = [
        row["msdynmkt_displayname"]
        for row in segments
        if row["statuscode"] == SegmentStatus.ACTIVE
        and definitions[row["msdynmkt_sourcesegmentuid"]]["statuscode"] == DefinitionStatus.LIVE
    ]
    assert sorted(live) == PUBLISHED
    plan = site.plan(manifest)
    assert (work(plan), blocked(plan)) == ([], [])
    assert not [row["subject"] for row in site.rows("annotation") if row["subject"] == "mig:lock"]
