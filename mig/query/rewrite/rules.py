"""The rules of the translation as a table, and the notes one translation takes.

A status is that of the rows of reference/segment-queries.md C which a query used; the worst one counts.
*metadata* counts as rewritten, *none* as refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mig.model.findings import Finding, Severity
from mig.query.tree import Span


class Status(StrEnum):
    """How sure a translation is; ordered from best to worst."""

    EXACT = "exact"
    REWRITTEN = "rewritten"
    UNPROVEN = "unproven"
    REFUSED = "refused"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(Status).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Status(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Status(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Status(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Status(other).rank


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that changed the query, and why the members stay the same."""

    id: str
    why: str


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
    "segment-id": (Status.REWRITTEN, "the reference names the migrated segment by its id"),
    "segment-by-name": (Status.REWRITTEN, "the reference keeps its name until the migrated segment is known"),
    "inherited-form": (Status.UNPROVEN, "kept word for word: both languages inherit the form"),
}


@dataclass(slots=True)
class Notes:
    """What a translation did and met, in order."""

    rules: dict[str, AppliedRule] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    status: Status = Status.EXACT

    def apply(self, rule: str) -> None:
        """A rule was used."""
        status, why = RULES[rule]
        self.rules.setdefault(rule, AppliedRule(rule, why))
        self.status = max(self.status, status)

    def refuse(self, code: str, message: str, fix: str, span: Span) -> None:
        """A part that has no real-time form."""
        self.add(_finding(code, Severity.ERROR, message, fix, span))

    def warn(self, code: str, message: str, fix: str, span: Span) -> None:
        """A part to be looked at."""
        self.add(_finding(code, Severity.WARNING, message, fix, span))

    def inherited(self, what: str, span: Span) -> None:
        """A form that no public real-time query shows."""
        self.apply("inherited-form")
        fix = "let mig doctor --probe ask the service, or waive it after a check by hand"
        self.warn("QRY030", f"no public real-time query shows {what}; it is kept word for word", fix, span)

    def add(self, finding: Finding) -> None:
        """A finding; an error refuses the translation."""
        self.findings.append(finding)
        if finding.severity is Severity.ERROR:
            self.status = Status.REFUSED


def _finding(code: str, severity: Severity, message: str, fix: str, span: Span) -> Finding:
    return Finding(code=code, severity=severity, message=message, fix=fix, start=span.start, end=span.end)
