from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.engine.diff import Difference, differences

ID = "5e000000-0000-0000-0000-000000000001"
VALUES = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["a", "b"]))
NESTED = st.recursive(
    VALUES, lambda inner: st.dictionaries(st.sampled_from("xy"), inner, max_size=2), max_leaves=4
)
STATES = st.dictionaries(st.sampled_from(["name", "query", "groups"]), NESTED, max_size=3)
QUICK = settings(max_examples=150, derandomize=True, deadline=None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"b": 3, "a": 0}, [("a", 1, 0), ("b", 2, 3)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"a": 1}, [("a", None, 1)]),
        ({"a": None}, {}, []),
        ({"a": "x"}, {"a": {"k": 1}}, [("a", "x", {"k": 1})]),
        ({"a": {"k": 1, "same": 0}}, {"a": {"k": 2, "same": 0}}, [("a['k']", 1, 2)]),
        ({"a": {"k": [1, 2]}}, {"a": {"k": [1, 3]}}, [("a['k'][1]", 2, 3)]),
        ({"a": {"k": 1}}, {"a": {"l": 2}}, [("a", {"k": 1}, {"l": 2})]),
        ({"a": [{"id": 1}]}, {"a": [{"id": 1}, {"id": 2}]}, [("a[1]", None, {"id": 2})]),
    ],
)
def test_what_differs(before: Any, after: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert differences(before, after) == tuple(Difference(*one) for one in expected)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, 105, "nothing → 105"),
        ("Berlin", None, "'Berlin' → nothing"),
        (0, False, "0 → False"),
        (f"teams({ID})", f"of {ID}", f"teams({ID}) → 'of {ID}'"),
    ],
)
def test_what_differs_in_words(before: Any, after: Any, told: str) -> None:
    assert Difference("column", before, after).told == told


@QUICK
@given(STATES, STATES)
def test_something_differs_exactly_when_the_states_do(before: dict[str, Any], after: dict[str, Any]) -> None:
    columns = {*before, *after}
    alike = all(before.get(column) == after.get(column) for column in columns)
    assert bool(differences(before, after)) is not alike


@QUICK
@given(STATES, STATES)
def test_the_other_way_round_is_the_same_story_told_backwards(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    there = {(one.path, repr(one.before), repr(one.after)) for one in differences(before, after)}
    back = {(one.path, repr(one.after), repr(one.before)) for one in differences(after, before)}
    assert there == back


@pytest.mark.parametrize(("before", "after"), [([1, 1], [1]), ([1, 2], [2, 1])])
def test_a_list_that_differs_only_in_order_or_repetition_still_differs(before: Any, after: Any) -> None:
    assert differences({"groups": before}, {"groups": after})
