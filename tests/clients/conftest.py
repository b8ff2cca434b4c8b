"""A sandbox served with TLS, for clients that others wrote against the real service."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mig.sandbox.worldfile import load_world_file
from mig.sandbox.worlds import Worlds

HERE = Path(__file__).parent
FABRIKAM = "a0000000-0000-0000-0000-000000000001"
ANN = "c0000000-0000-0000-0000-000000000001"
ABSENT = "c0000000-0000-0000-0000-0000000000ff"


@dataclass(frozen=True)
class Served:
    """Where the sandbox is, what opens it, and whose certificates to trust."""

    url: str
    token: str
    ca: str


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("clients")
    # A job that a client starts now is to start now, so the world's time is ours.
    Worlds(home).create("clients", replace(load_world_file(HERE / "world.yaml"), now=datetime.now(UTC)))
    command = [sys.executable, "-m", "mig", "sandbox", "serve", "clients", "--home", str(home)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--tls", "--speed", "60", "--format", "json"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        told = json.loads(process.stdout.readline())
        yield Served(told["url"], told["token"], told["ca"])
    finally:
        process.terminate()
        process.communicate(timeout=30)
