from functools import partial
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.dataverse import odata
from mig.sandbox.world import World
from tests.dataverse.apps import Talk, all_rows


def test_quotes_are_doubled() -> None:
    assert odata.literal("Ann O'Neil") == "'Ann O''Neil'"


@settings(max_examples=100, derandomize=True)
@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_filter_reads_back_whatever_it_holds(where: str) -> None:
    path = odata.query("contacts", select=("a", "b"), where=where)
    assert path.isascii()
    entity_set, _, options = path.partition("?")
    assert entity_set == "contacts"
    assert dict(parse_qsl(options, keep_blank_values=True)) == {"$select": "a,b", "$filter": where}


def test_options_that_are_not_given_are_left_out() -> None:
    assert odata.query("contacts") == "contacts"
    assert odata.query("contacts", order="fullname desc") == "contacts?$orderby=fullname%20desc"
    assert odata.row("contacts", "1") == "contacts(1)"


@pytest.mark.parametrize("name", ["Ann O'Neil + 100% #1", "Bob & Söhne"])
def test_the_service_reads_it_as_it_was_meant(talk: Talk, world: World, name: str) -> None:
    for where in (f"fullname eq {odata.literal(name)}", odata.any_of("fullname", [name])):
        rows = talk(partial(all_rows, path=odata.query("contacts", select=("fullname",), where=where)))
        assert [row["fullname"] for row in rows] == [name]
