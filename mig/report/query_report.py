"""What `mig query` tells: for people and for machines."""

from typing import Any

from mig.model.findings import Finding
from mig.model.tables import bundled_schema
from mig.query.analysis import analyse
from mig.query.errors import QueryError
from mig.query.evaluate import NotEvaluated
from mig.query.translate import Translation
from mig.query.tree import Query, Span
from mig.report.findings_text import add_finding
from mig.report.page import Page

_NOTHING: dict[str, Any] = {
    "base": None,
    "member_table": None,
    "kind": None,
    "behavioral": None,
    "traversal_from_other_table": None,
    "depth": None,
    "references": [],
    "tables": [],
    "columns": [],
    "relationships": [],
    "ids": [],
}


def check_document(found: Query | QueryError) -> dict[str, Any]:
    """As `schemas/query-check.schema.json` describes it."""
    if isinstance(found, QueryError):
        return {"format_version": 1, "parses": False, **_NOTHING, "errors": [error_entry(found)]}
    return {"format_version": 1, "parses": True, **_facts(found), "errors": []}


def _facts(query: Query) -> dict[str, Any]:
    found = analyse(query, bundled_schema())
    return {
        name: list(value) if isinstance(value := getattr(found, name), tuple) else value for name in _NOTHING
    }


def error_entry(error: QueryError) -> dict[str, Any]:
    """One error, as all schemas of `mig query` have it."""
    return {
        "line": error.line,
        "column": error.column,
        "message": error.message,
        "expected": list(error.expected),
    }


def check_text(found: Query | QueryError) -> str:
    """The same in words."""
    if isinstance(found, QueryError):
        return pointed(found)
    shown = {name: value for name, value in _facts(found).items() if value not in (None, [], False)}
    lines = [
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in shown.items()
    ]
    return "\n".join(["The query parses.", *lines])


def pointed(error: QueryError) -> str:
    """The message, the line it is about, and a mark under the place."""
    return _marked(error.message, error.text, error.span)


def unevaluated(error: NotEvaluated, text: str) -> str:
    """The same of a query that is read and not evaluated, and what to do about it."""
    marked = _marked(f"{error.message} [QRY034]", text, error.span)
    return f"{marked}\nCorrect what is marked, or leave it out: a sandbox cannot tell who it means."


def _marked(message: str, text: str, span: Span) -> str:
    number, column = span.line_in(text), span.column_in(text)
    lines = text.splitlines() or [""]
    line = lines[min(number, len(lines)) - 1]
    start = max(column - 50, 0)
    mark = " " * (column - 1 - start) + "^"
    return f"{number}:{column}: {message}\n  {line[start : start + 76]}\n  {mark}"


def format_document(text: str | None, error: QueryError | None = None) -> dict[str, Any]:
    """As `schemas/query-format.schema.json` describes it."""
    errors = [] if error is None else [error_entry(error)]
    return {"format_version": 1, "parses": error is None, "text": text, "errors": errors}


def translation_document(translation: Translation) -> dict[str, Any]:
    """As `schemas/query-translation.schema.json` describes it."""
    return {
        "format_version": 1,
        "status": str(translation.status),
        "text": translation.text,
        "rules": [{"id": rule.id, "why": rule.why} for rule in translation.rules],
        "findings": [finding_entry(finding) for finding in translation.findings],
    }


def untranslated_document(error: QueryError) -> dict[str, Any]:
    """The same, of a text that is no query."""
    finding = {
        "code": error.code,
        "severity": "error",
        "message": str(error),
        "start": error.span.start,
        "end": error.span.end,
        "fix": None,
    }
    return {"format_version": 1, "status": "refused", "text": None, "rules": [], "findings": [finding]}


def finding_entry(finding: Finding) -> dict[str, Any]:
    """One finding, by its place in the outbound text."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "start": finding.start,
        "end": finding.end,
        "fix": finding.fix or None,
    }


def translation_text(translation: Translation) -> str:
    """The translated query, the rules that made it, and what was found."""
    page = Page()
    if translation.text is not None:
        page.line(translation.text)
        page.line()
    page.line(f"status: {translation.status}")
    for rule in translation.rules:
        page.wrapped(f"  {rule.id}  ", rule.why)
    for finding in translation.findings:
        add_finding(page, finding)
    return str(page)
