"""Findings for people: code and sentence, where, what was found, what to do."""

from collections.abc import Iterable
from typing import Final

from mig.model.findings import Finding, Severity
from mig.report.page import Page

_LONGEST: Final = 1000  # characters of a message; what a file holds may be of any length
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def add_finding(page: Page, finding: Finding, *, indent: int = 0, with_address: bool = True) -> None:
    """One finding, with its line of the file where it has one."""
    label = f"{finding.severity}[{finding.code}] "
    about = f"{finding.address}: " if finding.address and with_address else ""
    page.wrapped(
        label, _cut(about + finding.message, _LONGEST), indent=indent, style=_COLORS[finding.severity]
    )
    if finding.place:
        page.wrapped(f"{finding.place}   ", _quoted(finding.place.text), indent=indent + 2, style="dim")
    if finding.found:
        page.wrapped("found  ", _cut(finding.found, _LONGEST), indent=indent + 2)
    if finding.waived:
        page.wrapped("waived ", _cut(finding.waived, _LONGEST), indent=indent + 2)
    if finding.fix:
        page.wrapped("fix    ", finding.fix, indent=indent + 2)


def findings_text(findings: Iterable[Finding], *, width: int = 80, color: bool = False) -> str:
    """All of them, in the order given."""
    page = Page(width, color)
    for finding in findings:
        add_finding(page, finding)
    return str(page)


def _quoted(line: str) -> str:
    return _cut(line.strip(), 60)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
