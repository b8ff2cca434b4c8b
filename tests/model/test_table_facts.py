"""The bundled tables against facts that somebody relies on, and against themselves."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mig.model.tables import CHOICES, TEXTS, ColumnType, Table, bundled_schema
from tests.data import load

SCHEMA = bundled_schema()
CASES = load(Path(__file__).parents[1] / "cases" / "model" / "tables.yaml")
TABLES = pytest.mark.parametrize("table", list(SCHEMA), ids=lambda table: table.name)
ATTRIBUTES = {"set": "entity_set", "key": "primary_id", "name": "primary_name", "ownership": "ownership"}


@pytest.mark.parametrize("facts", CASES, ids=lambda facts: facts["table"])
def test_facts(facts: dict[str, Any]) -> None:
    table = SCHEMA[facts["table"]]
    for fact, attribute in ATTRIBUTES.items():
        if fact in facts:
            assert getattr(table, attribute) == facts[fact]
    for name, known in facts.get("columns", {}).items():
        column = table.columns[name]
        assert {attribute: getattr(column, attribute) for attribute in known} == known, name
    for name, nav in facts.get("nav", {}).items():
        assert set(table.columns[name].nav.values()) == {nav}
    for name, behaviour in facts.get("on_delete", {}).items():
        relationship = SCHEMA.relationships[name]
        assert (relationship.referenced_table, relationship.on_delete) == (table.name, behaviour)
    for status, moves in facts.get("moves", {}).items():
        assert table.status_moves is not None
        assert list(table.status_moves[status]) == moves


@TABLES
def test_a_navigation_property_belongs_to_one_column(table: Table) -> None:
    """And to none of the collections, which are named as their relationships are."""
    navs = Counter(nav for column in table.columns.values() for nav in set(column.nav.values()))
    assert [nav for nav, times in navs.items() if times > 1] == []
    assert navs.keys().isdisjoint(SCHEMA.collections[table.name])


@TABLES
def test_a_navigation_property_is_no_property(table: Table) -> None:
    navs = {nav for column in table.columns.values() for nav in column.nav.values()}
    assert navs.isdisjoint(table.by_read_name)


@TABLES
def test_a_default_is_a_value_of_its_column(table: Table) -> None:
    for column in table.columns.values():
        if column.default is None:
            continue
        if column.type in CHOICES:
            assert column.default in column.options, column.name
        elif column.type is ColumnType.BOOLEAN:
            assert column.default in (True, False), column.name


@TABLES
def test_bounds_are_bounds(table: Table) -> None:
    for column in table.columns.values():
        if column.minimum is not None and column.maximum is not None:
            assert column.minimum <= column.maximum, column.name
        assert column.max_length is None or column.type in TEXTS, column.name


@TABLES
def test_what_has_an_owner_tells_its_business_unit(table: Table) -> None:
    """Privileges go by both."""
    if table.ownership == "user" and table.known_whole:
        assert {"ownerid", "owningbusinessunit"} <= set(table.columns)


def test_relationships_differ_in_their_names() -> None:
    assert SCHEMA.relationships.keys().isdisjoint(SCHEMA.many_to_many)
