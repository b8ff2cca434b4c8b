"""Findings for people: the house's error style."""

import pytest

from mig.model.address import Address
from mig.model.findings import Finding, Place, Severity
from mig.report.findings_text import findings_text
from tests.report.test_plan_text import LONG, too_long

FINDING = Finding(
    code="MAN014",
    severity=Severity.ERROR,
    message="two live segments are called `Spring newsletter`: 3f1c0a52 (active), 9b07d1e8 (draft)",
    address=Address("segment", "spring_newsletter"),
    place=Place("segments/spring.yaml", 12, 5, "    source: Spring newsletter  "),
    found="also at segments/spring.yaml:7:5",
    fix="name the one that is meant by its id: `source: {id: …}`",
)


def test_what_where_what_was_found_and_what_to_do() -> None:
    assert findings_text([FINDING]).splitlines() == [
        "error[MAN014] segment.spring_newsletter: two live segments are called `Spring",
        "              newsletter`: 3f1c0a52 (active), 9b07d1e8 (draft)",
        "  segments/spring.yaml:12:5   source: Spring newsletter",
        "  found  also at segments/spring.yaml:7:5",
        "  fix    name the one that is meant by its id: `source: {id: …}`",
    ]


def test_what_is_not_known_is_left_out() -> None:
    bare = Finding(code="SEG001", severity=Severity.WARNING, message="no definition")
    assert findings_text([bare]) == "warning[SEG001] no definition"
    assert findings_text([]) == ""


def test_findings_come_in_the_order_given() -> None:
    texts = [Finding(code=code, severity=Severity.INFO, message="x") for code in ("SEG002", "SEG001")]
    assert findings_text(texts).splitlines() == ["info[SEG002] x", "info[SEG001] x"]


@pytest.mark.parametrize("name", [LONG, "x" * 150, f"{LONG}/{'x' * 90}"])
def test_long_paths_lines_and_names_stay_on_the_page(name: str) -> None:
    place = Place(f"{name}.yaml", 12, 5, f"  - source: {name}")
    told = findings_text(
        [Finding(code="SEG001", severity=Severity.ERROR, message=name, place=place, found=name, fix=name)]
    )
    assert [line for line in too_long(told) if f"{name}.yaml:12:5" not in line] == []


def test_control_characters_are_dropped_everywhere() -> None:
    bad = "a\x1b[2Jb\x9b\x07\r\n\tc"
    place = Place(bad, 1, 1, bad)
    told = findings_text(
        [Finding(code="SEG001", severity=Severity.ERROR, message=bad, place=place, found=bad, fix=bad)]
    )
    assert len(told.splitlines()) == 4
    assert told.replace("\n", "").isprintable()


def test_colour_marks_how_grave_it_is() -> None:
    assert findings_text([FINDING], color=True).startswith("\x1b[31merror[MAN014] \x1b[0m")
