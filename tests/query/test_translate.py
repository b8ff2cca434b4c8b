import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mig.model.findings import Severity
from mig.model.tables import bundled_schema
from mig.query import tree
from mig.query.evaluate import Selection, compile_query, register
from mig.query.parser import parse
from mig.query.printer import to_text
from mig.query.translate import Status, translate
from mig.query.tree import Dialect, Operand, Query, Segment, SetOp
from tests.data import load
from tests.query.trees import chains, combined

CASES = Path(__file__).parents[1] / "cases" / "query"
GOLDEN = [case for name in ("translate.yaml", "paths.yaml") for case in load(CASES / name)]
IDS = {"known": "0f5b0c7f-395d-447b-b14c-315a601f878e", "other": "1A" * 16}
SCHEMA = bundled_schema()
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
quick = settings(
    derandomize=True, max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.mark.parametrize("case", GOLDEN, ids=[case["from"][:80] for case in GOLDEN])
def test_golden(case: dict[str, Any]) -> None:
    inner = {name: parse(text) for name, text in case.get("inner", {}).items()}
    found = translate(parse(case["from"]), SCHEMA, IDS.get, inner.get)
    assert (found.status, found.text) == (case["status"], case["text"])
    assert [rule.id for rule in found.rules] == case.get("rules", [])
    assert [finding.code for finding in found.findings] == case.get("codes", [])
    refused = any(finding.severity is Severity.ERROR for finding in found.findings)
    assert refused is (found.status is Status.REFUSED) is (found.query is None)
    assert all(0 <= (f.start or 0) < (f.end or 0) <= len(case["from"]) for f in found.findings)
    if "at" in case:
        last = found.findings[-1]
        assert case["from"][last.start : last.end] == case["at"]
    if found.text:
        assert parse(found.text, Dialect.RTM) == found.query


def test_statuses_are_ordered() -> None:
    assert Status.EXACT < Status.REWRITTEN < Status.UNPROVEN < Status.REFUSED
    assert max(Status.REWRITTEN, Status.EXACT) is Status.REWRITTEN
    assert Status.REFUSED >= Status.UNPROVEN
    assert not Status.EXACT > Status.EXACT
    assert Status.EXACT <= Status.EXACT


def test_findings_point_at_the_part() -> None:
    text = "PROFILE(contact).FILTER(firstname == 'A' && lastname STARTSWITH 'B')"
    (finding,) = translate(parse(text), SCHEMA, IDS.get).findings
    assert text[finding.start : finding.end] == "lastname STARTSWITH 'B'"


# --- sets: what a chain means must not change -------------------------------------------------------------

segments = st.sampled_from("ABCD").map(lambda name: Operand(Segment(name)))


def is_member(query: Query, row: Mapping[str, bool]) -> bool:
    def of(operand: Operand) -> bool:
        if isinstance(operand.source, Query):
            return is_member(operand.source, row)
        assert isinstance(operand.source, Segment)
        return row[operand.source.name]

    member = of(query.first)
    for term in query.rest:
        other = of(term.operand)
        member = {
            SetOp.UNION: member or other,
            SetOp.INTERSECT: member and other,
            SetOp.EXCEPT: member and not other,
        }[term.op]
    return member


@settings(quick, max_examples=250)
@given(chains(segments))
def test_a_flat_chain_has_the_same_members(query: Query) -> None:
    found = translate(query, SCHEMA, lambda name: None)
    assume(found.query is not None)
    assert found.query is not None
    assert not any(isinstance(term.operand.source, Query) for term in found.query.rest)
    for facts in product((False, True), repeat=4):
        row = dict(zip("ABCD", facts, strict=True))
        assert is_member(query, row) == is_member(found.query, row)


FLAT = [
    ("A UNION (B UNION C)", "A UNION B UNION C"),
    ("A INTERSECT (B INTERSECT C)", "A INTERSECT B INTERSECT C"),
    ("A EXCEPT (B UNION C)", "A EXCEPT B EXCEPT C"),
    ("A INTERSECT (B EXCEPT C)", "A INTERSECT B EXCEPT C"),
    ("A UNION (B EXCEPT C)", "B EXCEPT C UNION A"),
    ("A UNION (B INTERSECT C)", "B INTERSECT C UNION A"),
    ("A INTERSECT (B UNION C)", "B UNION C INTERSECT A"),
    ("A EXCEPT (B EXCEPT C)", "A EXCEPT B UNION C INTERSECT A"),
    ("A EXCEPT (B INTERSECT C)", None),
    ("(A EXCEPT B) UNION (C EXCEPT D)", None),
    ("(A INTERSECT B) UNION (C INTERSECT D)", None),
    ("(A UNION B) INTERSECT (C UNION D)", None),
]


@pytest.mark.parametrize(("written", "chain"), FLAT, ids=[written for written, _ in FLAT])
def test_identities_of_the_reference(written: str, chain: str | None) -> None:
    def text(short: str) -> str:
        return re.sub(r"\b[A-D]\b", r"SEGMENT(\g<0>)", short)

    found = translate(parse(text(written)), SCHEMA, lambda name: None)
    assert found.text == (text(chain) if chain else None)


# --- the whole translation: the same members over any rows -----------------------------------------------

COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "firstname": st.sampled_from(["Ann", "ann", "Bob", "", "O'Neil", "a%_\\"]),
    "creditlimit": st.sampled_from([0, 5, 10, 10.5, -3]),
    "statecode": st.sampled_from([0, 1]),
    "donotemail": st.sampled_from([0, 1]),
    "birthdate": st.sampled_from(["1990-01-01", "2000-02-29"]),
    "createdon": st.sampled_from(["2026-01-01T00:00:00Z", "2026-11-22T08:59:59Z"]),
}
rows = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in COLUMNS.items()}), max_size=8
)


