"""`mig plan --out` and `mig show`: what is kept in files is shown as it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mig.engine.sealed import sealed
from tests.support import SECRETS_OF_PEOPLE, Site, mig, valid


@pytest.fixture
def saved(site: Site, manifest: Path) -> Path:
    """A plan, saved."""
    file = site.home / "plan.json"
    assert mig("plan", "-f", manifest, "--out", file).code == 0
    return file


def test_a_saved_plan_is_shown_as_it_was(site: Site, manifest: Path) -> None:
    file = site.home / "plan.json"
    planned = mig("plan", "-f", manifest, "--out", file, "--explain")
    assert f"Saved to {file}" in planned.err
    shown = mig("show", file, "--explain")
    assert (shown.code, without_hint(shown.out), shown.err) == (0, without_hint(planned.out), "")
    valid(json.loads(file.read_text(encoding="utf-8")), "plan")
    printed = mig("plan", "-f", manifest, "--format", "json").document
    assert mig("show", file, "--format", "json").document == printed


def without_hint(text: str) -> str:
    """A plan without the closing line: what to type next is another command for one that was saved."""
    return text[: text.rindex("Run `")]


def test_without_the_environment_and_when_it_is_stale(site: Site, manifest: Path, saved: Path) -> None:
    before = mig("show", saved).out
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0
    manifest.unlink()
    for world in site.home.glob("*.sqlite"):
        world.unlink()
    assert mig("show", saved).out == before


def test_a_plan_of_a_part_says_so(site: Site, manifest: Path) -> None:
    file = site.home / "part.json"
    mig("plan", "-f", manifest, "--only", "segment.berlin", "--prune", "--out", file)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (document["complete"], document["whole"]["asked"]) == (
        False,
        {"only": ["segment.berlin"], "prune": True},
    )


def test_static_members_are_in_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    ids = ["c0000000-0000-0000-0000-000000000001", "c0000000-0000-0000-0000-000000000002"]
    static = {"msdyncrm_segmentname": "Fair", "msdyncrm_segmenttype": 192350001, "statuscode": 192350001}
    site.make({"tables": {"msdyncrm_segment": [{**static, "msdyncrm_segmentmemberids": json.dumps(ids)}]}})
    file = site.home / "plan.json"
    manifest = site.manifest({"segments": [{"source": "Fair"}]})
    planned = mig("plan", "-f", manifest, "--out", file, "--explain")
    assert without_hint(mig("show", file, "--explain").out) == without_hint(planned.out)
    text = file.read_text(encoding="utf-8")
    assert not [secret for secret in (*SECRETS_OF_PEOPLE, *ids) if secret in text]
    (change,) = json.loads(text)["whole"]["plan"]["changes"]
    step = next(step for step in change["steps"] if step["is"] == "Converge")
    assert (step["about"]["members"], step["about"]["source"]) == (2, change["source_id"])
    assert step["about"]["sha256"] == change["after"]["msdynmkt_staticlistmembers"]["sha256"]


def test_runs_and_verifications(site: Site, manifest: Path) -> None:
    applied = mig("apply", "-f", manifest, "--auto-approve", "--format", "json")
    (site.home / "run.json").write_text(applied.out, encoding="utf-8")
    assert mig("show", site.home / "run.json").out == f"{applied.document['told']}\n"
    assert mig("show", site.home / "run.json", "--format", "json").out == applied.out
    verified = mig("verify", "-f", manifest, "--format", "json")
    (site.home / "verified.json").write_text(verified.out, encoding="utf-8")
    assert mig("show", site.home / "verified.json").out == mig("verify", "-f", manifest).out
    assert mig("show", site.home / "verified.json", "--format", "json").out == verified.out


def _without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: {name: value for name, value in document.items() if name != key}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ("[" * 100_000, "damaged"),
        ("\xff", "damaged"),
        ("{}", "no plan, run or verification"),
        ('{"format_version": 1, "changes": []}', "no saved plan"),
        ('{"format_version": 2, "run_id": "x"}', "newer mig"),
        ('{"format_version": 1, "run_id": "x", "results": 3}', "no run as mig writes it"),
        ('{"format_version": 1, "segments": [{}]}', "no verification as mig writes it"),
    ],
    ids=["empty", "list", "deep", "bytes", "object", "printed", "newer", "run", "verification"],
)
def test_what_cannot_be_shown(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(text.encode("latin-1"))
    ran = mig("show", file)
    assert (ran.code, ran.out) == (1, "")
    assert "ENV022" in ran.err
    assert told in " ".join(ran.err.split())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ran = mig("show", tmp_path / "none.json")
    assert (ran.code, ran.out, "ENV014" in ran.err) == (1, "", True)


@pytest.mark.parametrize("rows", ["many", [1], 7])
def test_a_plan_sealed_by_somebody_else(rows: Any, saved: Path) -> None:
    document = json.loads(saved.read_text(encoding="utf-8"))
    change = document["whole"]["plan"]["changes"][0]
    change |= {"action": "migrate-registrations", "after": {"rows": rows}}
    change["address"] = {"kind": "event", "key": "spring"}
    body = {key: value for key, value in document.items() if key not in ("saved", "sha256")}
    saved.write_text(json.dumps(sealed("plan", body)), encoding="utf-8")
    ran = mig("show", saved)
    assert (ran.code, ran.out, "ENV022" in ran.err) == (1, "", True)


def test_a_plan_edited_by_hand(saved: Path) -> None:
    document = json.loads(saved.read_text(encoding="utf-8"))
    document["whole"]["plan"]["changes"][0]["reason"] = "because"
    saved.write_text(json.dumps(document), encoding="utf-8")
    ran = mig("show", saved)
    assert (ran.code, ran.out, "ENV022" in ran.err, "edited" in ran.err) == (1, "", True, True)
