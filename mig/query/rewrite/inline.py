"""A query with the queries of its sub-segments in it, where references may not go so deep.

Real-time segments nest one level (reference/segment-queries.md B.1, D-10). In `SEGMENT(n)` members are those
of n as last evaluated; inlined, they are those of now. A segment that was just evaluated has the same members
either way: that, and nothing else, is what inlining changes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from mig.query.tree import Node, Operand, Query, Segment, Span, chain

_DEEPEST: Final = 16
_MOST: Final = 200


def inline(query: Query, lookup: Callable[[str], Query | None]) -> Query:
    """The query with each `SEGMENT(name)` that `lookup` knows replaced by that query, in parentheses.

    So is what those refer to. Spans inside are that of the reference: they point into this query's text. A
    reference stays where it would lead round in a circle, deeper than 16 levels, or after 200 replacements.
    """
    return _Inliner(lookup).query(query, ())


@dataclass(slots=True)
class _Inliner:
    lookup: Callable[[str], Query | None]
    left: int = _MOST

    def query(self, query: Query, path: tuple[str, ...]) -> Query:
        first = self.operand(query.first, path)
        rest = [replace(term, operand=self.operand(term.operand, path)) for term in query.rest]
        return chain(first, rest, query.span)

    def operand(self, operand: Operand, path: tuple[str, ...]) -> Operand:
        source = operand.source
        if isinstance(source, Query):
            return replace(operand, source=self.query(source, path))
        name = source.name.lower() if isinstance(source, Segment) else ""
        if not name or name in path or len(path) == _DEEPEST or not self.left:
            return operand
        inner = self.lookup(source.name) if isinstance(source, Segment) else None
        if inner is None:
            return operand
        self.left -= 1
        found = self.query(_placed(inner, source.span), (*path, name))
        if not operand.steps and not found.rest:
            return found.first
        return replace(operand, source=found)


def _placed(node: Any, span: Span) -> Any:
    """A tree all of which stands in one place."""
    if isinstance(node, tuple) and not isinstance(node, Span):
        return tuple(_placed(item, span) for item in node)
    if not isinstance(node, Node):
        return node
    inner = {one.name: _placed(getattr(node, one.name), span) for one in fields(node) if one.name != "span"}
    return replace(node, **inner, span=span)
