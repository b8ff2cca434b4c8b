from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.query.parser import MAX_LENGTH, MAX_NESTING, QueryError, parse
from mig.query.tree import (
    And,
    Compare,
    Dialect,
    Field,
    Filter,
    Operand,
    Profile,
    Query,
    Segment,
    SetOp,
    Text,
    Traverse,
)
from tests.data import load

CASES = Path(__file__).parents[1] / "cases" / "query"
ERRORS = load(CASES / "errors.yaml")


@pytest.mark.parametrize("case", ERRORS, ids=[case["text"][:60] or "nothing" for case in ERRORS])
def test_says_what_is_wrong_and_where(case: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as caught:
        parse(case["text"], Dialect(case.get("dialect", "outbound")))
    error = caught.value
    assert (error.line, error.column) == (case["line"], case["column"]), error
    assert case["says"] in error.message
    assert set(case.get("expects", ())) <= set(error.expected)
    assert error.code == "QRY001"


def test_two_readings_of_a_wrong_text_are_equal() -> None:
    def mistake(text: str) -> QueryError:
        with pytest.raises(QueryError) as caught:
            parse(text)
        return caught.value

    assert mistake("PROFILE(") == mistake("PROFILE(")
    assert len({mistake("PROFILE("), mistake("PROFILE("), mistake("PROFILE(contact))")}) == 2


def condition(text: str) -> object:
    (step,) = parse(f"PROFILE(contact).FILTER({text})").first.steps
    assert isinstance(step, Filter)
    return step.condition


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r"'plain'", "plain"),
        (r"'O\'Neil'", "O'Neil"),
        (r"'O''Neil'", "O'Neil"),
        (r"'\\'", "\\"),
        (r"'C:\temp'", r"C:\temp"),
        (r"'say \"yes\"'", 'say "yes"'),
        ("'\"'", '"'),
        (r"''", ""),
        (r"'\\\''", "\\'"),
        (r"'PROFILE(x) UNION && '", "PROFILE(x) UNION && "),
        ('"it\'s"', "it's"),
        ("\"two '' marks\"", "two '' marks"),
    ],
)
def test_strings(literal: str, value: str) -> None:
    assert condition(f"a == {literal}") == Compare(Field("a"), "==", Text(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a == 1 || b == 2 && c == 3", "a == 1 || (b == 2 && c == 3)"),
        ("((a == 1)) && (b == 2 && c == 3)", "a == 1 && b == 2 && c == 3"),
        ("(a + b) * 2 > 5", "((a + b)) * (2) > 5"),
        ("a + b * c > 5", "a + (b * c) > 5"),
        ("(a) IN (1, 2)", "a IN [1, 2]"),
        ("isnull ( a . b )", "ISNULL(a.b)"),
        ("not(a == true)", "NOT(a == True)"),
        ("a contains 'x'", "a CONTAINS 'x'"),
        ("DateDiff(DAY, a, DateTimeUtcNow()) > -3", "DATEDIFF(day,a,DATETIMEUTCNOW())>-3"),
    ],
)
def test_two_spellings_of_one_condition(one: str, other: str) -> None:
    assert condition(one) == condition(other)


@pytest.mark.parametrize(
    "name", ["Date", "Count", "Segment", "FILTER", "NOT", "IN", "and", "contains", "Union"]
)
def test_keywords_can_be_columns(name: str) -> None:
    assert condition(f"{name} == 'x'") == Compare(Field(name), "==", Text("x"))
    assert condition(f"a == 'x' && {name} > b") == And(
        (Compare(Field("a"), "==", Text("x")), Compare(Field(name), ">", Field("b")))
    )


def names(query: Query) -> object:
    """The shape of a set expression: `["A", "UNION", "B", …]`."""

    def operand(of: Operand) -> object:
        if isinstance(of.source, Query):
            return names(of.source)
        assert isinstance(of.source, Segment)
        return of.source.name

    return [
        operand(query.first),
        *(part for term in query.rest for part in (str(term.op), operand(term.operand))),
    ]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("SEGMENT(A)UNION SEGMENT(B)\tMINUS\nSEGMENT(C)", ["A", "UNION", "B", "EXCEPT", "C"]),
        ("(SEGMENT(A) UNION SEGMENT(B)) EXCEPT SEGMENT(C)", ["A", "UNION", "B", "EXCEPT", "C"]),
        ("SEGMENT(A) UNION (SEGMENT(B))", ["A", "UNION", "B"]),
        ("SEGMENT(A).UNION(B).EXCEPT('C')", ["A", "UNION", "B", "EXCEPT", "C"]),
        ("SEGMENT(A) UNION SEGMENT(B).EXCEPT(C)", ["A", "UNION", ["B", "EXCEPT", "C"]]),
        ("SEGMENT(A).UNION(SEGMENT(B) EXCEPT SEGMENT(C))", ["A", "UNION", ["B", "EXCEPT", "C"]]),
        ("(SEGMENT(A) UNION SEGMENT(B)).INTERSECT(C)", ["A", "UNION", "B", "INTERSECT", "C"]),
    ],
)
def test_set_expressions(text: str, shape: object) -> None:
    assert names(parse(text)) == shape


