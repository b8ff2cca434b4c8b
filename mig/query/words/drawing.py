"""A query drawn as a tree: its text, part by part, as it is nested."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mig.query.printer import node_text, to_text
from mig.query.tree import And, Condition, Dialect, Filter, Not, Operand, Or, Query, Step, Traverse
from mig.query.words.phrases import visible

WIDTH: Final = 80
"""Columns of a drawing."""

_DEEPEST: Final = 12
"""Levels that are drawn; what lies deeper is shown as text, so that it keeps a readable width."""


@dataclass(frozen=True, slots=True)
class Twig:
    """A part of the text, and the parts inside it."""

    text: str
    inside: tuple["Twig", ...] = ()

    def lines(self, head: str = "", rest: str = "") -> Iterator[str]:
        """The drawing; `head` stands before the first line, `rest` before the others."""
        for number, piece in enumerate(_pieces(visible(self.text), WIDTH - max(len(head), len(rest) + 3))):
            below = f"{rest}{'│  ' if self.inside else '   '}"
            yield (below if number else head) + piece
        for twig in self.inside[:-1]:
            yield from twig.lines(f"{rest}├─ ", f"{rest}│  ")
        for twig in self.inside[-1:]:
            yield from twig.lines(f"{rest}└─ ", f"{rest}   ")


def drawn(query: Query, dialect: Dialect) -> tuple[str, ...]:
    """The lines of the drawing, at most `WIDTH` columns each."""
    return tuple(line.rstrip() for line in _Artist(dialect).query(query, _DEEPEST).lines())


@dataclass(frozen=True, slots=True)
class _Artist:
    """One method a kind of node; `depth` is how many levels may still be drawn."""

    dialect: Dialect

    def query(self, query: Query, depth: int) -> Twig:
        """Operands from top to bottom, as they are read."""
        if not query.rest:
            return self.operand(query.first, depth)
        if not depth:
            return Twig(to_text(query, self.dialect))
        first = self.operand(query.first, depth - 1)
        rest = [_led(term.op, self.operand(term.operand, depth - 1)) for term in query.rest]
        return Twig("from top to bottom", (first, *rest))

    def operand(self, operand: Operand, depth: int) -> Twig:
        """What it starts from, and its steps."""
        if not depth:
            return Twig(to_text(Query(operand), self.dialect))
        steps = tuple(self.step(step, depth - 1) for step in operand.steps)
        if isinstance(operand.source, Query):
            group = self.query(operand.source, depth - 1)
            return Twig("parentheses", (group, *steps)) if steps else group
        return Twig(node_text(operand.source, self.dialect), steps)

    def step(self, step: Step, depth: int) -> Twig:
        """A step; the conditions of FILTER and TRAVERSE hang below it."""
        if depth and isinstance(step, Filter):
            return _led("FILTER", self.condition(step.condition, depth - 1))
        if depth and isinstance(step, Traverse) and step.edges:
            edges = tuple(_led("FILTER", self.condition(edge, depth - 1)) for edge in step.edges)
            return Twig(node_text(Traverse(step.relationship, step.alias), self.dialect), edges)
        return Twig(node_text(step, self.dialect))

    def condition(self, condition: Condition, depth: int) -> Twig:
        """AND and OR as the words they mean."""
        if depth and isinstance(condition, And | Or):
            word = "all of" if isinstance(condition, And) else "any of"
            return Twig(word, tuple(self.condition(item, depth - 1) for item in condition.items))
        if depth and isinstance(condition, Not):
            return _led("NOT", self.condition(condition.item, depth - 1))
        return Twig(node_text(condition, self.dialect))


def _led(word: str, twig: Twig) -> Twig:
    return Twig(f"{word} {twig.text}", twig.inside)


def _pieces(text: str, width: int) -> Iterator[str]:
    """A text cut at blanks where there are any; not one character is lost."""
    while len(text) > width:
        cut = text.rfind(" ", 0, width) + 1 or width
        yield text[:cut]
        text = text[cut:]
    yield text
