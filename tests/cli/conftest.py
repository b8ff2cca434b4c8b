"""A small world with a bit of everything, for running commands on."""

from pathlib import Path

import pytest

from tests.data import load
from tests.support import CASES, SMALL, Site

STOCK = load(CASES / "stock.yaml")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The world and nothing else; commands find it without `--home`."""
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    site = Site(tmp_path)
    site.make(SMALL["world"])
    return site


@pytest.fixture
def manifest(site: Site) -> Path:
    """Its manifest: six segments, three of them to be published."""
    return site.manifest(SMALL["manifest"])


@pytest.fixture
def stocked(site: Site) -> Site:
    """The same home with a second world, `stock`, to take stock of."""
    site.make(STOCK["world"], "stock")
    return site


@pytest.fixture
def bare(stocked: Site) -> Path:
    """A manifest that names this world and asks for nothing."""
    return stocked.manifest({"environments": {"stock": {"sandbox": "stock"}}}, "stock.yaml")
