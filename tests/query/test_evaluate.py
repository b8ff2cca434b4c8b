import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from mig.model.tables import bundled_schema
from mig.query.evaluate import NotEvaluated, Selection, Semantics, compile_query, register
from mig.query.parser import parse
from mig.query.tree import Dialect, Query
from tests.data import load
from tests.query.trees import queries

CASES = Path(__file__).parents[1] / "cases" / "query"
WORLD = load(CASES / "members.yaml")
COLUMNS = sorted({name for contact in WORLD["contacts"] for name in contact})
NOW = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)
EVENS = Selection("SELECT ? UNION SELECT ?", ("two", "four"), "contact")


@pytest.fixture(scope="module")
def world() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    register(connection)
    connection.execute(f"CREATE TABLE contact ({', '.join(COLUMNS)})")
    for contact in WORLD["contacts"]:
        marks = ", ".join("?" * len(COLUMNS))
        connection.execute(f"INSERT INTO contact VALUES ({marks})", [contact.get(name) for name in COLUMNS])
    yield connection
    connection.close()


def compiled(query: Query, **options: Any) -> Selection:
    def named(name: str) -> Selection | None:
        if name == "ann or evens":
            return compiled(
                parse("PROFILE(contact).FILTER(firstname == 'ann') UNION SEGMENT(evens)"), **options
            )
        return EVENS if name == "evens" else None

    return compile_query(query, bundled_schema(), members=named, now=NOW, **options)


def members(
    world: sqlite3.Connection, text: str, dialect: Dialect = Dialect.OUTBOUND, **options: Any
) -> list[str]:
    found = compiled(parse(text, dialect), **options)
    order = [contact["contactid"] for contact in WORLD["contacts"]]
    return sorted((row[0] for row in world.execute(found.sql, found.parameters)), key=order.index)


@pytest.mark.parametrize("case", WORLD["cases"], ids=[case["text"][:90] for case in WORLD["cases"]])
def test_members(world: sqlite3.Connection, case: dict[str, Any]) -> None:
    dialect = Dialect(case.get("dialect", "outbound"))
    if "ids" in case:
        assert members(world, case["text"], dialect) == case["ids"]
        return
    with pytest.raises(NotEvaluated) as caught:
        members(world, case["text"], dialect)
    assert case["not_evaluated"] in caught.value.message
    assert case.get("at", "") in case["text"][slice(*caught.value.span)]


EMPTY = Semantics(empty_is_unknown=False)
CASE = Semantics(ignore_case=False)
ACTIVE = Semantics(inactive_rows=False)


@pytest.mark.parametrize(
    ("semantics", "text", "expected"),
    [
        (EMPTY, "PROFILE(contact).FILTER(firstname != 'ann')", ["two", "three", "four"]),
        (EMPTY, "PROFILE(contact).FILTER(NOT(firstname == 'ann'))", ["two", "three", "four"]),
        (EMPTY, "PROFILE(contact).FILTER(NOT(firstname CONTAINS 'b'))", ["one", "three"]),
        (EMPTY, "PROFILE(contact).FILTER(creditlimit < 20)", ["one"]),
        (CASE, "PROFILE(contact).FILTER(firstname == 'ann')", []),
        (CASE, "PROFILE(contact).FILTER(firstname CONTAINS 'b')", ["two"]),
        (CASE, "PROFILE(contact).FILTER(firstname IN ('BOBBY', 'Bob'))", ["four"]),
        (ACTIVE, "PROFILE(contact) EXCEPT PROFILE(contact).FILTER(firstname == 'ann')", ["three", "four"]),
        (ACTIVE, "SEGMENT(evens)", ["two", "four"]),
    ],
)
def test_switches(world: sqlite3.Connection, semantics: Semantics, text: str, expected: list[str]) -> None:
    assert members(world, text, semantics=semantics) == expected


def test_the_selection_names_its_table() -> None:
    assert compiled(parse("PROFILE(Contact)")).table == "contact"
    assert compiled(parse("SEGMENT(evens)")).table == "contact"


def nested(levels: int) -> str:
    text = "creditlimit > 20"
    for level in range(levels):
        side = "creditlimit > 1" if level % 2 else "creditlimit > 1000"
        text = f"{side} {'&&' if level % 2 else '||'} ({text})"
    return f"PROFILE(contact).FILTER({text})"


LARGE = {
    "or": ("PROFILE(contact).FILTER(" + "||".join(f"creditlimit=={n}" for n in range(3_000)) + ")", 2),
    "and": ("PROFILE(contact).FILTER(" + "&&".join(["creditlimit>0"] * 4_300) + ")", 3),
    "not": ("PROFILE(contact).FILTER(NOT(" + "||".join(["creditlimit<0"] * 4_300) + "))", 3),
    "list": ("PROFILE(contact).FILTER(creditlimit IN (" + ",".join(["30"] * 20_000) + "))", 1),
    "union": (" UNION ".join(["SEGMENT(evens)", "PROFILE(contact)"] * 1_400), 4),
    "nested": (nested(39), 2),
    "nots": ("PROFILE(contact).FILTER(" + "NOT(" * 38 + "firstname == 'ann'" + ")" * 39, 1),
    "nested sets": ("SEGMENT(evens) UNION (" * 39 + "PROFILE(contact)" + ")" * 39, 4),
    "filters": ("PROFILE(contact)" + ".FILTER(creditlimit > 0)" * 2_000, 3),
}


@pytest.mark.parametrize(("text", "count"), LARGE.values(), ids=LARGE)
def test_large_queries_stay_within_sqlite(world: sqlite3.Connection, text: str, count: int) -> None:
    assert len(members(world, text)) == count


def test_wide_and_deep_at_once(world: sqlite3.Connection) -> None:
    text = "creditlimit > 20"
    for level in range(38):
        wide = ["creditlimit > 1" if level % 2 else "creditlimit > 90"] * 15
        text = "(" + (" && " if level % 2 else " || ").join([*wide, text, *wide]) + ")"
    assert members(world, f"PROFILE(contact).FILTER({text})") == ["two", "four"]


def test_too_much_is_said_to_be_too_much() -> None:
    listed = Selection(f"SELECT {'?, ' * 32_000} ?", tuple(range(32_001)), "contact")
    query = parse("SEGMENT(a) UNION SEGMENT(b)")
    with pytest.raises(NotEvaluated, match="literals"):
        compile_query(query, bundled_schema(), members=lambda name: listed, now=NOW)
    for value in ("+".join(["1"] * 300), "DATEDIFF(day,createdon," * 9 + "createdon" + ")" * 9):
        with pytest.raises(NotEvaluated):
            compiled(parse(f"PROFILE(contact).FILTER(creditlimit == {value})"))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(queries(Dialect.OUTBOUND))
def test_any_query_is_compiled_or_refused(query: Query) -> None:
    try:
        compiled(query)
    except NotEvaluated as error:
        assert error.message
