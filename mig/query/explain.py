"""A query in plain words: who is in the segment, a drawing of the text, and what nobody can say for sure."""

from collections.abc import Iterator
from dataclasses import dataclass

from mig.model.tables import Schema
from mig.query.audience import read
from mig.query.tree import And, Compare, Condition, DateDiff, Dialect, Not, Now, Or, Query, Traverse
from mig.query.walk import conditions, operands, predicates, values
from mig.query.words.drawing import drawn
from mig.query.words.outline import Outline
from mig.query.words.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Explanation:
    """Three times lines; those of the tree have at most 80 columns, those of words and notes any length."""

    words: tuple[str, ...]
    tree: tuple[str, ...]
    notes: tuple[str, ...]


def explain(query: Query, schema: Schema, dialect: Dialect = Dialect.OUTBOUND) -> Explanation:
    """Tell a query; choices get their labels, and relationships their columns, from the metadata."""
    audience = read(query, schema)
    first, *rest = Outline(Phrases(schema, (audience,))).sets(audience).lines()
    words = (first[:1].upper() + first[1:], *rest)
    return Explanation(words, drawn(query, dialect), tuple(_notes(query)))


def _notes(query: Query) -> Iterator[str]:
    """What the words leave open, and the open questions of reference/segment-queries.md D."""
    steps = [step for operand in operands(query) for step in operand.steps]
    stated = [condition for step in steps for condition in conditions(step)]
    if any(map(_is_negative, stated)):
        yield "whether 'is not' and 'not' also hold where the column is empty is not public (D-7)"
    if any(isinstance(step, Traverse) and step.edges for step in steps):
        yield "whether a filter inside TRAVERSE speaks of the link or of its target is not public (D-6)"
    used = {type(value) for item in stated for leaf in predicates(item) for value in values(leaf)}
    if DateDiff in used:
        yield "a number of days (months, …) counts the ends of days (months, …) between the two moments"
    if Now in used:
        yield "'now' is the moment of each evaluation, in UTC"


def _is_negative(condition: Condition) -> bool:
    match condition:
        case And(items) | Or(items):
            return any(map(_is_negative, items))
        case Compare(op=op):
            return op == "!="
    return isinstance(condition, Not)
