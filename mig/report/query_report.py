"""What `mig query` tells: for people and for machines."""

from typing import Any

from mig.model.tables import bundled_schema
from mig.query.analysis import analyse
from mig.query.errors import QueryError
from mig.query.translate import Translation
from mig.query.tree import Query
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


def check_document(query: Query | None, error: QueryError | None) -> dict[str, Any]:
    """As `schemas/query-check.schema.json` describes it."""
    errors = [] if error is None else [_error(error)]
    return {"format_version": 1, "parses": query is not None, **_facts(query), "errors": errors}


def _facts(query: Query | None) -> dict[str, Any]:
    if query is None:
        return _NOTHING
    found = analyse(query, bundled_schema())
    return {
        name: list(value) if isinstance(value := getattr(found, name), tuple) else value for name in _NOTHING
    }


def _error(error: QueryError) -> dict[str, Any]:
    return {
        "line": error.line,
        "column": error.column,
        "message": error.message,
        "expected": list(error.expected),
    }


def check_text(query: Query | None, error: QueryError | None, source: str) -> str:
    """The same in words."""
    if error is not None:
        return pointed(error, source)
    facts = _facts(query)
    shown = {name: value for name, value in facts.items() if value not in (None, [], False)}
    lines = [
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in shown.items()
    ]
    return "\n".join(["The query parses.", *lines])


def pointed(error: QueryError, source: str) -> str:
    """The message, the line it is about, and a mark under the place."""
    lines = source.splitlines() or [""]
    line = lines[min(error.line, len(lines)) - 1]
    start = max(error.column - 50, 0)
    mark = " " * (error.column - 1 - start) + "^"
    return f"{error.line}:{error.column}: {error.message}\n  {line[start : start + 76]}\n  {mark}"


def translation_document(translation: Translation) -> dict[str, Any]:
    """As `schemas/query-translation.schema.json` describes it."""
    return {
        "format_version": 1,
        "status": str(translation.status),
        "text": translation.text,
        "rules": [{"id": rule.id, "why": rule.why} for rule in translation.rules],
        "findings": [
            {
                "code": finding.code,
                "severity": str(finding.severity),
                "message": finding.message,
                "start": finding.start,
                "end": finding.end,
                "fix": finding.fix or None,
            }
            for finding in translation.findings
        ],
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
