"""An apply on a bad day: whatever becomes of single answers, one run does it, once."""

from pathlib import Path

import pytest

from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from tests.support import SMALL, Site, mig

LOST = (Deed.DROP_RESPONSE_AFTER_COMMIT, Deed.TIMEOUT_AFTER_COMMIT)
NOT_DONE = (Deed.RESET_BEFORE, Deed.ERROR_5XX, Deed.THROTTLE)
WRITES = ("POST *$batch", "PATCH annotations*", "DELETE annotations*")


def applied(home: Path, *given: Fault) -> dict[str, int]:
    """How many rows there are after an apply that met these faults, and after which nothing is left to do."""
    site = Site(home)
    site.make(SMALL["world"])
    manifest = site.manifest(SMALL["manifest"])
    with site.open() as world:
        for fault in given:
            faults.add(world, fault)
    ran = mig("apply", "-f", manifest, "--home", home, "--auto-approve")
    assert ran.code == 0, ran.err
    with site.open() as world:
        assert all(kept.struck for kept in faults.kept(world))
        faults.clear(world)
    assert mig("plan", "-f", manifest, "--home", home, "--detailed-exitcode").code == 0
    return {table: len(rows) for table, rows in site.everything().items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    return applied(tmp_path_factory.mktemp("calm"))


@pytest.mark.parametrize("on", WRITES)
@pytest.mark.parametrize("deed", [*LOST, *NOT_DONE])
def test_an_answer_is_lost(on: str, deed: Deed, undisturbed: dict[str, int], tmp_path: Path) -> None:
    assert applied(tmp_path, Fault(on, deed, nth=1)) == undisturbed


@pytest.mark.parametrize("seed", range(3))
def test_one_answer_in_five_is_lost(seed: int, undisturbed: dict[str, int], tmp_path: Path) -> None:
    reads = Fault("GET *", Deed.RESET_BEFORE, probability=0.2, seed=seed)
    lost = [Fault(on, Deed.DROP_RESPONSE_AFTER_COMMIT, every=2) for on in WRITES[:2]]
    assert applied(tmp_path, reads, *lost) == undisturbed
