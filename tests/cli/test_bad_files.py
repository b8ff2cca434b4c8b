"""Manifests and world files with mistakes: all of them at once, each with its place and a way out."""

import re
from pathlib import Path

import pytest

from tests.data import load
from tests.support import CASES, Site, mig, valid

TEN = next(iter(load(CASES / "manifest" / "ten-mistakes.yaml").values()))
WORLD = """\
version: 1
phase: gone
tables:
  contact:
    - {fullnme: Ann}
  kontact: []
"""


@pytest.fixture
def ten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MIG_NO_SUCH_VARIABLE", raising=False)
    path = tmp_path / "ten.yaml"
    path.write_text(TEN["text"], encoding="utf-8")
    return path


def errors(text: str) -> list[str]:
    """The blocks of a report, an error each."""
    return [block for block in re.split(r"^(?=error\[|warning\[)", text, flags=re.M) if block[:5] == "error"]


def test_ten_mistakes_are_ten_findings_with_place_and_suggestion(ten: Path) -> None:
    ran = mig("validate", "-f", ten)
    found = errors(ran.out)
    expected = [line for line in TEN["expect"] if line.get("severity") != "warning"]
    assert (ran.code, len(found)) == (1, 10)
    for block, line in zip(found, expected, strict=True):
        assert block.startswith(f"error[{line['code']}]")
        assert f"{ten}:{line['at']}" in block.split()
        assert "fix    " in block
        assert line["fix"] in " ".join(block.split())


def test_plan_reports_the_same_and_makes_nothing(ten: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    ran = mig("plan", "-f", ten, "--env", "demo", "--home", home)
    assert ran.code == 1
    assert len(errors(ran.err)) >= 9  # the variable belongs to the other environment
    assert not home.exists()


def test_as_json(ten: Path) -> None:
    ran = mig("validate", "-f", ten, "--format", "json")
    valid(ran.document, "validation")
    assert (ran.code, ran.document["valid"], ran.err) == (1, False, "")
    found = [line for line in ran.document["findings"] if line["severity"] == "error"]
    assert len(found) == 10
    assert all(line["line"] and line["column"] and line["fix"] for line in found)


def test_a_malformed_world_file(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text(WORLD, encoding="utf-8")
    ran = mig("sandbox", "new", "broken", "--from", file, "--home", tmp_path)
    assert (ran.code, ran.out, "Traceback" in ran.err) == (1, "", False)
    for place in ("2:8", "5:8", "6:3"):
        assert f"{file}:{place}" in ran.err.split()
    assert [path.name for path in tmp_path.iterdir()] == ["world.yaml"]


def test_a_world_file_that_is_not_yaml(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_bytes(b"version: 1\ntables: {contact: [\xff\xfe]}\n")
    ran = mig("sandbox", "new", "broken", "--from", file, "--home", tmp_path)
    assert (ran.code, "Traceback" in ran.err, str(file) in ran.err) == (1, False, True)
    absent = mig("sandbox", "new", "broken", "--from", tmp_path / "none.yaml", "--home", tmp_path)
    assert (absent.code, "none.yaml" in absent.err) == (1, True)


def test_a_valid_manifest(site: Site, manifest: Path) -> None:
    ran = mig("validate", "-f", manifest)
    assert (ran.code, "is valid: 6 entries, 0 findings." in ran.out) == (0, True)
    one = mig("validate", "-f", site.manifest({"segments": [{"source": "Graz"}]}))
    assert (one.code, "is valid: 1 entry, 0 findings." in one.out) == (0, True)
