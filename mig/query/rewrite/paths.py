"""Paths and relations, outbound to real-time: `PROFILE(t).FILTER(…).RELATE(…).FILTER(…)`.

A path is written from its end: the table of the members first, what the path came from as relations of it.
Always RELATE for a path, never RELATEOPTIONAL, which also lets through who has no related row. Base
conditions stand first and unqualified, each RELATE is followed at once by one FILTER on its own aliases: the
only forms that public real-time queries show (reference/segment-queries.md B.2).
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from mig.model.tables import Schema
from mig.query.pattern import Node, Pattern
from mig.query.rewrite.conditions import Conditions
from mig.query.rewrite.rules import Notes
from mig.query.rewrite.unproven import Unproven
from mig.query.tree import (
    NOWHERE,
    Condition,
    Field,
    Filter,
    NullTest,
    Operand,
    Profile,
    Relate,
    Span,
    Step,
    all_of,
)
from mig.query.walk import predicates

AUDIENCES: Final = frozenset({"contact", "lead"})
_MOST_HOPS: Final = 5
"""Relations reach up to five tables away: reference/segment-queries.md B.1."""

_OWN_QUERY: Final = "state the real-time query in the manifest"
_AFTERWARDS: Final = "compare the members after the segment was published"


@dataclass(slots=True)
class Writer:
    """Writes one pattern as a real-time operand; `numbers` counts the relations to each leaf table."""

    pattern: Pattern
    schema: Schema
    notes: Notes
    numbers: Counter[str] = field(default_factory=Counter)

    def operand(self, span: Span) -> Operand:
        """The operand: base table, base conditions, relations."""
        root = self.pattern.root
        node = self.pattern.nodes[root]
        if node.alias and node.table:
            self.notes.apply("drop-alias", [node.span], [Profile(node.table)])
        steps: list[Step] = []
        if base := self.conditions(root, None):
            steps.append(Filter(all_of(base, span), span=span))
        for child in self.pattern.children(root):
            steps += self.relation(child)
        return Operand(Profile(node.table, span=node.span), tuple(steps), span=span)

    def conditions(self, at: int, alias: str | None) -> list[Condition]:
        """FILTERs in a row on one node are one: each must hold for the same row."""
        stated = self.pattern.conditions.get(at, ())
        if len(stated) > 1:
            self.notes.apply("merge-filters", [span_of(one) for one in stated], [all_of(stated)])
        rewrite = Conditions(self.pattern.nodes[at].alias, alias, self.pattern.aliases, self.notes).rewrite
        return [rewrite(condition) for condition in stated]

    # --- relations ----------------------------------------------------------------------------------------

    def relation(self, at: int) -> list[Step]:
        """One relation of the base table, with its FILTER; empty when it changes nothing or is refused.

        Each relation is a variable of its own: two over one relationship may be met by different rows, and
        are never merged; conditions on one node stay together, as they must be met by the same row.
        """
        chain = self.chain(at)
        nodes = [self.pattern.nodes[one] for one in chain]
        aliases = self.aliases(nodes)
        stated = [
            condition
            for one in sorted(chain)
            for condition in self.conditions(one, aliases[chain.index(one)])
        ]
        if not stated and nodes[0].optional:
            self.notes.apply("drop-optional", self.hops(chain))
            return []
        if not self.accepted(nodes):
            return []
        relate = _nested(nodes, aliases)
        self.remark(chain, relate)
        if stated:
            return [relate, Filter(all_of(stated))]
        anyone = Filter(self.anyone(nodes[-1], aliases[-1]))
        self.notes.apply("any-related-row", self.hops(chain), [relate, anyone])
        return [relate, anyone]

    def hops(self, chain: list[int]) -> list[Span]:
        """The steps that lead along a chain, as they stand in the text: TRAVERSE leads on to the parent."""
        nodes = self.pattern.nodes
        steps = [parent if (parent := nodes[one].parent or 0) > one else one for one in chain]
        return [nodes[step].span for step in sorted(steps)]

    def chain(self, at: int) -> list[int]:
        """The hops of a relation, outermost first; a RELATE nests one other, so there is no second branch."""
        chain = [at]
        while below := self.pattern.children(chain[-1]):
            for branch in below[1:]:
                message = "a related row with two relations of its own; real-time relations do not branch"
                self.notes.refuse("QRY021", message, _OWN_QUERY, self.pattern.nodes[branch].span)
            chain.append(below[0])
        return chain

    def aliases(self, nodes: list[Node]) -> list[str]:
        """`<leaf>_<n>` for the first hop, `<leaf>_<n>__1` for the one inside it, and so on (B.2)."""
        leaf = nodes[-1].table
        self.numbers[leaf] += 1
        return [f"{leaf}_{self.numbers[leaf]}" + "__1" * depth for depth in range(len(nodes))]

    def accepted(self, nodes: list[Node]) -> bool:
        """Whether real-time relations reach this; what has no link was refused when the path was read."""
        if len(nodes) > _MOST_HOPS:
            message = f"the path goes over {len(nodes)} tables; real-time relations reach {_MOST_HOPS}"
        elif len({node.optional for node in nodes}) > 1:
            message = "a path that goes on from a RELATEOPTIONAL: what it means is not public"
        else:
            return all(node.link for node in nodes)
        self.notes.refuse("QRY021", message, _OWN_QUERY, nodes[-1].span)
        return False

    def remark(self, chain: list[int], relate: Relate) -> None:
        """The rules that a relation uses.

        For `PROFILE(e).FILTER(x).TRAVERSE(r).FILTER(y)` a member c has y, and there is an e with x, linked to
        c by r. For `PROFILE(c).FILTER(y).RELATE(r', e_1).FILTER(e_1.x)` a member c has y, and there is an e
        with x, linked to c by r'. With r' the same lookup these are one sentence: also if no e has x, if c
        has several e, if it has none, and if x or y accept empty columns (C.1). A longer chain stays under
        one "there is", hence one nested RELATE: in operands joined by INTERSECT, different rows could meet
        its parts. Nodes that TRAVERSE left stand before the root, those of RELATE on the root after it.
        """
        hops = self.hops(chain)
        root, *nodes = [self.pattern.nodes[one] for one in (self.pattern.root, *chain)]
        if chain[0] < self.pattern.root:
            self.notes.apply("reverse-path", [nodes[-1].span, *hops], [Profile(root.table), relate])
        if len(chain) > 1:
            self.notes.apply("nest-relations", hops, [relate])
            self.between(chain)
        self.notes.apply("relationship-name", hops, [relate])
        tables = [root.table, *(node.table for node in nodes)]
        if len(set(tables)) < len(tables):
            what = f"a path that comes back to the table {max(tables, key=tables.count)}"
            self.notes.unproven("circular-path", Unproven.CIRCULAR, what, nodes[-1].span, relate)

    def between(self, chain: list[int]) -> None:
        """Whether a FILTER may name any but the last alias of a nested RELATE is not public (D-11)."""
        for one in chain[:-1]:
            for condition in self.pattern.conditions.get(one, ()):
                what = "a condition on a table in the middle of a path"
                span = span_of(condition)
                self.notes.unproven("intermediate-condition", Unproven.PATHS, what, span, condition)

    def anyone(self, node: Node, alias: str) -> Condition:
        """In public samples each RELATE has its FILTER; the primary id of a row is never empty."""
        return NullTest(Field(self.schema[node.table].primary_id, alias), present=True)


def keep_relation(step: Relate, notes: Notes) -> None:
    """No public outbound grammar has RELATE; it is taken to mean what it means in real-time queries (D-2)."""
    notes.apply("keep-relation", [step.span], [step])
    word = "RELATEOPTIONAL" if step.optional else "RELATE"
    message = f"{word} in an outbound query is taken to mean what it means in real-time queries"
    notes.warn("QRY036", message, _AFTERWARDS, step.span)


def check_end(pattern: Pattern, notes: Notes) -> None:
    """The members are the rows a path ends on, whatever it starts from (C.3, trap 1)."""
    node = pattern.nodes[pattern.root]
    if node.table and node.table not in AUDIENCES:
        message = f"the path ends on {node.table}; real-time segments hold contacts or leads"
        notes.refuse("QRY021", message, "lead the path on to contacts, or rebuild the segment", node.span)


def span_of(condition: Condition) -> Span:
    """Where a condition stands; that of its parts when it was put together."""
    if condition.span != NOWHERE:
        return condition.span
    spans = [predicate.span for predicate in predicates(condition) if predicate.span != NOWHERE]
    return Span(min(s.start for s in spans), max(s.end for s in spans)) if spans else NOWHERE


def _nested(nodes: list[Node], aliases: list[str]) -> Relate:
    node, *inner = nodes
    then = _nested(inner, aliases[1:]) if inner else None
    name = node.link.relationship.name if node.link else ""
    return Relate(name, aliases[0], node.optional, then, span=node.span)
