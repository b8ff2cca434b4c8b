"""Both evaluators over the same worlds: the same members, for texts of either language as they stand."""

from random import Random

import pytest

from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect
from tests.oracle.reader import read
from tests.oracle.tally import TRIED
from tests.oracle.tame import TameRealTime
from tests.oracle.test_reading import ENTRIES
from tests.oracle.trial import expected, stored
from tests.oracle.world import random_world
from tests.oracle.writer import Writer

WORLDS = 250
EACH = 4


def test_real_time_queries_have_the_same_members() -> None:
    answered = 0
    for seed in range(WORLDS):
        random = Random(seed)
        world = random_world(random)
        with stored(world) as ask:
            for _ in range(EACH):
                text = Writer(random, "rtm").query(TameRealTime(random).query(depth=0))
                found, sought = ask(parse(text, Dialect.RTM)), expected(read(text, "rtm"), world)
                assert found is None or found == sought, (text, world)
                answered += found is not None
    TRIED["real-time queries evaluated"] += answered
    assert answered > 0.9 * WORLDS * EACH


@pytest.mark.parametrize("dialect", Dialect)
def test_corpus_queries_have_the_same_members(dialect: Dialect) -> None:
    """Most name tables of their own, and neither side answers; over the rest both must agree."""
    world = random_world(Random(7))
    answered = 0
    with stored(world) as ask:
        for entry in ENTRIES[dialect]:
            try:
                query = parse(entry["query"], dialect)
            except QueryError:
                continue
            sought = expected(read(entry["query"], dialect), world)
            if sought is not None:
                answered += 1
                assert ask(query) == sought, entry["id"]
    TRIED["corpus queries evaluated"] += answered
    assert answered
