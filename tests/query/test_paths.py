"""Paths: what they mean, and that they mean the same after the translation."""

import sqlite3
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mig.model.tables import Column, ColumnType, ManyToMany, Relationship, Schema, Table, bundled_schema
from mig.query.evaluate import (
    SERVICE,
    NotEvaluated,
    Selection,
    Semantics,
    alternatives,
    compile_query,
    register,
)
from mig.query.needed import needed_columns
from mig.query.parser import parse
from mig.query.printer import to_text
from mig.query.translate import Status, translate
from mig.query.tree import Dialect, Query
from tests.data import load
from tests.query.worlds import TABLES, make_query, make_world, opened

SCHEMA = bundled_schema()
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CASES = Path(__file__).parents[1] / "cases" / "query"
STATED = load(CASES / "path-members.yaml")
PATH_RULES = {
    "any-related-row",
    "circular-path",
    "drop-optional",
    "intermediate-condition",
    "keep-relation",
    "move-filter",
    "nest-relations",
    "relationship-name",
    "reverse-path",
    "split-or",
}
OUTER = Semantics(optional_not_is_none=False)


def nobody(name: str) -> Selection | None:
    return None


def members(query: Query, world: sqlite3.Connection, semantics: Semantics = SERVICE) -> set[str]:
    found = compile_query(query, SCHEMA, members=nobody, semantics=semantics, now=NOW)
    return {member for (member,) in world.execute(found.sql, found.parameters)}


# --- what a path means ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stated() -> sqlite3.Connection:
    world = {table: list[dict[str, Any]]() for table in TABLES}
    for table, rows in STATED["world"].items():
        key, text, lookups = TABLES[table]
        empty = dict.fromkeys((key, text, *lookups))
        world[table] = [empty | {"statecode": 0} | row for row in rows]
    return opened(world)


@pytest.mark.parametrize("case", STATED["cases"], ids=[case["text"][:90] for case in STATED["cases"]])
def test_members(stated: sqlite3.Connection, case: dict[str, Any]) -> None:
    query = parse(case["text"], Dialect(case.get("dialect", "outbound")))
    if "not_evaluated" in case:
        with pytest.raises(NotEvaluated) as caught:
            members(query, stated)
        assert case["not_evaluated"] in caught.value.message
        assert case.get("at", "") in case["text"][slice(*caught.value.span)]
        return
    assert sorted(members(query, stated)) == sorted(case["ids"])
    if "outer" in case:
        assert sorted(members(query, stated, OUTER)) == sorted(case["outer"])
    if "active" in case:
        assert sorted(members(query, stated, Semantics(inactive_rows=False))) == sorted(case["active"])


# --- and still means after the translation ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_translation_has_the_same_members(seed: int) -> None:
    random, statuses, rules = Random(seed), Counter[Status](), set[str]()
    for _ in range(150):
        query = make_query(random)
        found = translate(query, SCHEMA, nobody)
        statuses[found.status] += 1
        if found.text is None:
            continue
        rules |= {rule.id for rule in found.rules}
        # Read back, so that the printed texts are what is compared.
        written = parse(to_text(query, Dialect.OUTBOUND))
        translated = parse(found.text, Dialect.RTM)
        for _ in range(3):
            world = opened(make_world(random))
            for semantics in (SERVICE, OUTER, *alternatives()):
                assert members(written, world, semantics) == members(translated, world, semantics), found.text
            world.close()
    assert statuses[Status.REWRITTEN] > 30
    assert statuses[Status.UNPROVEN] > 30
    assert rules >= PATH_RULES


def test_the_needed_columns_are_enough() -> None:
    random = Random(1)
    for _ in range(200):
        query, whole = make_query(random), opened(make_world(random))
        part = sqlite3.connect(":memory:")
        register(part)
        for table, columns in needed_columns(query, SCHEMA).items():
            names = ", ".join(sorted(columns))
            part.execute(f"CREATE TABLE {table} ({names})")
            rows = whole.execute(f"SELECT {names} FROM {table}").fetchall()
            part.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
        for semantics in (SERVICE, Semantics(inactive_rows=False)):
            with suppress(NotEvaluated):
                assert members(query, whole, semantics) == members(query, part, semantics)
        whole.close()
        part.close()


