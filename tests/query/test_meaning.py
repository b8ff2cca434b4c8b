"""Two real-time texts that mean the same, as far as their form tells, and some that may not."""

import pytest

from mig.query.meaning import same_meaning

SAME = [
    ("PROFILE(contact)", "profile( Contact )"),
    ("PROFILE(contact).FILTER(a == 1 && b == 2)", "PROFILE(contact).FILTER(b == 2 AND A == 1)"),
    ("PROFILE(contact).FILTER(a == 1).FILTER(b == 2)", "PROFILE(contact).FILTER(a == 1 && b == 2)"),
    (
        "PROFILE(contact).FILTER(a == 1 || (b == 2 || c == 3))",
        "PROFILE(contact).FILTER(c == 3 || a == 1 || b == 2)",
    ),
    ("SEGMENT(SEGMENT_CJO_ID_AB) UNION PROFILE(contact)", "SEGMENT(segment_cjo_id_ab)UNION PROFILE(contact)"),
    ("PROFILE(contact).FILTER(NOT(B == 1))", "PROFILE(contact).FILTER(NOT(b == 1))"),
    ("not a query", "not a query"),
]
DIFFERENT = [
    ("PROFILE(contact)", "PROFILE(lead)"),
    ("PROFILE(contact).FILTER(a == 'X')", "PROFILE(contact).FILTER(a == 'x')"),
    ("PROFILE(contact).FILTER(a == 1 && b == 2)", "PROFILE(contact).FILTER(a == 1 || b == 2)"),
    ("SEGMENT(a) EXCEPT SEGMENT(b)", "SEGMENT(b) EXCEPT SEGMENT(a)"),
    (
        "PROFILE(contact).RELATE(r, account_1).FILTER(account_1.name == 'x')",
        "PROFILE(contact).RELATE(r, account_1).FILTER(name == 'x')",
    ),
    (
        "PROFILE(contact).RELATE(r, x).FILTER(x.a == 1)",
        "PROFILE(contact).RELATEOPTIONAL(r, x).FILTER(x.a == 1)",
    ),
    ("not a query", "nor this"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert same_meaning(one, other)
    assert same_meaning(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_not_shown_to_be_the_same(one: str, other: str) -> None:
    assert not same_meaning(one, other)
