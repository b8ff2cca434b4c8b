"""The proof on data: outbound queries over small worlds, their members before and after translation.

Made once a run, with a fixed budget; the tests of the rules and those of the mutations look at the same
cases.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from random import Random

import yaml

from mig.query.parser import parse
from mig.query.tree import Query
from tests.oracle.minimal import minimal
from tests.oracle.reader import Tree
from tests.oracle.tally import TRIED
from tests.oracle.tame import Tame
from tests.oracle.trial import Trial, stored, tried
from tests.oracle.world import World, random_world
from tests.oracle.writer import Writer

WORLDS = 1_000
EACH = 5


@dataclass(frozen=True)
class Case:
    """A query, who its members are, and what it was translated to; None when it was refused."""

    text: str
    query: Query
    world: World
    expected: set[str] | None
    translation: str | None


@dataclass
class Proof:
    """What the cases came to: complaints are minimal examples in the form of failures.yaml."""

    cases: list[Case] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    not_evaluated: int = 0
    refused: int = 0
    with_members: int = 0


@cache
def proof() -> Proof:
    """All cases, tried."""
    made = Proof()
    for seed in range(WORLDS):
        random = Random(seed)
        world = random_world(random)
        with stored(world) as ask:
            for _ in range(EACH):
                tree = Tame(random).query()
                text = Writer(random, "outbound").query(tree)
                trial = tried(text, world, ask)
                _count(made, text, world, trial)
                if trial.complaint and len(made.complaints) < 3:
                    made.complaints.append(_example(text, tree, world, trial))
    TRIED["worlds"] += WORLDS
    TRIED["queries over them"] += len(made.cases)
    TRIED["translations compared"] += made.compared
    TRIED["queries refused"] += made.refused
    TRIED["queries not evaluated"] += made.not_evaluated
    return made


def _count(made: Proof, text: str, world: World, trial: Trial) -> None:
    translation = trial.translation
    translated = translation.text if translation else None
    made.cases.append(Case(text, parse(text), world, trial.expected, translated))
    if translated is None:
        made.refused += 1
    made.not_evaluated += trial.expected is None or trial.found is None
    if translation and translated is not None and trial.expected is not None:
        made.compared += 1
        made.with_members += bool(trial.expected)
        made.rules.update(rule.id for rule in translation.rules)


def _example(text: str, tree: Tree, world: World, trial: Trial) -> str:
    def fails(text: str, world: World) -> bool:
        with stored(world) as ask:
            return bool(tried(text, world, ask).complaint)

    text, world = minimal(tree, world, fails) or (text, world)
    with stored(world) as ask:
        again = tried(text, world, ask)
    rows = {table: found for table, found in world.rows.items() if found}
    entry = {"id": "…", "text": text, "world": {**rows, "segments": world.segments}}
    shown = again.translation.text if again.translation else None
    complaint = again.complaint or trial.complaint
    return f"{complaint}\n  became {shown}\n{yaml.safe_dump([entry], allow_unicode=True)}"
