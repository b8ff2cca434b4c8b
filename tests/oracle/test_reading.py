"""Both readers over the same texts: the same verdict and the same tree.

What the reference leaves open was decided in `reader` and in the grammars by its own recommendations; here
the two must agree on all of it. Corpus entries marked disputed bind nobody's verdict, but both readers alike.
"""

from pathlib import Path
from random import Random

import pytest

from mig.query.parser import QueryError, parse
from mig.query.printer import format_text, to_text
from mig.query.tree import Dialect
from tests.data import load
from tests.oracle.convert import converted
from tests.oracle.damage import damaged
from tests.oracle.reader import Refused, Tree, read
from tests.oracle.tally import TRIED
from tests.oracle.wild import Wild
from tests.oracle.writer import Writer

CORPUS = Path(__file__).parents[1] / "cases" / "corpus"
ENTRIES = {dialect: load(CORPUS / f"{dialect}-queries.yaml") for dialect in Dialect}
TEXTS = [entry["query"] for entries in ENTRIES.values() for entry in entries]
GENERATED = 2_500
DAMAGED = 7_000
LONGEST = 400
both = pytest.mark.parametrize("dialect", Dialect)


def by_mig(text: str, dialect: Dialect) -> Tree | None:
    try:
        return converted(parse(text, dialect))
    except QueryError:
        return None


def by_oracle(text: str, dialect: Dialect) -> Tree | None:
    TRIED["texts"] += 1
    try:
        return read(text, dialect)
    except Refused:
        return None


@both
def test_the_corpora_are_read_alike_in_both_languages(dialect: Dialect) -> None:
    for text in TEXTS:
        assert by_mig(text, dialect) == by_oracle(text, dialect), text


@both
def test_the_oracle_reads_what_the_corpus_says(dialect: Dialect) -> None:
    """Otherwise both readers might be wrong together."""
    for entry in ENTRIES[dialect]:
        if not entry["expect"].get("disputed"):
            assert (by_oracle(entry["query"], dialect) is not None) is entry["expect"]["parses"], entry["id"]


@both
def test_any_spelling_of_a_tree_is_read_as_that_tree(dialect: Dialect) -> None:
    """Blanks, cases, redundant parentheses, methods, words for symbols, escapes: none changes the meaning."""
    for seed in range(GENERATED):
        random = Random(seed)
        tree = Wild(random, dialect).query()
        text = Writer(random, dialect).query(tree)
        assert by_mig(text, dialect) == tree, text
        assert by_oracle(text, dialect) == tree, text


@both
def test_what_mig_prints_is_read_by_the_other_reader(dialect: Dialect) -> None:
    for seed in range(GENERATED // 3):
        random = Random(-1 - seed)
        tree = Wild(random, dialect).query()
        query = parse(Writer(random, dialect).query(tree), dialect)
        for printed in (to_text(query, dialect), format_text(query, dialect)):
            assert by_oracle(printed, dialect) == tree, printed


@both
def test_damaged_texts_are_read_alike(dialect: Dialect) -> None:
    accepted = 0
    for seed in range(DAMAGED):
        random = Random(seed)
        whole = (
            random.choice(TEXTS) if seed % 2 else Writer(random, dialect).query(Wild(random, dialect).query())
        )
        text = damaged(whole[:LONGEST], random)
        found = by_oracle(text, dialect)
        assert by_mig(text, dialect) == found, text
        accepted += found is not None
    # Among texts that are all refused, or all accepted, nothing would be compared.
    assert 0.05 < accepted / DAMAGED < 0.6
