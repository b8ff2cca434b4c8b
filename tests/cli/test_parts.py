"""`--only` and `--except`: what a part of the plan adds up to, and the command that applies just that."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.data import load
from tests.support import CASES, Site, mig, valid

QUOTAS = load(CASES / "quota-parts.yaml")


def test_what_a_part_adds_to_the_quotas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    site.make(QUOTAS["world"])
    for stage in QUOTAS["stages"]:
        manifest = site.manifest(stage["manifest"])
        for part in stage["parts"]:
            assert _quotas(manifest, part) == {key: part[key] for key in ("own", "dynamic", "static")}, part
        assert mig("apply", "-f", manifest, "--auto-approve").code == 0


def _quotas(manifest: Path, part: Mapping[str, Any]) -> dict[str, list[int]]:
    options = [f"--{name}={address}" for name in ("only", "except") for address in part.get(name, ())]
    document = mig("plan", "-f", manifest, "--prune", *options, "--format", "json").document
    valid(document, "plan")
    quota = document["quota"]
    return {key: [one["used"], one["after"]] for key, one in {"own": quota, **quota["platform"]}.items()}
