"""What changes from one query to another, by meaning and in words."""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.model.tables import bundled_schema
from mig.query.audience import rebuilt
from mig.query.diff import Change, diff, same
from mig.query.meaning import meaning
from mig.query.parser import parse
from mig.query.tree import (
    And,
    Compare,
    Dialect,
    Field,
    Filter,
    In,
    Number,
    Operand,
    Or,
    Profile,
    Query,
    Relate,
    Segment,
    Take,
    all_of,
    any_of,
)
from tests.data import load
from tests.query.trees import chains, queries
from tests.support import CASES

CHANGES = load(CASES / "query" / "diff.yaml")
SCHEMA = bundled_schema()


def lines(one: Query, other: Query) -> tuple[str, ...]:
    return tuple(map(str, diff(one, other, Dialect.OUTBOUND, SCHEMA)))


@pytest.mark.parametrize("case", CHANGES, ids=[f"{case['one']} | {case['other']}"[:90] for case in CHANGES])
def test_says_what_changes(case: dict[str, Any]) -> None:
    dialect = Dialect(case.get("dialect", "outbound"))
    one, other = parse(case["one"], dialect), parse(case["other"], dialect)
    assert [str(change) for change in diff(one, other, dialect, SCHEMA)] == case["changes"]
    assert same(one, other) == same(other, one) == (not case["changes"])


def test_a_change_says_what_kind_it_is() -> None:
    added, removed, changed = Change(None, "b"), Change("a", None), Change("a", "b", "c")
    assert [change.kind for change in (added, removed, changed)] == ["added", "removed", "changed"]
    assert [str(change) for change in (added, removed, changed)] == [
        "added: b",
        "removed: a",
        "changed in c: a → b",
    ]


def reordered(dice: random.Random) -> Callable[[Any], Any]:
    """Spells a node differently: other order, other case, a list for an OR."""

    def change(node: Any) -> Any:
        if isinstance(node, And | Or):
            items = dice.sample(node.items, len(node.items))
            return all_of(items) if isinstance(node, And) else any_of(items)
        if isinstance(node, In):
            return In(node.value, tuple(dice.sample(node.items, len(node.items))))
        if isinstance(node, Field | Segment) and node.name.isascii():
            return replace(node, name=node.name.upper())
        return node

    return change


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(Dialect), st.data(), st.randoms(use_true_random=False))
def test_order_and_spelling_are_no_difference(
    dialect: Dialect, data: st.DataObject, dice: random.Random
) -> None:
    query = data.draw(queries(dialect))
    assert diff(query, rebuilt(query, reordered(dice)), dialect, SCHEMA) == ()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(queries(Dialect.OUTBOUND), queries(Dialect.OUTBOUND))
def test_a_difference_is_always_told(one: Query, other: Query) -> None:
    assert bool(lines(one, other)) == (not same(one, other))


def related(column: str, number: Decimal, optional: bool) -> Operand:
    condition = Compare(Field(column, "x"), "==", Number(number))
    steps = (Relate("contact_customer_accounts", "x", optional), Filter(condition))
    return Operand(Profile("contact"), steps)


def filtered(column: str, number: Decimal, *before: Take) -> Operand:
    return Operand(Profile("contact"), (*before, Filter(Compare(Field(column), "==", Number(number)))))


COLUMNS, NUMBERS = st.sampled_from("ab"), st.sampled_from((Decimal(1), Decimal(2)))
FEW = chains(
    st.one_of(
        st.builds(lambda name: Operand(Segment(name)), COLUMNS),
        st.builds(filtered, COLUMNS, NUMBERS),
        st.builds(filtered, COLUMNS, NUMBERS, st.builds(Take, st.integers(1, 2))),
        st.builds(related, COLUMNS, NUMBERS, st.booleans()),
    )
)
FROM = (
    "SEGMENT(a)",
    "SEGMENT(a) UNION SEGMENT(b)",
    "SEGMENT(a) EXCEPT SEGMENT(b) UNION SEGMENT(a)",
    "PROFILE(contact) EXCEPT (SEGMENT(a) INTERSECT PROFILE(contact).FILTER(b == 1))",
)


@pytest.mark.parametrize("text", FROM)
def test_changes_tell_all_of_it(text: str) -> None:
    """Two queries that differ are never told by the same changes from a third."""
    start = parse(text)
    told: dict[tuple[str, ...], Any] = {}

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(FEW)
    def check(other: Query) -> None:
        found = meaning(other, SCHEMA)
        assert told.setdefault(lines(start, other), found) == found

    check()
