"""`--only` and `--except`: what a part of the plan adds up to, and the command that applies just that."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.data import load
from tests.support import CASES, SMALL, Ran, Site, mig, valid

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


# --- what to type next ------------------------------------------------------------------------------------


def hinted(ran: Ran) -> list[str]:
    """The words of the command between the backticks of the closing line."""
    line = ran.out.splitlines()[-1]
    assert (line.startswith("Run `mig "), line.endswith("` to make it so.")) == (True, True), line
    return shlex.split(line.split("`")[1])[1:]


def test_where_nothing_was_given_nothing_is_to_be_given(
    site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.home)
    assert mig("plan").out.splitlines()[-1] == "Run `mig apply` to make it so."
    assert hinted(mig("plan", "--only", "segment.berlin")) == ["apply", "--only", "segment.berlin"]


def test_the_hint_applies_what_was_planned(site: Site) -> None:
    manifest = site.manifest(SMALL["manifest"], "my manifest.yaml")
    options = (
        "--env",
        "w",
        "--home",
        site.home,
        "--only",
        "segment.berlin",
        "--only",
        "segment.graz",
        "--prune",
    )
    planned = mig(
        "plan", "-f", manifest, *options, "--except", "segment.graz", "--explain", "--format", "text"
    )
    applied = mig(*hinted(planned), "--auto-approve")
    assert (applied.code, site.owned()) == (0, ["segment.berlin"])


def test_the_hint_beside_a_saved_plan_applies_it(site: Site) -> None:
    manifest = site.manifest(SMALL["manifest"], "my manifest.yaml")
    file = site.home / "my plan.json"
    planned = mig("plan", "-f", manifest, "--only", "segment.berlin", "--prune", "--out", file)
    told = planned.err.partition("To apply just this: mig ")[2]
    assert (mig(*shlex.split(told)).code, site.owned()) == (0, ["segment.berlin"])
    assert hinted(mig("show", file)) == ["apply", str(file)]


def test_an_apply_says_how_it_ended_and_says_it_once(site: Site, manifest: Path) -> None:
    first, second = (mig("apply", "-f", manifest, "--auto-approve").out for _ in range(2))
    assert ("to make it so" in first, first.splitlines()[-1]) == (False, "Applied: 9 done.")
    assert second.count("Nothing to do: the target is as the manifest asks.") == 1
