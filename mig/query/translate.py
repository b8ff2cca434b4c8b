"""Outbound query to real-time query, with the rules used and what stands against it.

Translates what is known to mean the same, keeps word for word what only seems to, and refuses the rest with
the part at fault. Never corrects a query that looks wrong: the migrated segment must have the old members.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mig.model.findings import Finding
from mig.model.tables import Schema
from mig.query.printer import to_text
from mig.query.rewrite.inline import inline
from mig.query.rewrite.operands import Operands
from mig.query.rewrite.rules import AppliedRule, Notes, Status
from mig.query.rewrite.sets import flatten, reads_alike
from mig.query.tree import Dialect, Query

__all__ = ["AppliedRule", "Status", "Translation", "keep_references", "translate"]


@dataclass(frozen=True, slots=True)
class Translation:
    """What came of a query: `query` and its `text` are None when it was refused.

    `outbound` is what was translated: the outbound query, with what was put in the place of references.
    `rules` are those that changed the query, in order, each once; `findings` point into the outbound text.
    """

    status: Status
    outbound: Query
    query: Query | None
    text: str | None
    rules: tuple[AppliedRule, ...]
    findings: tuple[Finding, ...]


def keep_references(name: str) -> Query | None:
    """No reference gives way to the query behind it."""
    return None


def translate(
    query: Query,
    schema: Schema,
    resolve: Callable[[str], str | None],
    inner: Callable[[str], Query | None] = keep_references,
) -> Translation:
    """Translate an outbound query.

    `resolve` gives the id of the migrated segment (32 hex digits) for the name in `SEGMENT(name)`, or None
    when it is not known; then the reference keeps its name, and a warning says so. `inner` gives the outbound
    query to put in the place of the reference, or None where the reference is to stay.
    """
    notes = Notes()
    whole = inline(query, inner, notes)
    flat = flatten(Operands(schema, resolve, notes).query(whole), notes)
    if not reads_alike(flat):
        message = "INTERSECT after UNION or EXCEPT is read left to right; SQL would bind it tighter"
        notes.warn("QRY032", message, "compare the members after the segment was published", query.span)
    translated = None if notes.status is Status.REFUSED else flat
    return Translation(
        status=notes.status,
        outbound=whole,
        query=translated,
        text=to_text(translated, Dialect.RTM) if translated else None,
        rules=notes.rules,
        findings=tuple(notes.findings),
    )
