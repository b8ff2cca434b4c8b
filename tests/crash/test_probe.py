"""A probe killed or interrupted at any request: nothing of it stays, at the latest after the next one.

Some requests are tried; all of them with `MIG_EVERY_REQUEST=1 pytest tests/crash`.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig.engine.lock import LEASE
from mig.segments.diagnosis import QUESTIONS
from tests.crash.driver import at_request
from tests.crash.harness import Killed, killed
from tests.support import Site, mig

MOST_REQUESTS = 150
STEP = 1 if os.environ.get("MIG_EVERY_REQUEST") else 19


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A run in the background of a shell starts with interrupts ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("own_ids", [True, False])
def test_a_probe_killed_at_any_request_is_tidied_up_by_the_next(own_ids: bool, tmp_path: Path) -> None:
    template, _ = _fresh(tmp_path / "template", own_ids=own_ids)
    for number in range(12, MOST_REQUESTS, STEP):
        home = tmp_path / str(number)
        shutil.copytree(template.home, home)
        site = Site(home)
        ended = _killed(site, number)
        again = site.probe(home / "mig.yaml")
        assert (set(again.own_answers), again.findings) == (set(QUESTIONS), ())
        _nothing_stays(site)
        shutil.rmtree(home)
        if ended:
            break
    assert 50 < number < MOST_REQUESTS - 1


@pytest.mark.parametrize("number", range(12, 60, 12))
def test_an_interrupted_probe_leaves_nothing(number: int, tmp_path: Path) -> None:
    site, manifest = _fresh(tmp_path, own_ids=True)
    with at_request(number, "after", lambda: signal.raise_signal(signal.SIGINT)):
        ran = mig("doctor", "-f", manifest, "--home", tmp_path, "--probe", "--yes")
    assert (ran.code, "Interrupted" in ran.err, "Traceback" in ran.text) == (130, True, False)
    _nothing_stays(site)


def _fresh(home: Path, *, own_ids: bool) -> tuple[Site, Path]:
    site = Site(home)
    site.make({"switches": {"own_ids": own_ids, "refuse": ["dates"]}})
    return site, site.manifest({})


def _killed(site: Site, number: int) -> bool:
    """Whether the probe came to its end all the same; if not, its lock has to run out."""
    try:
        with killed(number, after=True):
            site.probe(site.home / "mig.yaml")
    except Killed:
        with site.open() as world:
            world.clock.advance(LEASE.total_seconds() + 1)
        return False
    return True


def _nothing_stays(site: Site) -> None:
    assert site.rows("msdynmkt_segment") == site.rows("msdynmkt_segmentdefinition") == []
    assert {row["subject"] for row in site.rows("annotation")} <= {"mig:probe"}
