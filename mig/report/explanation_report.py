"""What `mig query explain` and `mig query diff` tell: for people and for machines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mig.query.diff import Change
from mig.query.errors import QueryError
from mig.query.explain import Explanation
from mig.query.pieces import Piece
from mig.query.translate import Translation
from mig.report.findings_text import add_finding
from mig.report.page import Page, plain
from mig.report.query_report import error_entry, finding_entry
from mig.report.shortening import shortened

_LINE: Final = 68
"""Columns beside the labels."""

_PIECE: Final = 3 * _LINE
"""Characters shown of what a rule changed."""

_STEP: Final = re.compile(r"\)\.(?=[A-Za-z]+\()")


@dataclass(frozen=True, slots=True)
class Moved:
    """An outbound query before and after its translation, laid out for reading; refused, `after` is None.

    `pieces` are what each rule of the translation did.
    """

    before: str
    after: str | None
    translation: Translation
    pieces: tuple[Piece, ...]


def explanation_document(
    found: Explanation | None, moved: Moved | None, error: QueryError | None = None
) -> dict[str, Any]:
    """As `schemas/query-explanation.schema.json` describes it."""
    return {
        "format_version": 1,
        "parses": error is None,
        "words": list(found.words) if found else [],
        "tree": list(found.tree) if found else [],
        "notes": list(found.notes) if found else [],
        "translation": _translation(moved) if moved else None,
        "errors": [] if error is None else [error_entry(error)],
    }


def _translation(moved: Moved) -> dict[str, Any]:
    return {
        "before": moved.before,
        "after": moved.after,
        "status": str(moved.translation.status),
        "rules": [_rule(piece) for piece in moved.pieces],
        "findings": [finding_entry(finding) for finding in moved.translation.findings],
    }


def _rule(piece: Piece) -> dict[str, Any]:
    rule = piece.rule
    about = {"id": rule.id, "why": rule.why, "times": rule.times}
    return {**about, "before": piece.before, "after": piece.after}


def explanation_text(found: Explanation, moved: Moved | None) -> str:
    """The words, the drawing, and what becomes of an outbound query."""
    page = Page()
    for line in found.words:
        said = line.lstrip(" -")
        page.wrapped(line[: len(line) - len(said)], said)
    page.line()
    for line in found.tree:
        page.line(line)
    if found.notes:
        page.line()
    for note in found.notes:
        page.wrapped("note: ", note)
    if moved:
        _add_moved(page, moved)
    return str(page)


def _add_moved(page: Page, moved: Moved) -> None:
    for title, text in (("before", moved.before), ("after", moved.after or "nothing: it is refused")):
        page.line()
        page.line(f"{title}:")
        for line in text.splitlines():
            page.line(f"  {plain(line)}")
    page.line()
    page.line(f"status: {moved.translation.status}")
    for piece in moved.pieces:
        _add_piece(page, piece)
    for finding in moved.translation.findings:
        add_finding(page, finding)


def _add_piece(page: Page, piece: Piece) -> None:
    """A rule, and below it the query before and after its first use; one line for what was only kept."""
    rule = piece.rule
    often = f" ({rule.times} times)" if rule.times > 1 else ""
    page.wrapped(f"  {rule.id}{often}  ", rule.why)
    before, after = map(_breakable, shortened(piece.before, piece.after or "", _PIECE))
    if before == after:
        page.wrapped("    kept    ", before)
    else:
        page.wrapped("    before  ", before)
        page.wrapped("    after   ", after or "nothing: it is left out")


def _breakable(text: str) -> str:
    """A query that takes several lines may go on with a step on the next one, as in `format`."""
    return text if len(text) <= _LINE else _STEP.sub(r") .", text)


def diff_document(
    changes: Sequence[Change] | None, errors: Mapping[str, QueryError] | None = None
) -> dict[str, Any]:
    """As `schemas/query-diff.schema.json` describes it; `errors` are by the query they are in."""
    return {
        "format_version": 1,
        "same": None if changes is None else not changes,
        "changes": [_change(change) for change in changes or ()],
        "errors": [{"query": name, **error_entry(error)} for name, error in (errors or {}).items()],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "where": change.where or None,
        "before": change.before,
        "after": change.after,
        "text": str(change),
    }


def diff_text(changes: Sequence[Change]) -> str:
    """A line a change."""
    return "\n".join(map(str, changes)) or "The two mean the same."
