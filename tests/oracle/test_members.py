"""Both evaluators over the same worlds: the same members, for texts of either language as they stand."""

from random import Random

import pytest

from mig.query.parser import QueryError, parse
from mig.query.rewrite.inline import inline
from mig.query.tree import Dialect
from tests.oracle.minimal import Plain
from tests.oracle.reader import read
from tests.oracle.tally import TRIED
from tests.oracle.tame import Tame, TameRealTime
from tests.oracle.test_reading import ENTRIES
from tests.oracle.trial import expected, stored
from tests.oracle.world import World, random_world
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


def test_an_inlined_segment_has_the_members_it_had() -> None:
    """`inline` puts the query of a segment in the place of the reference to it."""
    for seed in range(WORLDS):
        random = Random(seed)
        world = random_world(random)
        inner, outer = Plain("outbound").query(Tame(random).query(depth=1)), Tame(random).query()
        members = expected(read(inner, "outbound"), world)
        text = Writer(random, "outbound").query(outer)
        lookup = {"s1": parse(inner)}
        with stored(world) as ask:
            found = ask(inline(parse(text), lookup.get))
        if members is None or found is None:
            continue
        evaluated = World(world.rows, {**world.segments, "s1": sorted(members)})
        # References inside the inner query mean the segments as they were.
        if "s1" not in inner and "s1" in text:
            TRIED["inlined queries"] += 1
            assert found == expected(read(text, "outbound"), evaluated), (inner, text)
    assert TRIED["inlined queries"] > 10
