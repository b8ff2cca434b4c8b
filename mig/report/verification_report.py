"""A verification: for people and for machines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding, Severity
from mig.report.findings_text import add_finding
from mig.report.page import Page
from mig.report.plan_json import finding_document
from mig.report.reconciliation_report import EVENT_COLUMNS, NO_EVENT, add_events, event_document, event_lines
from mig.report.verified import Verified
from mig.segments.differences import Reason
from mig.segments.verification import Comparison, Verdict

_DAY = 86_400
_STYLES = {Verdict.MATCH: "green", Verdict.DIFFERS: "red", Verdict.UNVERIFIED: "yellow"}
_LEFT_ASIDE = {
    "drafts": (
        "copy is a draft; members can be compared once it is live",
        "copies are drafts; members can be compared once they are live",
    ),
    "not_taken_over": (
        "copy is not taken over, so not compared; see `mig plan`",
        "copies are not taken over, so not compared; see `mig plan`",
    ),
    "blocked": (
        "segment is flagged `publish`, but blocked; see `mig plan`",
        "segments are flagged `publish`, but blocked; see `mig plan`",
    ),
    "not_moved": ("event is not moved yet; see `mig plan`", "events are not moved yet; see `mig plan`"),
}
_REASONS = {
    Reason.NOT_REFRESHED: "changed since the last refresh",
    Reason.CHANGED_SINCE: "changed since the evidence was taken",
    Reason.DELETED: "deleted",
    Reason.INACTIVE: "inactive",
    Reason.BUSINESS_UNIT: "outside the business unit",
    Reason.SHARED_ADDRESS: "sharing an address",
}


def verification_document(verified: Verified) -> dict[str, Any]:
    """As `schemas/verification.schema.json` describes it; `evidence_age` is in seconds."""
    verification = verified.members
    return {
        "format_version": 1,
        "outcome": str(verified.verdict),
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
        "events": [event_document(event) for event in verified.events],
        "findings": [finding_document(finding) for finding in verified.findings],
        "drafts": verification.drafts,
        "not_taken_over": verification.not_taken_over,
        "blocked": verification.blocked,
        "not_moved": verified.moved.not_moved,
        "told": verified.outcome.sentence,
    }


def verification_text(
    document: Mapping[str, Any], findings: Iterable[Finding], *, width: int = 80, color: bool = False
) -> str:
    """A line a segment, then what they were compared with; then events, check by check. Persons are numbers.

    `findings` are those of the document, with their places where these are known.
    """
    page = Page(width, color)
    segments = document["segments"]
    for segment in segments:
        page.wrapped(
            f"  {segment['outcome']:<10}  {segment['address']}  ",
            _told(segment),
            style=_STYLES[Verdict(segment["outcome"])],
        )
    add_events(page, document["events"])
    if any(segment["missing"] or segment["surplus"] for segment in segments) or any(
        check["counts"].get("differing") for event in document["events"] for check in event["checks"].values()
    ):
        page.line("  `mig verify --ids FILE` lists by id who is missing or surplus")
    for told, ages in _compared(segments).items():
        page.wrapped("  compared with ", f"{told}{_aged(ages)}: {counted(len(ages), 'segment')}")
    for key, (one, several) in _LEFT_ASIDE.items():
        if document.get(key):
            page.line(f"  {counted(document[key], one, several)}")
    for finding in findings:
        add_finding(page, finding)
    return str(page)


def difference_lines(verified: Verified) -> Iterator[str]:
    """CSV with every difference by id; a row of an event has its check, table and copy, and whose it is."""
    yield f"address,id,difference,explained,{EVENT_COLUMNS}\n"
    for comparison in verified.members.comparisons:
        if comparison.differences is not None:
            for word, found in comparison.differences.by_word:
                for row_id, reason in sorted(found.items()):
                    yield f"{comparison.address},{row_id},{word},{reason or ''}{NO_EVENT}\n"
    for event in verified.events:
        yield from event_lines(event)


def _compared(segments: Iterable[Mapping[str, Any]]) -> Mapping[str, Sequence[int]]:
    """How old each evidence was, in seconds, for each segment compared with it."""
    found: dict[str, list[int]] = {}
    for segment in segments:
        if segment["evidence"] is not None:
            found.setdefault(segment["evidence"], []).append(segment["evidence_age"] or 0)
    return found


def _aged(ages: Sequence[int]) -> str:
    """How old evidence is that was not taken today; of one name, some may be older than others."""
    days = {age // _DAY for age in ages}
    if days == {0}:
        return ""
    told = f"{counted(max(days), 'day')} old"
    return f", up to {told}" if len(days) > 1 else f", {told}"


def _explained(comparison: Comparison) -> list[dict[str, Any]]:
    found = comparison.differences.explained if comparison.differences else {}
    return [
        {"reason": str(reason), "missing": missing, "surplus": surplus}
        for reason, (missing, surplus) in found.items()
    ]


def _told(segment: Mapping[str, Any]) -> str:
    reason = segment.get("reason") or ""
    if segment["expected"] is None:
        return reason
    missing, surplus = segment["missing"], segment["surplus"]
    parts = [counted(segment["actual"], "member")]
    if missing or surplus:
        parts[0] += f", {segment['expected']:,} expected: {missing:,} missing, {surplus:,} surplus"
    if segment["explained"]:
        told = ", ".join(
            f"{one['missing'] + one['surplus']:,} {_REASONS[Reason(one['reason'])]}"
            for one in segment["explained"]
        )
        parts.append(f"explained: {told}")
    return "; ".join([*parts, reason] if reason else parts)


def told_findings(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with the evidence, as a document tells it: without the lines of the manifest."""
    return (
        Finding(
            code=found["code"],
            severity=Severity(found["severity"]),
            message=found["message"],
            fix=found.get("fix") or "",
            found=found.get("found") or "",
            address=Address.parse(found["address"]) if found.get("address") else None,
        )
        for found in document.get("findings", ())
    )
