"""Queries in plain words, and drawn."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.model.tables import bundled_schema
from mig.query.explain import Explanation, explain
from mig.query.meaning import meaning
from mig.query.parser import parse
from mig.query.tree import Condition, Dialect, Filter, Operand, Profile, Query
from mig.query.words.labels import column_label, plural, table_label
from mig.query.words.outline import Outline
from mig.query.words.phrases import Phrases
from tests.data import load
from tests.query.trees import conditions, queries
from tests.support import CASES

WORDS = load(CASES / "query" / "explain.yaml")


def told(text: str, dialect: str = "outbound") -> Explanation:
    return explain(parse(text, Dialect(dialect)), bundled_schema(), Dialect(dialect))


@pytest.mark.parametrize("case", WORDS, ids=[case["query"][:70] for case in WORDS])
def test_says_who_is_in_the_segment(case: dict[str, Any]) -> None:
    found = told(case["query"], case.get("dialect", "outbound"))
    assert list(found.words) == case["words"]
    if "tree" in case:
        assert list(found.tree) == case["tree"].splitlines()
    assert list(found.notes) == case.get("notes", [])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(Dialect), st.data())
def test_tells_every_query(dialect: Dialect, data: st.DataObject) -> None:
    query: Query = data.draw(queries(dialect))
    found = explain(query, bundled_schema(), dialect)
    assert found.words
    assert all(line.isprintable() for line in (*found.words, *found.tree))
    assert all(len(line) <= 80 for line in found.tree)


def test_conditions_that_differ_read_differently() -> None:
    told: dict[tuple[str, ...], Any] = {}

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(conditions)
    def check(condition: Condition) -> None:
        query = Query(Operand(Profile("contact"), (Filter(condition),)))
        audience = meaning(query, bundled_schema())
        words = tuple(Outline(Phrases(bundled_schema(), (audience,))).sets(audience).lines())
        assert told.setdefault(words, audience) == audience

    check()


def test_what_lies_deep_is_drawn_as_text_and_nothing_is_lost() -> None:
    condition = "a == 'long enough to be wrapped somewhere'"
    for level in range(15):
        condition = f"({condition} {'&&' if level % 2 else '||'} b{level} == {level})"
    tree = told(f"PROFILE(contact).FILTER({condition})").tree
    assert max(map(len, tree)) <= 80
    text = " ".join(line.strip("│├└─ ") for line in tree)
    assert all(f"b{level} == {level}" in text for level in range(15))


@pytest.mark.parametrize(
    ("name", "tail", "label"),
    [
        ("address1_city", "", "city"),
        ("address2_city", "", "city of address 2"),
        ("address1_line1", "", "address line 1"),
        ("parentcustomerid", "id", "parent customer"),
        ("industrycode", "code", "industry"),
        ("msevtmgt_registrationstatus", "", "registration status"),
        ("NumberOfActivePurchasedItems", "", "number of active purchased items"),
        ("new_tier", "", "tier"),
        ("first_name", "", "first name"),
        ("incpt_isdecisionmaker", "", "'is decision maker'"),
        ("klth_risikoprofil", "", "risikoprofil"),
        ("emailaddress1", "", "e-mail address"),
        ("x" * 3000, "", "x" * 3000),
    ],
)
def test_columns_have_a_label(name: str, tail: str, label: str) -> None:
    assert column_label(name, tail) == label


def test_tables_have_a_label() -> None:
    assert plural(table_label("contact")) == "contacts"
    assert plural(table_label("msevtmgt_pass")) == "passes"
    assert plural(table_label("msdyncrm_segmentactivity")) == "segment activities"
