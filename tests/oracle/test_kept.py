"""Examples that failed once, made small and kept as data: they must not fail again.

An entry with `known` still fails, and says why; it must go on failing until it is mended and unmarked.
"""

from pathlib import Path
from typing import Any

import pytest

from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect
from tests.data import load
from tests.oracle.convert import converted
from tests.oracle.reader import Refused, read
from tests.oracle.tally import TRIED
from tests.oracle.trial import stored, tried
from tests.oracle.world import TABLES, World, key_of

FAILURES = Path(__file__).parents[1] / "cases" / "oracle" / "failures.yaml"
KEPT = load(FAILURES)


def world_of(stated: dict[str, Any]) -> World:
    """A world of the rows stated; what is left out is empty."""
    rows = {
        table: [
            {column: row.get(column) for column in columns} | {key_of(table): row[key_of(table)]}
            for row in stated.get(table, [])
        ]
        for table, columns in TABLES.items()
    }
    return World(rows, stated.get("segments", {}))


def complaint(case: dict[str, Any]) -> str:
    """What is wrong with a case; empty when all agree."""
    text, dialect = case["text"], Dialect(case.get("dialect", "outbound"))
    if "world" in case:
        world = world_of(case["world"])
        with stored(world) as ask:
            return tried(text, world, ask).complaint
    try:
        ours = converted(parse(text, dialect))
    except QueryError:
        ours = ("refused",)
    try:
        theirs = read(text, dialect)
    except Refused:
        theirs = ("refused",)
    return "" if ours == theirs else f"mig: {ours}, oracle: {theirs}"


@pytest.mark.parametrize("case", KEPT, ids=[case["id"] for case in KEPT])
def test_kept(case: dict[str, Any]) -> None:
    TRIED["kept examples"] += 1
    assert bool(complaint(case)) is ("known" in case), complaint(case)
