"""One writer at a time: a second apply, and the commands for the lock."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mig.cli.session import open_session
from mig.engine.lock import Heartbeat, Lock
from mig.engine.snapshot import identify
from tests.support import Site, mig

RUN = "0b8e0d9c-1b6f-4f0f-8f5e-0f6f2f5c1a11"


@pytest.fixture
def held(site: Site, manifest: Path) -> Iterator[None]:
    """Another run, alive in this very process, has the lock."""
    heartbeat = Heartbeat(site.home)
    asyncio.run(_take(site, manifest, heartbeat))
    yield
    heartbeat.stop()


async def _take(site: Site, manifest: Path, heartbeat: Heartbeat) -> None:
    async with open_session(manifest, None, home=site.home, verbose=False) as session:
        organization = (await identify(session.target)).organization_id
        await Lock.take(session.target.notes.writable(), organization, RUN, heartbeat, session.clock)


@pytest.mark.usefixtures("held")
def test_a_second_apply_is_refused_and_writes_nothing(site: Site, manifest: Path) -> None:
    before = site.everything()
    ran = mig("apply", "-f", manifest, "--auto-approve")
    assert ran.code == 5
    assert "the lock is held by" in " ".join(ran.err.split())
    assert "mig lock release" in " ".join(ran.err.split())
    assert "Traceback" not in ran.err
    assert site.everything() == before


@pytest.mark.usefixtures("held")
def test_planning_needs_no_lock(manifest: Path) -> None:
    assert mig("plan", "-f", manifest).code == 0


@pytest.mark.usefixtures("held")
def test_show_and_release(site: Site, manifest: Path) -> None:
    shown = mig("lock", "show", "-f", manifest)
    assert (shown.code, RUN in shown.out) == (0, True)
    asked = mig("lock", "release", "-f", manifest)  # no terminal to ask on
    assert (asked.code, "--yes" in asked.err) == (64, True)
    assert RUN in mig("lock", "show", "-f", manifest).out
    released = mig("lock", "release", "-f", manifest, "--yes")
    assert (released.code, "Released." in released.out) == (0, True)
    assert "Nobody holds the lock." in mig("lock", "show", "-f", manifest).out
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0


def test_nobody_holds_it(site: Site, manifest: Path) -> None:
    before = site.everything()
    assert mig("lock", "show", "-f", manifest).out == "Nobody holds the lock.\n"
    assert mig("lock", "release", "-f", manifest, "--yes").code == 0
    assert site.everything() == before


def test_it_is_given_back(site: Site, manifest: Path) -> None:
    mig("apply", "-f", manifest, "--auto-approve")
    assert mig("lock", "show", "-f", manifest).out == "Nobody holds the lock.\n"
