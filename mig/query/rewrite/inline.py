"""A query with the queries of sub-segments in the place of the references to them."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from mig.query.rewrite.rules import Notes
from mig.query.tree import Node, Operand, Query, Segment, Span, chain


def inline(query: Query, inner: Callable[[str], Query | None], notes: Notes) -> Query:
    """`SEGMENT(n)` is the query of n in parentheses, for each n whose query `inner` gives.

    The members of `SEGMENT(n)` are those of n's query when n was last evaluated. Set operators, filters and
    paths ask an operand for its members alone, and aliases are local to an operand, so n's query in the place
    of the reference has these members too, as of now instead of then: that, and nothing else, is what changes
    (reference/segment-queries.md C). What is put in stands where the reference stood: its spans point there,
    and references inside it stay.
    """

    def placed(operand: Operand) -> Operand:
        source = operand.source
        if isinstance(source, Query):
            return replace(operand, source=inline(source, inner, notes))
        found = inner(source.name) if isinstance(source, Segment) else None
        if found is None:
            return operand
        whole: Query = _standing_at(source.span, found)
        notes.apply("inline-segment", [source.span], [whole])
        return whole.first if not operand.steps and not whole.rest else replace(operand, source=whole)

    rest = [replace(term, operand=placed(term.operand)) for term in query.rest]
    return chain(placed(query.first), rest, query.span)


def _standing_at(span: Span, node: Any) -> Any:
    """A tree all of which stands in one place."""
    if isinstance(node, tuple):
        return tuple(_standing_at(span, item) for item in node)
    if not isinstance(node, Node):
        return node
    inner = {one.name: _standing_at(span, getattr(node, one.name)) for one in fields(node)}
    return replace(node, **inner | {"span": span})
