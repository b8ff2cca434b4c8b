"""Every case of tests/cases/manifest/resolve, and what holds for all of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.manifest.load import parse_manifest
from mig.manifest.model import Manifest
from mig.manifest.resolve import Resolution, resolve
from tests.data import load

CASES = Path(__file__).parents[1] / "cases" / "manifest" / "resolve"
HEADER = "version: 1\nmigration: demo\nenvironments: {demo: {sandbox: demo}}\nsegments:\n"


@dataclass(frozen=True)
class Row:
    id: str
    name: str
    type: str = "dynamic"
    status: str = "live"
    modified: datetime | None = datetime(2026, 1, 1, tzinfo=UTC)


def rows(stated: list[dict[str, Any]]) -> list[Row]:
    """Rows of a case; `id` is the first 8 digits of one, the position by default."""
    found = []
    for position, row in enumerate(stated):
        row_id = f"{row.pop('id', f'{position:08x}')}-0000-4000-8000-000000000000"
        found.append(Row(row_id, **row))
    return found


def manifest_of(segments: str) -> Manifest:
    return parse_manifest(HEADER + "".join(f"  {line}\n" for line in segments.splitlines()), "f", environ={})


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {name}")
        for path in sorted(CASES.glob("*.yaml"))
        for name, case in load(path).items()
    ]


def shown(resolution: Resolution) -> list[str]:
    """`address = row` of every resource, with `(selected)`."""
    return [
        f"{one.address} = {one.source_id[:8]}{' (selected)' if one.selected else ''}"
        for one in resolution.resources
    ]


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    resolution = resolve(manifest_of(case["segments"]), rows(case["rows"]))
    assert shown(resolution) == case["resources"]
    expected = case.get("findings", [])
    findings = [*resolution.findings, *resolution.unclear]
    assert [finding.code for finding in findings] == [one["code"] for one in expected]
    for finding, one in zip(findings, expected, strict=True):
        assert finding.place
        assert finding.place.line == one["line"] + HEADER.count("\n")
        assert finding.severity == one.get("severity", "error")
        assert one.get("message", "") in finding.message
        assert one.get("fix", "") in finding.fix
        assert str(finding.address or "") == one.get("address", str(finding.address or ""))


def test_what_a_selection_brings_in_carries_its_flags() -> None:
    manifest = manifest_of("- {select: {name: '*', used: true}, publish: true, on_drift: keep}")
    (one,) = resolve(manifest, [Row("a", "VIP")], {"a": True}).resources
    assert (one.entry.publish, one.entry.on_drift) == ("once", "keep")
    assert one.entry.place.line == 5


@pytest.mark.parametrize(("used", "expected"), [("true", ["a"]), ("false", ["b"])])
def test_what_is_not_known_to_be_used_or_unused_is_not_brought_in(used: str, expected: list[str]) -> None:
    manifest = manifest_of(f"- select: {{used: {used}}}")
    found = [Row("a", "A"), Row("b", "B"), Row("c", "C")]
    resolution = resolve(manifest, found, {"a": True, "b": False})
    assert [one.source_id for one in resolution.resources] == expected


_NAME = st.sampled_from(["VIP", "vip", "VIP!", " vip", "V I P", "EMEA", "", "vip_00000001"])


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(_NAME, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_and_addresses_are_unique(names: list[str], random: Any) -> None:
    manifest = manifest_of("- source: VIP\n- select: {name: '*'}")
    found = [Row(f"{position:08x}-0000", name) for position, name in enumerate(names)]
    resolution = resolve(manifest, found)
    random.shuffle(found)
    assert resolve(manifest, found) == resolution
    assert len({one.address for one in resolution.resources}) == len(resolution.resources)
    assert len({one.source_id for one in resolution.resources}) == len(resolution.resources)
