"""Going through a tree: operands, conditions, predicates and values, in the order of the text."""

from collections.abc import Iterator, Sequence
from typing import Final

from mig.query.tree import (
    And,
    Arithmetic,
    Bool,
    Compare,
    Condition,
    DateAdd,
    DateDiff,
    DateOf,
    Field,
    Filter,
    Having,
    In,
    Match,
    Negative,
    Not,
    NullTest,
    Number,
    Operand,
    Or,
    OrderBy,
    Query,
    Relate,
    Select,
    Step,
    Text,
    Traverse,
    Value,
)

Predicate = Compare | NullTest | Match | In

# Named, as to put types together takes longer than to ask for them, and walking asks for them all the time.
_JUNCTION: Final = (And, Or)
_LEAF: Final = (Field, Text, Number, Bool)


def operands(query: Query) -> Iterator[Operand]:
    """All operands; one in parentheses comes after those inside it."""
    for operand in (query.first, *(term.operand for term in query.rest)):
        if isinstance(operand.source, Query):
            yield from operands(operand.source)
        yield operand


def conditions(step: Step) -> tuple[Condition, ...]:
    """The conditions a step states: those of FILTER and of the edges of TRAVERSE."""
    if isinstance(step, Filter):
        return (step.condition,)
    return step.edges if isinstance(step, Traverse) else ()


def predicates(condition: Condition) -> Sequence[Predicate]:
    """The leaves of a condition."""
    if isinstance(condition, _JUNCTION):
        return [leaf for item in condition.items for leaf in predicates(item)]
    return predicates(condition.item) if isinstance(condition, Not) else (condition,)


def height(condition: Condition) -> int:
    """Levels above the predicates: one for each list of AND or OR, one for each NOT."""
    if isinstance(condition, _JUNCTION):
        return 1 + max(map(height, condition.items))
    return 1 + height(condition.item) if isinstance(condition, Not) else 0


def values(predicate: Predicate) -> Sequence[Value]:
    """All values of a predicate, those inside others too."""
    if isinstance(predicate, Compare):
        roots: tuple[Value, ...] = (predicate.left, predicate.right)
    elif isinstance(predicate, In):
        roots = (predicate.value, *predicate.items)
    elif isinstance(predicate, Match):
        roots = (predicate.field, predicate.text)
    else:
        roots = (predicate.field,)
    return _with_parts(roots)


def _with_parts(roots: tuple[Value, ...]) -> Sequence[Value]:
    """Values, each before those inside it."""
    found: list[Value] = []
    for root in roots:
        found.append(root)
        if not isinstance(root, _LEAF):
            found += _with_parts(parts(root))
    return found


def parts(value: Value) -> tuple[Value, ...]:
    """The values directly inside a value."""
    if isinstance(value, Arithmetic):
        return (value.first, *(item for _, item in value.rest))
    if isinstance(value, Negative):
        return (value.value,)
    if isinstance(value, DateDiff):
        return (value.start, value.stop)
    if isinstance(value, DateAdd):
        return (value.amount, value.date)
    return value.parts if isinstance(value, DateOf) else ()


def fields(step: Step) -> Iterator[Field]:
    """All columns a step names."""
    for condition in conditions(step):
        for predicate in predicates(condition):
            yield from (value for value in values(predicate) if isinstance(value, Field))
    if isinstance(step, Having) and step.column:
        yield step.column
    elif isinstance(step, OrderBy):
        yield from (field for field, _ in step.fields)
    elif isinstance(step, Select):
        yield from step.fields


def hops(relate: Relate) -> Iterator[Relate]:
    """A relation and those nested in it, outermost first."""
    hop: Relate | None = relate
    while hop:
        yield hop
        hop = hop.then