def column(*names: str) -> st.SearchStrategy[tree.Field]:
    return st.builds(tree.Field, st.sampled_from(names), st.sampled_from([None, "C_1"]))


def compared(names: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[tree.Condition]:
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    listed = st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Compare, column(*names), operators, values),
        st.builds(tree.Compare, values, operators, column(*names)),
        st.builds(tree.In, column(*names), listed),
    )


words = st.builds(tree.Text, st.sampled_from(["ANN", "bob", "", "o'neil", "%", "\\"]))
figures = st.builds(tree.Number, st.sampled_from([Decimal(0), Decimal(5), Decimal("10.5")]))
days = st.just(tree.DateOf(tuple(tree.Number(Decimal(part)) for part in (2000, 2, 29))))
dates = st.one_of(st.builds(tree.Text, st.sampled_from(["1990-01-01", "2026-11-22T08:59:59Z"])), days)
age = st.builds(
    tree.Compare,
    st.builds(
        tree.DateDiff,
        st.sampled_from(["year", "hour"]),
        column("birthdate", "createdon"),
        st.just(tree.Now()),
    ),
    st.sampled_from(["<", "=="]),
    figures,
)
predicates = st.one_of(
    compared(("firstname",), words),
    compared(("creditlimit", "statecode"), figures),
    compared(("donotemail",), st.builds(tree.Bool, st.booleans())),
    compared(("birthdate", "createdon"), dates),
    st.builds(
        tree.Match, column("firstname"), st.sampled_from(["CONTAINS", "STARTSWITH", "ENDSWITH"]), words
    ),
    st.builds(tree.NullTest, column(*COLUMNS), st.booleans()),
    age,
)
filters = st.lists(st.builds(tree.Filter, combined(predicates)), max_size=2).map(tuple)
profiles = st.builds(Operand, st.builds(tree.Profile, st.just("Contact"), st.just("c_1")), filters)
lists = st.builds(Operand, st.builds(Segment, st.sampled_from(sorted(IDS))))


def members(query: Query, world: sqlite3.Connection) -> set[str]:
    def named(name: str) -> Selection:
        odd = name == "known" or name.endswith("878e")
        return Selection("SELECT contactid FROM contact WHERE contactid % 2 = ?", (int(odd),), "contact")

    found = compile_query(query, SCHEMA, members=named, now=NOW)
    return {member for (member,) in world.execute(found.sql, found.parameters)}


@quick
@given(chains(profiles | lists), rows)
def test_the_translation_has_the_same_members(query: Query, contacts: list[dict[str, Any]]) -> None:
    found = translate(query, SCHEMA, IDS.get)
    assume(found.text is not None)
    world = sqlite3.connect(":memory:")
    register(world)
    world.execute(f"CREATE TABLE contact (contactid, {', '.join(COLUMNS)})")
    for number, contact in enumerate(contacts):
        world.execute(
            "INSERT INTO contact VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *map(contact.get, COLUMNS))
        )
    # Read back, so that the printed text is what is compared.
    written = parse(to_text(query, Dialect.OUTBOUND))
    translated = parse(found.text or "", Dialect.RTM)
    assert members(written, world) == members(translated, world)
    world.close()
