"""Forms of real-time queries that no public sample shows: an organisation's service may refuse any of them.

The words are those of the switch `refuse`; sources: segment-queries.md C, D-11, D-13.
"""

from collections.abc import Iterator
from typing import Final

from mig.model.tables import Schema
from mig.query.scope import Scope, scoped
from mig.query.tree import (
    Arithmetic,
    Compare,
    DateAdd,
    DateDiff,
    DateOf,
    Field,
    Filter,
    Match,
    Now,
    NullTest,
    Operand,
    Query,
    Relate,
    Span,
    Value,
)
from mig.query.walk import Predicate, hops, operands, parts, predicates, values

_PREFIXES: Final = frozenset({"STARTSWITH", "ENDSWITH"})

Form = tuple[str, Span]


def forms(query: Query, schema: Schema) -> Iterator[Form]:
    """The word of each such form in the query, and where it stands."""
    for operand in operands(query):
        yield from _of_operand(operand, schema)


def _of_operand(operand: Operand, schema: Schema) -> Iterator[Form]:
    between: set[str] = set()
    for step, scope in scoped(operand, schema):
        if isinstance(step, Relate):
            between.update(hop.alias.lower() for hop in hops(step) if hop.then)
            yield from _circular(step, scope)
        for predicate in predicates(step.condition) if isinstance(step, Filter) else ():
            yield from _of_predicate(predicate)
            yield from (("paths", field.span) for field in _fields(predicate) if _alias(field) in between)


def _circular(relate: Relate, scope: Scope) -> Iterator[Form]:
    """A path that comes back to a table it has been on."""
    seen = {scope.table}
    for hop in hops(relate):
        table = scope.aliases[hop.alias.lower()]
        if table in seen and table is not None:
            yield "circular", hop.span
        seen.add(table)


def _of_predicate(predicate: Predicate) -> Iterator[Form]:
    if isinstance(predicate, NullTest) and not predicate.present:
        yield "isnull", predicate.span
    elif isinstance(predicate, Match) and predicate.op in _PREFIXES:
        yield "prefixes", predicate.span
    elif isinstance(predicate, Compare) and _has_column(predicate.left) and _has_column(predicate.right):
        yield "columns", predicate.span
    for value in values(predicate):
        if isinstance(value, Now | DateDiff | DateAdd | DateOf):
            yield "dates", value.span
        elif isinstance(value, Arithmetic):
            yield "arithmetic", value.span


def _has_column(value: Value) -> bool:
    return isinstance(value, Field) or any(map(_has_column, parts(value)))


def _fields(predicate: Predicate) -> Iterator[Field]:
    return (value for value in values(predicate) if isinstance(value, Field))


def _alias(field: Field) -> str | None:
    return field.alias.lower() if field.alias else None
