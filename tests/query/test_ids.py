"""Other ids in the place of those that a query names."""

import pytest

from mig.model.tables import bundled_schema
from mig.query.compared import named_ids
from mig.query.ids import with_ids
from mig.query.parser import parse
from mig.query.printer import to_text
from mig.query.tree import Dialect

ONE, TWO, OTHER = (f"a0000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (f"c.parentcustomerid == '{{{ONE.upper()}}}'", f"c.parentcustomerid == '{TWO}'"),
        (f"c.parentcustomerid IN ('{ONE}', '{TWO}')", f"c.parentcustomerid IN ('{TWO}', '{ONE}')"),
        (f"NOT(c.contactid == '{ONE}')", f"NOT(c.contactid == '{TWO}')"),
        (f"c.lastname == '{ONE}'", f"c.lastname == '{ONE}'"),
        (f"c.parentcustomerid == '{OTHER}'", f"c.parentcustomerid == '{OTHER}'"),
    ],
)
def test_ids_give_way_where_an_id_is_meant(written: str, meant: str) -> None:
    query, expected = (
        parse(f"PROFILE(contact, c).FILTER({condition})", Dialect.OUTBOUND) for condition in (written, meant)
    )
    found = with_ids(query, bundled_schema(), {ONE: TWO, TWO: ONE})
    assert to_text(found, Dialect.OUTBOUND) == to_text(expected, Dialect.OUTBOUND)


def test_what_an_id_stands_for_and_where_it_was_written_stays_known() -> None:
    text = f"PROFILE(contact, c).FILTER(c.contactid == '{ONE}')"
    found = with_ids(parse(text, Dialect.OUTBOUND), bundled_schema(), {ONE: TWO})
    (named,) = named_ids(found, bundled_schema())
    assert (named.id, named.literal.stands_for) == (TWO, ONE)
    assert text[slice(*named.literal.span)] == f"'{ONE}'"


def test_a_query_that_names_none_of_them_is_left_as_it_is() -> None:
    query = parse("PROFILE(contact, c).FILTER(c.lastname == 'Berg')", Dialect.OUTBOUND)
    assert with_ids(query, bundled_schema(), {ONE: TWO}) is query
