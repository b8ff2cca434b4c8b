"""The npm package DynamicsWebApi does its daily work on the sandbox; the checks are in dynamics.mjs."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, Served

NAMES = re.findall(r'^  "(.+?)": ', (HERE / "dynamics.mjs").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def results(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is missing: the package dynamics-web-api cannot be installed")
    folder = tmp_path_factory.mktemp("npm")
    shutil.copy(HERE / "package.json", folder)
    subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return checked(node, folder, served)


def checked(node: str, folder: Path, served: Served) -> dict[str, str]:
    environ = {
        **os.environ,
        "URL_OF_SANDBOX": served.url,
        "TOKEN": served.token,
        "MODULES": str(folder / "package.json"),
        "NODE_EXTRA_CA_CERTS": served.ca,
    }
    ran = subprocess.run(
        [node, str(HERE / "dynamics.mjs")], env=environ, capture_output=True, encoding="utf-8", timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, str] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_it_works(name: str, results: dict[str, str]) -> None:
    assert results[name] == "ok"
