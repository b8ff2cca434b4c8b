"""A verification: for people and for machines."""

from typing import Any

from mig.report.page import Page
from mig.segments.verify import Comparison, Verdict, Verification

_STYLES = {Verdict.MATCH: "green", Verdict.DIFFERS: "red", Verdict.UNVERIFIED: "yellow"}


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
                "explained": [],
                "reason": comparison.reason or None,
            }
            for comparison in verification.comparisons
        ],
        "events": [],
        "drafts": verification.drafts,
        "not_taken_over": verification.not_taken_over,
        "blocked": verification.blocked,
    }


def verification_text(verification: Verification, *, width: int = 80, color: bool = False) -> str:
    """A line a segment. Persons appear as numbers."""
    page = Page(width, color)
    for comparison in verification.comparisons:
        page.wrapped(
            f"  {comparison.verdict:<10}  {comparison.address}  ",
            _told(comparison),
            style=_STYLES[comparison.verdict],
        )
    for count, told in (
        (verification.drafts, "copies are drafts; members can be compared once they are live"),
        (verification.not_taken_over, "copies are not taken over, so not compared; see `mig plan`"),
        (verification.blocked, "segments are flagged `publish`, but blocked; see `mig plan`"),
    ):
        if count:
            page.line(f"  {count} {told}")
    return str(page)


def _told(comparison: Comparison) -> str:
    if comparison.expected is None:
        return comparison.reason
    told = f"{comparison.actual} members"
    if comparison.missing or comparison.surplus:
        told += (
            f", {comparison.expected} expected: {comparison.missing} missing, {comparison.surplus} surplus"
        )
    return f"{told}; {comparison.reason}" if comparison.reason else told
