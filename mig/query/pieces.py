"""What each rule of a translation did: the first piece of the query that it changed, before and after."""

from dataclasses import dataclass
from itertools import pairwise

from mig.query.printer import node_text
from mig.query.rewrite.rules import AppliedRule
from mig.query.tree import Dialect


@dataclass(frozen=True, slots=True)
class Piece:
    """The first of the `times` a rule was used.

    `before` is as it stands in the outbound text, with `…` between parts that are not side by side; `after`
    is real-time spelling, None when the rule left the piece out, and `before` when it was kept as it is.
    """

    rule: AppliedRule
    before: str
    after: str | None


def piece(text: str, rule: AppliedRule) -> Piece:
    """What a rule did to the query that was read from the text."""
    first = rule.spans[0]
    before = text[first.start : first.end]
    for last, span in pairwise(rule.spans):
        beside = text[last.end : span.start].strip() == "."
        before += ("." if beside else " … ") + text[span.start : span.end]
    after = ".".join([node_text(node, Dialect.RTM) for node in rule.after])
    return Piece(rule, before, after or None)