def test_columns_of_what_is_filtered_on_a_segment() -> None:
    found = needed_columns(parse("SEGMENT(a).FILTER(subject == 'x' && firstname == 'y')"), SCHEMA)
    assert found["contact"] == {"contactid", "firstname", "statecode"}
    assert found["lead"] == {"leadid", "subject", "firstname", "statecode"}
    assert needed_columns(parse("SEGMENT(a) UNION PROFILE(nowhere).FILTER(a == 1)"), SCHEMA) == {}


# --- names that fit several relationships -----------------------------------------------------------------


def relationship(name: str, referencing: str, column: str, referenced: str) -> Relationship:
    return Relationship(
        name=name, referencing_table=referencing, referencing_column=column, referenced_table=referenced
    )


def table(name: str) -> Table:
    return Table(
        name=name,
        schema_name=name,
        entity_set=f"{name}s",
        primary_id=f"{name}id",
        primary_name=None,
        columns={f"{name}id": Column(name=f"{name}id", type=ColumnType.UNIQUEIDENTIFIER)},
    )


AMBIGUOUS = Schema(
    {name: table(name) for name in ("new_a", "new_a_b", "contact")},
    {
        one.name: one
        for one in (
            relationship("first", "contact", "b_id", "new_a"),
            relationship("second", "contact", "id", "new_a_b"),
            relationship("third", "contact", "x", "new_a"),
            relationship("contact_new_a_x", "contact", "y", "new_a"),
            relationship("beyond", "contact", "z", "elsewhere"),
        )
    },
    {
        "pairs": ManyToMany(
            name="pairs",
            intersect_table="nowhere",
            first_table="new_a",
            first_column="a",
            second_table="contact",
            second_column="b",
        )
    },
)


def test_the_tables_joined_tell_relationships_of_one_name_apart() -> None:
    for start, name in (("new_a", "first"), ("new_a_b", "second")):
        found = translate(parse(f"PROFILE({start}).TRAVERSE(contact_new_a_b_id)"), AMBIGUOUS, nobody)
        assert f"RELATE({name}, {start}_1)" in (found.text or "")


def test_several_relationships_that_could_be_meant_are_listed() -> None:
    query = parse("PROFILE(new_a).TRAVERSE(contact_new_a_x)")
    found = translate(query, AMBIGUOUS, nobody)
    (finding,) = found.findings
    assert (finding.code, found.text) == ("QRY015", None)
    assert "contact_new_a_x, third" in finding.message
    with pytest.raises(NotEvaluated, match="several relationships"):
        compile_query(query, AMBIGUOUS, members=nobody, now=NOW)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PROFILE(contact).TRAVERSE(beyond)", "unknown table elsewhere"),
        ("PROFILE(new_a).TRAVERSE(pairs)", "nowhere is not known"),
        ("PROFILE(new_a).TRAVERSE(first)", "contact has no column b_id"),
        ("PROFILE(new_a)" + ".TRAVERSE(third).TRAVERSE(third)" * 9, "more than 16 tables"),
    ],
)
def test_what_the_metadata_does_not_tell_is_not_evaluated(text: str, message: str) -> None:
    with pytest.raises(NotEvaluated, match=message):
        compile_query(parse(text), AMBIGUOUS, members=nobody, now=NOW)


def test_a_path_is_no_longer_than_relations_reach() -> None:
    hops = ".TRAVERSE(contact_account_parentcustomerid)"
    found = translate(parse(f"PROFILE(contact){hops * 6}"), SCHEMA, nobody)
    assert any("over 6 tables" in finding.message for finding in found.findings)
    assert translate(parse(f"PROFILE(contact){hops * 4}"), SCHEMA, nobody).status is Status.UNPROVEN


def test_a_long_text_of_paths_is_read_in_time() -> None:
    steps = ".TRAVERSE(contact_account_parentcustomerid, a_1).FILTER(a_1.name == 'x' || b == 1)" * 40
    assert translate(parse(f"PROFILE(contact){steps}"), SCHEMA, nobody).status is Status.REFUSED
    related = ".RELATE(contact_customer_accounts, a_1).FILTER(a_1.name == 'x')" * 900
    query = parse(f"PROFILE(contact){related}")
    assert translate(query, SCHEMA, nobody).status is Status.REWRITTEN
    compile_query(query, SCHEMA, members=nobody, now=NOW)
