"""Set expressions without parentheses.

Real-time samples join operands in a chain read left to right. These are the identities that turn a nested
expression into such a chain (reference/segment-queries.md C.2); where none applies there may be no chain at
all, and the expression is refused. Every identity speaks of membership alone, so it holds row by row.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Final

from mig.query.rewrite.rules import Notes
from mig.query.tree import (
    Condition,
    Filter,
    Operand,
    Profile,
    Query,
    SetOp,
    SetTerm,
    Span,
    all_of,
    any_of,
)

UNION, INTERSECT, EXCEPT = SetOp.UNION, SetOp.INTERSECT, SetOp.EXCEPT

_Term = tuple[SetOp, int]  # the operand by its number among those that differ

_MOST_ATOMS: Final = 8
"""More distinct operands are not decided by truth table; 2 to this power rows are computed."""

_IN_PARENTHESES: Final = frozenset({"inline-segment", "filter-as-operand"})
"""Rules that make chains; the operands on the left of what they add belong together."""

_NO_CHAIN_FIX: Final = (
    "make an outbound segment of the part in parentheses and refer to it by SEGMENT(…), "
    "or state the real-time query in the manifest"
)


def flatten(query: Query, notes: Notes) -> Query:
    """The query as a chain; what has none is refused in the notes and left out."""
    flat = _opened(query.first, notes)
    nested = isinstance(query.first.source, Query)
    for term in query.rest:
        nested = nested or isinstance(term.operand.source, Query)
        right = _opened(term.operand, notes)
        joined = _join(flat, term.op, right, query.span, notes)
        if joined is None:
            message = f"{term.op} with this part in parentheses has no form that reads left to right"
            notes.refuse("QRY022", message, _NO_CHAIN_FIX, term.operand.span)
        else:
            flat = joined
    ordered = _intersections_first(flat)
    if not nested and (ordered == flat or notes.first.keys().isdisjoint(_IN_PARENTHESES)):
        return flat  # a chain that was written as one stays as it is, whatever it is taken to mean
    notes.apply("flatten-sets", [query.span], [ordered])
    return ordered


def _opened(operand: Operand, notes: Notes) -> Query:
    return flatten(operand.source, notes) if isinstance(operand.source, Query) else Query(operand)


def _join(left: Query, op: SetOp, right: Query, span: Span, notes: Notes) -> Query | None:
    """`left op (right)` as a chain; among several, one that reads the same under SQL's precedence.

    Both are part of the query at `span`.
    """
    if not right.rest:
        return _chain(left, SetTerm(op, right.first))
    chains = list(_chains(left, op, right))
    if not chains:
        chains = [
            chain
            for one, other in ((left, merged(right)), (merged(left), right), (merged(left), merged(right)))
            if one and other
            for chain in _chains(one, op, other)
        ]
        if chains:
            notes.apply("merge-operands", [span], [_plainest(chains)])
    return _plainest(chains) if chains else None


def _plainest(chains: list[Query]) -> Query:
    return next(filter(reads_alike, chains), chains[0])


def _chains(left: Query, op: SetOp, right: Query) -> Iterator[Query]:
    if not right.rest:
        yield _chain(left, SetTerm(op, right.first))
        return
    for identity in _IDENTITIES[op]:
        if (found := identity(left, right)) is not None:
            yield found


# --- identities: X is the chain on the left, Y the one in parentheses on the right -------------------------


def union_each(left: Query, right: Query) -> Query | None:
    """X ∪ (B ∪ C) = X ∪ B ∪ C: union is associative."""
    return _chain(left, *_each(UNION, right)) if _only(right, UNION) else None


def union_turned(left: Query, right: Query) -> Query | None:
    """(A ∪ B) ∪ Y = Y ∪ A ∪ B: union is commutative, so the mixed side may come first."""
    return _chain(right, *_each(UNION, left)) if _only(left, UNION) else None


def intersect_each(left: Query, right: Query) -> Query | None:
    """X ∩ (B ∩ C ∖ D) = X ∩ B ∩ C ∖ D: the later terms only narrow, whatever they narrow."""
    if not _only(right, INTERSECT, EXCEPT):
        return None
    return _chain(left, SetTerm(INTERSECT, right.first), *right.rest)


def intersect_turned(left: Query, right: Query) -> Query | None:
    """(A ∩ B ∖ C) ∩ Y = Y ∩ A ∩ B ∖ C: as before, with the sides turned."""
    return intersect_each(right, left)


def except_each(left: Query, right: Query) -> Query | None:
    """X ∖ (B ∪ C) = X ∖ B ∖ C: in neither of them."""
    return _chain(left, *_each(EXCEPT, right)) if _only(right, UNION) else None


def except_except(left: Query, right: Query) -> Query | None:
    """A ∖ (B ∖ C ∖ D) = A ∖ B ∪ C ∪ D ∩ A: in A, and either not in B or in one of C, D.

    Needs A twice, so A must be one operand.
    """
    if left.rest or not _only(right, EXCEPT):
        return None
    back = [SetTerm(UNION, term.operand) for term in right.rest]
    return _chain(left, SetTerm(EXCEPT, right.first), *back, SetTerm(INTERSECT, left.first))


_Identity = Callable[[Query, Query], Query | None]
_IDENTITIES: Final[dict[SetOp, tuple[_Identity, ...]]] = {
    UNION: (union_each, union_turned),
    INTERSECT: (intersect_each, intersect_turned),
    EXCEPT: (except_each, except_except),
}


def merged(query: Query) -> Query | None:
    """Filters on one table as one filter: a union is their OR, an intersection their AND.

    Holds for base-only operands: both sides speak of the same row (C.1, point 5). EXCEPT is never folded into
    NOT, because a condition on an empty column may be neither true nor false.
    """
    first, *others = (query.first, *(term.operand for term in query.rest))
    if not _only(query, UNION, INTERSECT) or not all(_same_base(first, other) for other in (first, *others)):
        return None
    condition = _condition(first)
    for term in query.rest:
        other = _condition(term.operand)
        if term.op is UNION:
            condition = any_of((condition, other)) if condition and other else None
        else:
            condition = all_of((condition, other)) if condition and other else condition or other
    return Query(Operand(first.source, (Filter(condition),) if condition else (), span=query.span))


def _condition(operand: Operand) -> Condition | None:
    return next((step.condition for step in operand.steps if isinstance(step, Filter)), None)


def _same_base(one: Operand, other: Operand) -> bool:
    return (
        isinstance(other.source, Profile)
        and one.source == other.source
        and len(other.steps) <= 1
        and all(isinstance(step, Filter) for step in other.steps)
    )


# --- precedence ---------------------------------------------------------------------------------------------


def _intersections_first(query: Query) -> Query:
    """A ∖ B ∩ C = A ∩ C ∖ B: terms that only narrow may change places, up to the first UNION.

    With its INTERSECTs first, a chain reads the same left to right and under SQL's precedence (D-3).
    """
    narrowing = next((at for at, term in enumerate(query.rest) if term.op is UNION), len(query.rest))
    first = sorted(query.rest[:narrowing], key=lambda term: term.op is not INTERSECT)
    return Query(query.first, (*first, *query.rest[narrowing:]), span=query.span)


def reads_alike(query: Query) -> bool:
    """Whether the chain has the same members left to right as with INTERSECT binding tighter, as in SQL."""
    late = any(
        term.op is INTERSECT and before.op is not INTERSECT
        for before, term in zip(query.rest, query.rest[1:], strict=False)
    )
    if not late:
        return True
    atoms = {query.first: 0}
    terms = [(term.op, atoms.setdefault(term.operand, len(atoms))) for term in query.rest]
    rows = product((False, True), repeat=len(atoms))
    return len(atoms) <= _MOST_ATOMS and all(_left_to_right(terms, row) == _sql(terms, row) for row in rows)


def _left_to_right(terms: Sequence[_Term], row: Sequence[bool]) -> bool:
    member = row[0]
    for op, atom in terms:
        member = _apply(member, op, row[atom])
    return member


def _sql(terms: Sequence[_Term], row: Sequence[bool]) -> bool:
    pending = [(UNION, row[0])]
    for op, atom in terms:
        if op is INTERSECT:
            before, value = pending.pop()
            pending.append((before, value and row[atom]))
        else:
            pending.append((op, row[atom]))
    member = False
    for op, value in pending:
        member = _apply(member, op, value)
    return member


def _apply(left: bool, op: SetOp, right: bool) -> bool:
    if op is UNION:
        return left or right
    return left and (right if op is INTERSECT else not right)


# --- building -----------------------------------------------------------------------------------------------


def _chain(left: Query, *terms: SetTerm) -> Query:
    return Query(left.first, (*left.rest, *terms), span=left.span)


def _each(op: SetOp, query: Query) -> list[SetTerm]:
    return [SetTerm(op, query.first), *(SetTerm(op, term.operand) for term in query.rest)]


def _only(query: Query, *ops: SetOp) -> bool:
    return all(term.op in ops for term in query.rest)