def test_methods_take_the_whole_chain_on_their_left() -> None:
    query = parse("SEGMENT(A).UNION(B).FILTER(x == 1).EXCEPT(C)")
    assert isinstance(query.first.source, Query)
    assert names(query.first.source) == ["A", "UNION", "B"]
    assert isinstance(query.first.steps[0], Filter)
    assert [term.op for term in query.rest] == [SetOp.EXCEPT]


def test_names_may_be_quoted_and_positions_are_kept() -> None:
    text = "PROFILE('contact') .TRAVERSE('rel', c_1)"
    query = parse(text)
    (step,) = query.first.steps
    assert query.first.source == Profile("contact")
    assert step == Traverse("rel", "c_1")
    assert text[slice(*step.span)] == "TRAVERSE('rel', c_1)"


def test_too_long_is_refused_unread() -> None:
    with pytest.raises(QueryError, match="65,537 characters") as caught:
        parse("'" * (MAX_LENGTH + 1))
    assert caught.value.code == "QRY002"


FILTER = "PROFILE(contact).FILTER("
NESTED = [
    ("", "(", "SEGMENT(a)", ")"),
    ("", "SEGMENT(a) UNION (", "SEGMENT(a)", ")"),
    ("", "SEGMENT(a).UNION(", "SEGMENT(a)", ")"),
    (FILTER, "(", "a == 1", ")"),
    (FILTER, "NOT(", "a == 1", ")"),
    (FILTER + "a == ", "(1 + ", "2", ")"),
    (FILTER + "a == ", "-", "2", ""),
    (FILTER + "a == ", "DATEADD(day, 1, ", "a", ")"),
]


@pytest.mark.parametrize(("head", "opening", "inside", "closing"), NESTED)
@pytest.mark.parametrize("levels", [MAX_NESTING + 1, 3_000])
def test_deep_nesting_is_refused(head: str, opening: str, inside: str, closing: str, levels: int) -> None:
    with pytest.raises(QueryError, match="nested"):
        parse(head + opening * levels + inside + closing * levels)


def test_ten_thousand_levels() -> None:
    for dialect in Dialect:
        with pytest.raises(QueryError):
            parse("PROFILE(contact).FILTER(" + "(" * 10_000, dialect)
        with pytest.raises(QueryError):
            parse("SEGMENT(a)" + ".UNION(b).FILTER(x == 1)" * 2_000, dialect)


LONG = {
    "or": "PROFILE(contact).FILTER(" + "||".join(["a==1"] * 10_000) + ")",
    "list": "PROFILE(contact).FILTER(a IN (" + ",".join(["1"] * 30_000) + "))",
    "sum": "PROFILE(contact).FILTER(a > " + "+".join(["1"] * 30_000) + ")",
    "union": " UNION ".join(["SEGMENT(a)"] * 3_500),
    "methods": "SEGMENT(a)" + ".UNION(b)" * 7_000,
    "filters": "PROFILE(contact)" + ".FILTER(a==1)" * 4_900,
    "string": f"PROFILE(contact).FILTER(a == '{'x' * 60_000}')",
    "quotes": "PROFILE(contact).FILTER(a == " + "'" * 60_001 + ")",
    "open string": "PROFILE(contact).FILTER(a == '" + "\\'" * 30_000,
    "blanks": "PROFILE(contact)" + " " * 60_000 + "x",
    "parentheses": "(" * 60_000,
    "number": "PROFILE(contact).FILTER(a == " + "9" * 60_000 + ")",
    "brackets": "PROFILE(contact).FILTER(a == " + "[(" * 30_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_texts_are_read_once(text: str) -> None:
    # A reader that goes back over what it has read would not come to an end here.
    try:
        parse(text[:MAX_LENGTH])
    except QueryError as error:
        assert error.line == 1


PIECES = """PROFILE SEGMENT INTERACTION FILTER TRAVERSE HAVING UNION EXCEPT RELATE NOT ISNULL CONTAINS IN DATE
    DATEDIFF ORDERBY TAKE COUNT UTCDAYS contact a 'x' ' "
    \\ ( ) [ ] , . == != < && || + - * / = 1 2.5 True AND"""
pieces = st.sampled_from([*PIECES.split(), "\n"])


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=25), st.sampled_from(Dialect), st.booleans())
def test_any_text_is_read_or_refused(parts: list[str], dialect: Dialect, apart: bool) -> None:
    text = (" " if apart else "").join(parts)
    try:
        parse(text, dialect)
    except QueryError as error:
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert error.line >= 1
        assert error.column >= 1


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_query_is_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([case["text"] for case in ERRORS]))
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.text(max_size=2)) + text[at + data.draw(st.integers(0, 3)) :]
    for dialect in Dialect:
        try:
            parse(damaged, dialect)
        except QueryError as error:
            assert str(error)
