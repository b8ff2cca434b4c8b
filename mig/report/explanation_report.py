"""What `mig query explain` and `mig query diff` tell: for people and for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mig.query.diff import Change
from mig.query.errors import QueryError
from mig.query.explain import Explanation
from mig.query.translate import Translation
from mig.report.page import Page, plain
from mig.report.query_report import add_translation, error_entry, translation_document


@dataclass(frozen=True, slots=True)
class Moved:
    """An outbound query before and after its translation, laid out for reading; refused, `after` is None."""

    before: str
    after: str | None
    translation: Translation


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
    found = translation_document(moved.translation)
    about = {name: found[name] for name in ("status", "rules", "findings")}
    return {"before": moved.before, "after": moved.after, **about}


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
    add_translation(page, moved.translation)


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
