"""What definitions of journeys name: every case of tests/cases/journeys.yaml, and texts of any kind."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.journeys.definitions import named_in_outbound, named_in_real_time
from tests.data import load
from tests.support import CASES

NAMED_IN = {"real-time": named_in_real_time, "outbound": named_in_outbound}
STATED = load(CASES / "journeys.yaml")


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        pytest.param(kind, case, id=f"{kind}: {name}")
        for kind in STATED
        for name, case in STATED[kind].items()
    ],
)
def test_case(kind: str, case: dict[str, Any]) -> None:
    named = NAMED_IN[kind](case["text"])
    assert {found: sorted(roles) for found, roles in named.roles.items()} == case["roles"]
    assert named.garbled == case.get("garbled", False)


@pytest.mark.parametrize("kind", list(NAMED_IN))
def test_a_text_that_nests_without_end_is_read_as_text(kind: str) -> None:
    named = NAMED_IN[kind]("[" * 100_000 + "0a000000-0000-0000-0000-000000000001")
    assert (named.garbled, len(named.roles)) == (True, 1)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.one_of(st.text(), st.none(), st.text(alphabet='{}[]",:0a-')))
def test_any_text_is_read(text: str | None) -> None:
    for named_in in NAMED_IN.values():
        assert text or not named_in(text).roles
