"""Bad input: a finding, never a traceback, never unbounded recursion; how long it takes, benchmarks tell.

Each text is read in both languages; whatever is read is analysed, explained, compared, translated, printed
and compiled.
"""

from datetime import UTC, datetime

import pytest

from mig.model.tables import bundled_schema
from mig.query.analysis import analyse
from mig.query.diff import diff
from mig.query.evaluate import NotEvaluated, compile_query
from mig.query.explain import explain
from mig.query.names import unknown_names
from mig.query.parser import MAX_LENGTH, QueryError, parse
from mig.query.pieces import piece
from mig.query.printer import format_text, to_text
from mig.query.translate import translate
from mig.query.tree import Dialect, Query
from tests.query.bad_texts import EXTREMES, fuzzed

SCHEMA = bundled_schema()
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def use(text: str) -> None:
    """Do all that is done with a text; only the announced exceptions may come out of it."""
    for dialect in Dialect:
        try:
            query = parse(text, dialect)
        except QueryError as error:
            assert error.message
            assert min(error.line, error.column) >= 1
            assert 0 <= error.span.start <= error.span.end <= len(text)
            continue
        analyse(query, SCHEMA)
        unknown_names(query, SCHEMA)
        explain(query, SCHEMA, dialect)
        compiled(query)
        assert not diff(query, query, dialect, SCHEMA)
        format_text(query, dialect)
        printed = to_text(query, dialect)
        # In its canonical spelling, with blanks, a text may be too long to be read.
        assert len(printed) > MAX_LENGTH or parse(printed, dialect) == query
        if dialect is Dialect.OUTBOUND:
            translated(text, query)


def compiled(query: Query) -> None:
    try:
        compile_query(query, SCHEMA, members=lambda name: None, now=NOW)
    except NotEvaluated as error:
        assert error.message


def translated(text: str, query: Query) -> None:
    found = translate(query, SCHEMA, lambda name: None)
    assert (found.text is None) is any(finding.severity == "error" for finding in found.findings)
    for rule in found.rules:
        shown = piece(text, rule)
        assert shown.before
        assert shown.after != ""


def test_fuzzed_texts() -> None:
    count = 0
    for text in fuzzed():
        count += 1
        use(text)
    assert count == 10_000


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES)
def test_extreme_texts(text: str) -> None:
    assert len(text) <= MAX_LENGTH + 1
    use(text)
