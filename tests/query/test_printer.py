import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig.query.parser import parse
from mig.query.printer import WIDTH, format_text, to_text
from mig.query.tree import Dialect, Query
from tests.query.trees import queries

quick = settings(
    derandomize=True, max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None
)


@quick
@given(st.data(), st.sampled_from(Dialect))
def test_what_is_printed_reads_back(data: st.DataObject, dialect: Dialect) -> None:
    query: Query = data.draw(queries(dialect))
    assert parse(to_text(query, dialect), dialect) == query
    assert parse(format_text(query, dialect), dialect) == query


OUTBOUND, RTM = Dialect.OUTBOUND, Dialect.RTM
SPELLINGS = [
    (
        OUTBOUND,
        "profile( contact ,c ).filter(c.a==1 and isnull(c.b))",
        "PROFILE(contact, c).FILTER(c.a == 1 && ISNULL(c.b))",
    ),
    (OUTBOUND, "PROFILE(contact).FILTER(a == true)", "PROFILE(contact).FILTER(a == True)"),
    (RTM, "PROFILE(contact).FILTER(a == True)", "PROFILE(contact).FILTER(a == true)"),
    (OUTBOUND, "PROFILE(contact).FILTER(a IN [1,2])", "PROFILE(contact).FILTER(a IN (1, 2))"),
    (RTM, "PROFILE(contact).FILTER(a in [1,2])", "PROFILE(contact).FILTER(a IN [1, 2])"),
    (OUTBOUND, 'PROFILE(contact).FILTER(a == "b")', "PROFILE(contact).FILTER(a == 'b')"),
    (RTM, "PROFILE(contact).FILTER(a == 'O''Neil\\\\')", "PROFILE(contact).FILTER(a == 'O\\'Neil\\\\')"),
    (
        RTM,
        "PROFILE(contact).FILTER(a == 1 || b == 2 && c == 3)",
        "PROFILE(contact).FILTER(a == 1 || (b == 2 && c == 3))",
    ),
    (
        OUTBOUND,
        "SEGMENT(A).UNION(B) MINUS SEGMENT('a b')",
        "SEGMENT(A) UNION SEGMENT(B) EXCEPT SEGMENT('a b')",
    ),
    (OUTBOUND, "SEGMENT(A).ORDERBY(x).SKIP(0)", "SEGMENT(A).ORDERBY(x ASC).SKIP(0)"),
    (
        RTM,
        "Interaction(e, i).Having(Count()>=2,utcweeks(3))",
        "INTERACTION(e, i).HAVING(COUNT() >= 2, UTCWEEKS(3))",
    ),
    (
        RTM,
        "PROFILE(contact).RELATE(r, account.a_1, RELATE(s, b_1))",
        "PROFILE(contact).RELATE(r, account.a_1, RELATE(s, b_1))",
    ),
    (OUTBOUND, "PROFILE(contact).FILTER((a+1)*-2 > 5.50)", "PROFILE(contact).FILTER((a + 1) * -2 > 5.50)"),
]


@pytest.mark.parametrize(("dialect", "written", "canonical"), SPELLINGS)
def test_canonical_spelling(dialect: Dialect, written: str, canonical: str) -> None:
    assert to_text(parse(written, dialect), dialect) == canonical


def test_short_queries_stay_on_one_line() -> None:
    text = "PROFILE(contact).FILTER(a == 1)"
    assert format_text(parse(text), OUTBOUND) == text


def test_long_queries_get_a_line_for_each_part() -> None:
    text = (
        "PROFILE(contact, c)"
        ".FILTER(c.firstname == 'Somebody' && c.lastname == 'Something' && ISNOTNULL(c.mail))"
        ".FILTER(c.a == 1) UNION (SEGMENT(one) EXCEPT SEGMENT(two))"
    )
    assert format_text(parse(text), OUTBOUND).split("\n") == [
        "PROFILE(contact, c)",
        "  .FILTER(",
        "    c.firstname == 'Somebody' &&",
        "    c.lastname == 'Something' &&",
        "    ISNOTNULL(c.mail)",
        "  )",
        "  .FILTER(c.a == 1)",
        "UNION",
        "(SEGMENT(one) EXCEPT SEGMENT(two))",
    ]


def test_line_breaks_inside_strings_are_kept() -> None:
    query = parse(f"(PROFILE(contact).FILTER(a == '{'x' * WIDTH}\n y') UNION SEGMENT(b)).FILTER(c == 1)")
    assert parse(format_text(query, OUTBOUND)) == query
