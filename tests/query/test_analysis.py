from pathlib import Path
from typing import Any

import pytest

from mig.model.tables import bundled_schema
from mig.query.analysis import analyse, unknown_names
from mig.query.parser import parse
from mig.query.tree import Dialect
from tests.data import load

CASES = Path(__file__).parents[1] / "cases" / "query"
ANALYSES = load(CASES / "analysis.yaml")


@pytest.mark.parametrize("case", ANALYSES, ids=[case["text"][:70] for case in ANALYSES])
def test_analysis(case: dict[str, Any]) -> None:
    query = parse(case["text"], Dialect(case.get("dialect", "outbound")))
    found = analyse(query, bundled_schema())
    values = {key: getattr(found, key) for key in case["expect"]}
    assert {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()} == case["expect"]


def test_sub_segments() -> None:
    assert analyse(parse("SEGMENT(a)"), bundled_schema()).references == ("a",)
    assert analyse(parse("PROFILE(contact)"), bundled_schema()).references == ()


UNKNOWN: list[tuple[str, list[tuple[str, str, str]]]] = [
    ("PROFILE(contat)", [("QRY010", "contat", "contact")]),
    ("PROFILE(contact).FILTER(fristname == 'x')", [("QRY011", "fristname", "firstname")]),
    ("PROFILE(contact, c).FILTER(d.firstname == 'x')", [("QRY013", "d", "")]),
    ("PROFILE(contact, c_1).FILTER(c1.firstname == 'x')", [("QRY013", "c1", "c_1")]),
    ("PROFILE(contact).FILTER(statecode == 7)", [("QRY012", "7", "0 ")]),
    (
        "PROFILE(contact).FILTER(7 != statecode || statecode IN ('0', 'Active'))",
        [("QRY012", "7", ""), ("QRY012", "Active", "")],
    ),
    (
        "PROFILE(contact).FILTER(aa == 1 && bb == 2 || aa == 3)",
        [("QRY011", "aa", ""), ("QRY011", "bb", "")],
    ),
    ("PROFILE(contact).FILTER(statecode == 0 && emailaddress1 == 'x')", []),
    ("SEGMENT(a).FILTER(x == 1)", []),
    (
        "PROFILE(account).TRAVERSE(contact_account_parentcustomerid, FILTER(x == 1)).FILTER(fulname == 'x')",
        [("QRY011", "fulname", "fullname")],
    ),
    ("PROFILE(contact).FILTER(compliance_profile_06ba242267cf463d98c4e9aace82b774 == 'x')", []),
    ("PROFILE(salesorder).TRAVERSE(nobody).FILTER(anything == 1)", [("QRY010", "salesorder", "")]),
]


@pytest.mark.parametrize(("text", "expected"), UNKNOWN, ids=[text for text, _ in UNKNOWN])
def test_unknown_names(text: str, expected: list[tuple[str, str, str]]) -> None:
    findings = unknown_names(parse(text), bundled_schema())
    assert [finding.code for finding in findings] == [code for code, _, _ in expected]
    for finding, (_, name, suggestion) in zip(findings, expected, strict=True):
        assert name in finding.message
        assert suggestion in finding.fix
        assert name in text[finding.start : finding.end]
