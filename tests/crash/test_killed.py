"""An apply killed or interrupted at any request: the next one converges, no duplicate, nothing lost.

Some requests are tried; all of them with `MIG_EVERY_REQUEST=1 pytest tests/crash`.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig.model.outcome import Exit
from mig.segments.rows import DefinitionStatus, SegmentStatus
from tests.crash.driver import at_request, killed_at
from tests.support import SMALL, Site, blocked, mig, work

NAMES = sorted(f"Migrated – {entry['source']}" for entry in SMALL["manifest"]["segments"])
PUBLISHED = sorted(
    f"Migrated – {entry['source']}" for entry in SMALL["manifest"]["segments"] if "publish" in entry
)
MOST_REQUESTS = 100
STEP = 1 if os.environ.get("MIG_EVERY_REQUEST") else 31


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A run in the background of a shell starts with interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_situation_has_everything_that_can_be_interrupted(tmp_path: Path) -> None:
    site, manifest = _fresh(tmp_path)
    actions = [action for _, action in work(site.plan(manifest))]
    assert {action: actions.count(action) for action in actions} == {
        "create": 4,
        "adopt": 1,
        "update": 1,
        "publish": 3,
    }


@pytest.mark.parametrize(("when", "first"), [("before", 1), ("after", 2)])
def test_an_apply_killed_at_any_request_converges(when: str, first: int, tmp_path: Path) -> None:
    template, _ = _fresh(tmp_path / "template")
    for number in range(first, MOST_REQUESTS, STEP):
        home = tmp_path / str(number)
        shutil.copytree(template.home, home)
        site = Site(home)
        manifest = home / "mig.yaml"
        ended = killed_at(number, when, manifest, home)
        again = site.apply(manifest)
        assert again.outcome.exit is Exit.DONE
        _converged(site, manifest)
        # Without work nothing is written: then a dead run's lock stays until it is in the way.
        assert not (again.results and _locked(site))
        if ended:
            assert not again.results
            break
        shutil.rmtree(home)
    assert 10 < number < MOST_REQUESTS - 1


@pytest.mark.parametrize(
    ("number", "how"), [*((number, signal.SIGINT) for number in range(1, 30, 6)), (20, signal.SIGTERM)]
)
def test_an_apply_interrupted_at_a_request_gives_the_lock_back_and_goes_on(
    number: int, how: signal.Signals, tmp_path: Path
) -> None:
    site, manifest = _fresh(tmp_path)
    with at_request(number, "after", lambda: signal.raise_signal(how)):
        ran = mig("apply", "-f", manifest, "--home", tmp_path, "--auto-approve")
    assert (ran.code, "Interrupted" in ran.text, "Traceback" in ran.text) == (130, True, False)
    assert not _locked(site)
    site.apply(manifest)
    _converged(site, manifest)


def _fresh(home: Path) -> tuple[Site, Path]:
    site = Site(home)
    site.make(SMALL["world"])
    return site, site.manifest(SMALL["manifest"])


def _converged(site: Site, manifest: Path) -> None:
    definitions = {
        row["msdynmkt_segmentdefinitionid"]: row for row in site.rows("msdynmkt_segmentdefinition")
    }
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


def _locked(site: Site) -> bool:
    return any(row["subject"] == "mig:lock" for row in site.rows("annotation"))
