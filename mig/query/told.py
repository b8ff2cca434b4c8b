"""What is told of a part of a query."""

from mig.model.findings import Finding, Severity
from mig.query.tree import Span


def finding_at(span: Span, code: str, message: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
    """A finding that points at a part of the text."""
    return Finding(code=code, severity=severity, message=message, fix=fix, start=span.start, end=span.end)
