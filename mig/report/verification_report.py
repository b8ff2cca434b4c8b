"""A verification: for people and for machines."""

from collections.abc import Iterator, Sequence
from typing import Any

from mig.report.findings_text import add_finding
from mig.report.page import Page
from mig.report.plan_json import finding_document
from mig.segments.differences import Reason
from mig.segments.verification import Comparison, Verdict, Verification

_DAY = 86_400
_STYLES = {Verdict.MATCH: "green", Verdict.DIFFERS: "red", Verdict.UNVERIFIED: "yellow"}
_REASONS = {
    Reason.NOT_REFRESHED: "changed since the last refresh",
    Reason.CHANGED_SINCE: "changed since the evidence was taken",
    Reason.DELETED: "deleted",
    Reason.INACTIVE: "inactive",
    Reason.BUSINESS_UNIT: "outside the business unit",
    Reason.SHARED_ADDRESS: "sharing an address",
}


def verification_document(verification: Verification) -> dict[str, Any]:
    """As `schemas/verification.schema.json` describes it; `evidence_age` is in seconds."""
    return {
        "format_version": 1,
        "outcome": str(verification.verdict),
        "segments": [
            {
                "address": str(comparison.address),
                "outcome": str(comparison.verdict),
                "evidence": comparison.evidence,
                "evidence_age": comparison.evidence_age,
                "expected": comparison.expected,
                "actual": comparison.actual,
                "missing": comparison.missing,
                "surplus": comparison.surplus,
                "explained": _explained(comparison),
                "reason": comparison.reason or None,
            }
            for comparison in verification.comparisons
        ],
        "events": [],
        "findings": [finding_document(finding) for finding in verification.findings],
        "drafts": verification.drafts,
        "not_taken_over": verification.not_taken_over,
        "blocked": verification.blocked,
    }


def verification_text(verification: Verification, *, width: int = 80, color: bool = False) -> str:
    """A line a segment, then what they were compared with. Persons appear as numbers."""
    page = Page(width, color)
    for comparison in verification.comparisons:
        page.wrapped(
            f"  {comparison.verdict:<10}  {comparison.address}  ",
            _told(comparison),
            style=_STYLES[comparison.verdict],
        )
    if any(comparison.missing or comparison.surplus for comparison in verification.comparisons):
        page.line("  `mig verify --ids FILE` lists by id who is missing or surplus")
    for evidence, ages in verification.evidence.items():
        page.wrapped("  compared with ", f"{evidence}{_aged(ages)}: {_counted(len(ages), 'segment')}")
    for count, told in (
        (verification.drafts, "copies are drafts; members can be compared once they are live"),
        (verification.not_taken_over, "copies are not taken over, so not compared; see `mig plan`"),
        (verification.blocked, "segments are flagged `publish`, but blocked; see `mig plan`"),
    ):
        if count:
            page.line(f"  {count} {told}")
    for finding in verification.findings:
        add_finding(page, finding)
    return str(page)


def difference_lines(verification: Verification) -> Iterator[str]:
    """CSV with every difference by id: address, id, missing or surplus, and what explains it."""
    yield "address,id,difference,explained\n"
    for comparison in verification.comparisons:
        if comparison.differences is not None:
            for word, found in comparison.differences.by_word:
                for row_id, reason in sorted(found.items()):
                    yield f"{comparison.address},{row_id},{word},{reason or ''}\n"


def _aged(ages: Sequence[int]) -> str:
    """How old evidence is that was not taken today; of one name, some may be older than others."""
    days = {age // _DAY for age in ages}
    if days == {0}:
        return ""
    told = f"{_counted(max(days), 'day')} old"
    return f", up to {told}" if len(days) > 1 else f", {told}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count > 1 else ''}"


def _explained(comparison: Comparison) -> list[dict[str, Any]]:
    found = comparison.differences.explained if comparison.differences else {}
    return [
        {"reason": str(reason), "missing": missing, "surplus": surplus}
        for reason, (missing, surplus) in found.items()
    ]


def _told(comparison: Comparison) -> str:
    if comparison.expected is None:
        return comparison.reason
    parts = [f"{comparison.actual} members"]
    if comparison.missing or comparison.surplus:
        parts[0] += (
            f", {comparison.expected} expected: {comparison.missing} missing, {comparison.surplus} surplus"
        )
    explained = comparison.differences.explained if comparison.differences else {}
    if explained:
        told = ", ".join(f"{sum(counts)} {_REASONS[reason]}" for reason, counts in explained.items())
        parts.append(f"explained: {told}")
    if comparison.reason:
        parts.append(comparison.reason)
    return "; ".join(parts)
