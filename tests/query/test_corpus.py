"""Every query found in public material, against what is known about it."""

from pathlib import Path
from typing import Any

import pytest

from mig.model.tables import bundled_schema
from mig.query.analysis import analyse
from mig.query.parser import QueryError, parse
from mig.query.printer import format_text, to_text
from mig.query.tree import Dialect
from tests.data import load

CORPUS = Path(__file__).parents[1] / "cases" / "corpus"
ENTRIES = [
    pytest.param(dialect, entry, id=entry["id"])
    for dialect in Dialect
    for entry in load(CORPUS / f"{dialect}-queries.yaml")
    if not entry["expect"].get("disputed")
]


@pytest.mark.parametrize(("dialect", "entry"), ENTRIES)
def test_corpus(dialect: Dialect, entry: dict[str, Any]) -> None:
    text, expected = entry["query"], entry["expect"]
    if not expected["parses"]:
        with pytest.raises(QueryError):
            parse(text, dialect)
        return
    query = parse(text, dialect)
    found = analyse(query, bundled_schema())
    for key in expected.keys() - {"parses"}:
        value = getattr(found, key)
        assert (list(value) if isinstance(value, tuple) else value) == expected[key], key
    assert found.kind == entry["kind"]
    assert parse(to_text(query, dialect), dialect) == query
    assert parse(format_text(query, dialect), dialect) == query


@pytest.mark.parametrize("word", ["AND", "and", "OR", "Or"])
def test_words_are_read_in_both_dialects(word: str) -> None:
    symbol = "&&" if word.upper() == "AND" else "||"
    for dialect in Dialect:
        by_word = parse(f"PROFILE(contact).FILTER(a == 1 {word} b == 2)", dialect)
        assert by_word == parse(f"PROFILE(contact).FILTER(a == 1 {symbol} b == 2)", dialect)
