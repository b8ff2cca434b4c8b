import re
from pathlib import Path

import pytest

from mig.model.findings import CODES, Finding, Place, Severity, blocking

PAGE = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
GROUPS = {
    "MAN": "The manifest",
    "ENV": "Environments",
    "QRY": "Queries",
    "SEG": "Segments",
    "JRN": "Journeys",
    "EVT": "Events",
}


def finding(severity: Severity) -> Finding:
    return Finding(code="SEG001", severity=severity, message="no definition")


@pytest.mark.parametrize("code", list(CODES))
def test_a_code_is_three_letters_and_three_digits(code: str) -> None:
    assert re.fullmatch(r"[A-Z]{3}\d{3}", code)
    assert CODES[code].strip()


def test_the_page_has_a_heading_for_every_code_in_the_tables_order() -> None:
    assert re.findall(r"^### (\S+) (.+)$", PAGE, re.MULTILINE) == list(CODES.items())


def test_the_page_groups_codes_by_their_letters() -> None:
    sections = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    codes = {
        title: set(re.findall(r"^### ([A-Z]{3})", body, re.MULTILINE))
        for title, body in zip(sections[::2], sections[1::2], strict=True)
    }
    assert codes == {title: {letters} for letters, title in GROUPS.items()}


def test_every_heading_has_a_paragraph() -> None:
    for paragraph in re.split(r"^### .+$", PAGE, flags=re.MULTILINE)[1:]:
        text = re.split(r"^## ", paragraph, flags=re.MULTILINE)[0].strip()
        assert 1 <= len(re.findall(r"[.:](?:\s|$)", text)) <= 7, text
        assert text.endswith("."), text


def test_a_code_that_is_not_in_the_table_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="XYZ999 is not in the table"):
        Finding(code="XYZ999", severity=Severity.ERROR, message="?")


def test_only_errors_block() -> None:
    assert not blocking([])
    assert not blocking([finding(Severity.WARNING), finding(Severity.INFO)])
    assert blocking([finding(Severity.INFO), finding(Severity.ERROR)])


def test_a_place_is_written_as_editors_know_it() -> None:
    assert str(Place("mig.yaml", 12, 5, "key: x")) == "mig.yaml:12:5"
