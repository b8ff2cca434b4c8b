"""Every case of tests/cases/manifest: exactly these findings, in this order, at these places."""

from pathlib import Path
from typing import Any

import pytest

from mig.manifest.errors import ManifestError
from mig.manifest.load import parse_manifest
from mig.model.findings import Finding, blocking
from tests.data import load

CASES = Path(__file__).parents[1] / "cases" / "manifest"
HEADER = "version: 1\nmigration: demo\nenvironments: {demo: {sandbox: demo}}\n"


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for name, case in load(path).items():
            found.append(pytest.param(case, id=f"{path.stem}: {name}"))
    return found


def findings_of(text: str, environ: dict[str, str] | None = None) -> tuple[Finding, ...]:
    try:
        return parse_manifest(text, "manifest.yaml", environ=environ or {}).findings
    except ManifestError as error:
        assert blocking(error.findings)
        return error.findings


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    text = case.get("text") or HEADER + case["below"]
    found = findings_of(text, case.get("environ"))
    assert [_place(finding) for finding in found] == [(one["code"], one["at"]) for one in case["expect"]]
    for finding, expected in zip(found, case["expect"], strict=True):
        assert finding.severity == expected.get("severity", "error")
        assert str(finding.address or "") == expected.get("address", str(finding.address or ""))
        for part in ("message", "fix", "found"):
            assert expected.get(part, "") in getattr(finding, part)


def _place(finding: Finding) -> tuple[str, str]:
    assert finding.place
    return finding.code, f"{finding.place.line}:{finding.place.column}"


def test_every_error_shows_its_line_and_says_what_to_do() -> None:
    cases = load(CASES / "ten-mistakes.yaml")
    text = cases["ten mistakes"]["text"]
    errors = [finding for finding in findings_of(text) if finding.severity == "error"]
    assert len(errors) == 10
    for finding in errors:
        assert finding.place
        assert finding.place.text == text.splitlines()[finding.place.line - 1]
        assert finding.fix
