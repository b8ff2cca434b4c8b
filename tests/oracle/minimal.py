"""Makes a failing example small: fewer operands, steps, conditions and rows, as long as it still fails."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.oracle.reader import Tree
from tests.oracle.world import World
from tests.oracle.writer import Writer


class Plain(Writer):
    """The one spelling without frills."""

    def __init__(self, dialect: str) -> None:
        super().__init__(Random(0), dialect)

    def blank(self) -> str:
        return ""

    def chance(self, share: float) -> bool:
        return False

    def word(self, word: str) -> str:
        return word

    def infix(self, left: str, operator: str, right: str) -> str:
        return f"{left} {operator} {right}"


def minimal(tree: Tree, world: World, fails: Callable[[str, World], bool]) -> tuple[str, World] | None:
    """The smallest example found, spelt plainly; None when it fails only in another spelling."""

    def failing(tree: Tree, world: World) -> bool:
        return fails(Plain("outbound").query(tree), world)

    if not failing(tree, world):
        return None
    while True:
        smaller_tree = next((one for one in _queries(tree) if failing(one, world)), None)
        tree = smaller_tree or tree
        smaller_world = next((one for one in _worlds(world) if failing(tree, one)), None)
        world = smaller_world or world
        if not smaller_tree and not smaller_world:
            return Plain("outbound").query(tree), world


def _worlds(world: World) -> Iterator[World]:
    for table, rows in world.rows.items():
        for shorter in _shorter(tuple(rows)):
            yield World({**world.rows, table: list(shorter)}, world.segments)
        for at, row in enumerate(rows):
            for column in list(row)[1:]:
                if row[column] is not None:
                    emptied = [*rows[:at], {**row, column: None}, *rows[at + 1 :]]
                    yield World({**world.rows, table: emptied}, world.segments)


def _shorter(items: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    return (items[:at] + items[at + 1 :] for at in range(len(items)))


def _replaced(items: tuple[Any, ...], smaller: Callable[[Any], Iterator[Any]]) -> Iterator[tuple[Any, ...]]:
    for at, item in enumerate(items):
        yield from ((*items[:at], one, *items[at + 1 :]) for one in smaller(item))


def _queries(query: Tree) -> Iterator[Tree]:
    _, first, terms = query
    yield from (("query", operand, ()) for _, operand in terms)
    yield from (("query", first, shorter) for shorter in _shorter(terms))
    yield from (("query", one, terms) for one in _operands(first))
    yield from (("query", first, one) for one in _replaced(terms, _terms))


def _terms(term: tuple[str, Tree]) -> Iterator[tuple[str, Tree]]:
    return ((term[0], operand) for operand in _operands(term[1]))


def _operands(operand: Tree) -> Iterator[Tree]:
    _, source, steps = operand
    if source[0] == "query":
        yield from (inner for inner in (source[1], *(one for _, one in source[2])) if not steps)
        yield from (("operand", one, steps) for one in _queries(source))
    yield from (("operand", source, shorter) for shorter in _shorter(steps))
    yield from (("operand", source, one) for one in _replaced(steps, _steps))


def _steps(step: Tree) -> Iterator[Tree]:
    return (("filter", one) for one in _conditions(step[1])) if step[0] == "filter" else iter(())


def _conditions(condition: Tree) -> Iterator[Tree]:
    word, *parts = condition
    if word in ("and", "or"):
        yield from parts[0]
        yield from ((word, shorter) for shorter in _shorter(parts[0]) if len(shorter) > 1)
        yield from ((word, one) for one in _replaced(parts[0], _conditions))
    elif word == "not":
        yield parts[0]
        yield from (("not", one) for one in _conditions(parts[0]))
