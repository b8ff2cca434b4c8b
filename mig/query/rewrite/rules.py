"""The rules of the translation as a table, and the notes one translation takes.

A status is that of the rows of reference/segment-queries.md C which a query used; the worst one counts.
*metadata* counts as rewritten, *none* as refused.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from mig.model.findings import Finding, Severity
from mig.query.rewrite.unproven import Unproven
from mig.query.told import finding_at
from mig.query.tree import Node, Span


class Status(StrEnum):
    """How sure a translation is; ordered from best to worst."""

    EXACT = "exact"
    REWRITTEN = "rewritten"
    UNPROVEN = "unproven"
    REFUSED = "refused"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return _FROM_BEST.index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Status(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Status(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Status(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Status(other).rank


_FROM_BEST: Final = tuple(Status)


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that changed the query, and why the members stay the same.

    It was applied so many `times`. The first time it turned the parts of the outbound text at `spans` into
    `after`: one node, or a source and steps in a row; empty when the part was left out.
    """

    id: str
    why: str
    spans: tuple[Span, ...]
    after: tuple[Node, ...]
    times: int = 1


RULES: Final[Mapping[str, tuple[Status, str]]] = {
    "drop-alias": (Status.EXACT, "the alias names the operand's own table, whose columns need none"),
    "lower-case-names": (Status.EXACT, "names of tables and columns compare in lower case"),
    "lower-case-booleans": (Status.EXACT, "True and False are spelled in lower case"),
    "single-quotes": (Status.EXACT, "the same string in the only quotes real-time queries take"),
    "merge-filters": (Status.EXACT, "filters in a row all hold for one row, as do conditions joined by &&"),
    "swap-sides": (Status.EXACT, "the comparison is read from the other side, with the operator turned"),
    "list-brackets": (Status.EXACT, "the same list in brackets"),
    "drop-distinct": (Status.EXACT, "a set of members has no repetitions"),
    "drop-listing": (Status.REWRITTEN, "order and columns of a listing do not change who is listed"),
    "date-literal": (Status.REWRITTEN, "DATE(…) of constants is this date"),
    "infix-operators": (Status.REWRITTEN, "a set method takes the chain on its left as its left operand"),
    "flatten-sets": (Status.REWRITTEN, "a chain without parentheses has the same members by set identities"),
    "merge-operands": (Status.REWRITTEN, "of filters on one table, a union is their OR, an intersection AND"),
    "filter-as-operand": (Status.REWRITTEN, "to filter members is to intersect them with that filter"),
    "reverse-path": (Status.REWRITTEN, "who a path leads to is who is related to a row where it starts"),
    "relationship-name": (Status.REWRITTEN, "the same lookup, by its schema name; aliases are local names"),
    "nest-relations": (Status.REWRITTEN, "one chain of linked rows, as relations inside each other"),
    "any-related-row": (Status.REWRITTEN, "the id of a row is never empty, so any related row will do"),
    "move-filter": (Status.REWRITTEN, "the filter stands with the row that its alias names"),
    "split-or": (
        Status.REWRITTEN,
        "rows of which one or the other holds are the union of those with one and those with the other",
    ),
    "keep-relation": (Status.REWRITTEN, "RELATE is read as the real-time word of the same name"),
    "drop-optional": (Status.REWRITTEN, "RELATEOPTIONAL without a condition keeps every row"),
    "inline-segment": (
        Status.REWRITTEN,
        "the segment's query has the members of the segment: those of now, not of its last evaluation",
    ),
    "segment-id": (Status.REWRITTEN, "the reference names the migrated segment by its id"),
    "segment-by-name": (Status.REWRITTEN, "the reference keeps its name until the migrated segment is known"),
    "inherited-form": (Status.UNPROVEN, "kept word for word: both languages inherit the form"),
    "intermediate-condition": (
        Status.UNPROVEN,
        "the same chain of rows meets the same conditions; one of them is in its middle",
    ),
    "circular-path": (Status.UNPROVEN, "the same chain of rows, which comes back to a table it was on"),
}


@dataclass(slots=True)
class Notes:
    """What a translation did and met, in order, each once."""

    first: dict[str, AppliedRule] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    findings: dict[Finding, None] = field(default_factory=dict)
    status: Status = Status.EXACT

    def apply(self, rule: str, spans: Sequence[Span], after: Sequence[Node] = ()) -> None:
        """A rule was used: what stands at `spans` became `after`, by this rule alone where that can be told.

        Rules on a whole operand or query show it as it was written, with what the other rules did inside.
        """
        self.times[rule] += 1
        if rule not in self.first:
            status, why = RULES[rule]
            self.first[rule] = AppliedRule(rule, why, tuple(spans), tuple(after))
            self.status = max(self.status, status)

    @property
    def rules(self) -> tuple[AppliedRule, ...]:
        """The rules in the order of their first use."""
        return tuple(
            AppliedRule(one.id, one.why, one.spans, one.after, self.times[one.id])
            for one in self.first.values()
        )

    def refuse(self, code: str, message: str, fix: str, span: Span) -> None:
        """A part that has no real-time form."""
        self.add(finding_at(span, code, message, fix))

    def warn(self, code: str, message: str, fix: str, span: Span) -> None:
        """A part to be looked at."""
        self.add(finding_at(span, code, message, fix, Severity.WARNING))

    def inherited(self, form: Unproven, what: str, node: Node) -> None:
        """A form of the language that no public real-time query shows."""
        self.unproven("inherited-form", form, f"{what}; it is kept word for word", node.span, node)

    def unproven(self, rule: str, form: Unproven, what: str, span: Span, after: Node) -> None:
        """Right on paper, but no public real-time query shows it."""
        self.apply(rule, [span], [after])
        message = f"no public real-time query shows {what}"
        fix = "let mig doctor --probe ask the service; what it accepts can be waived after a check by hand"
        self.add(replace(finding_at(span, "QRY030", message, fix, Severity.WARNING), form=form))

    def add(self, finding: Finding) -> None:
        """A finding; an error refuses the translation."""
        self.findings[finding] = None
        if finding.severity is Severity.ERROR:
            self.status = Status.REFUSED
