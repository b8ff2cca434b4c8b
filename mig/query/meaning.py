"""Whether two real-time queries mean the same, as far as their form tells.

Equal after names are lower-cased, neighbouring filters merged, and the order of ANDs and ORs forgotten.
Never claims equality that the form does not show.
"""

from dataclasses import fields, replace
from typing import Any

from mig.query.parser import QueryError, parse
from mig.query.printer import to_text
from mig.query.tree import (
    And,
    Condition,
    Dialect,
    Field,
    Filter,
    Node,
    Not,
    Operand,
    Or,
    Profile,
    Query,
    Relate,
    Segment,
    SetTerm,
    Step,
    all_of,
)

_NAMES: dict[type[Node], tuple[str, ...]] = {
    Field: ("name", "alias"),
    Profile: ("table", "alias"),
    Relate: ("alias",),
    Segment: ("name",),
}


def same_meaning(one: str, other: str) -> bool:
    """Compare two real-time texts; texts that do not parse are the same only when they are equal."""
    if one == other:
        return True
    try:
        return _normal_text(one) == _normal_text(other)
    except QueryError:
        return False


def _normal_text(text: str) -> str:
    return to_text(normal(_lowered(parse(text, Dialect.RTM))), Dialect.RTM)


def _lowered(node: Any) -> Any:
    """A node with the names of its tables, columns and aliases in lower case."""
    if isinstance(node, tuple):
        return tuple(map(_lowered, node))
    if not isinstance(node, Node):
        return node
    changed = {one.name: _lowered(getattr(node, one.name)) for one in fields(node)}
    for name in _NAMES.get(type(node), ()):
        changed[name] = changed[name] and changed[name].lower()
    return replace(node, **changed)


def normal(query: Query) -> Query:
    """The query in a form that equal queries share."""
    return Query(
        _operand(query.first),
        tuple(SetTerm(term.op, _operand(term.operand)) for term in query.rest),
    )


def _operand(operand: Operand) -> Operand:
    source = operand.source
    if isinstance(source, Query):
        source = normal(source)
    steps: list[Step] = []
    for step in operand.steps:
        last = steps[-1] if steps else None
        if isinstance(step, Filter) and isinstance(last, Filter):
            steps[-1] = Filter(_condition(all_of((last.condition, step.condition))))
        else:
            steps.append(Filter(_condition(step.condition)) if isinstance(step, Filter) else step)
    return Operand(source, tuple(steps))


def _condition(condition: Condition) -> Condition:
    match condition:
        case And(items):
            return And(_sorted(items))
        case Or(items):
            return Or(_sorted(items))
        case Not(item):
            return Not(_condition(item))
    return condition


def _sorted(items: tuple[Condition, ...]) -> tuple[Condition, ...]:
    return tuple(sorted((_condition(item) for item in items), key=repr))
