"""The events of a verification: for people and for machines. Persons are numbers, and ids in a file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mig.events.reconciliation import Check, Differing, Grade, Reconciled
from mig.events.verification import EventComparison
from mig.report.page import Page

_WORDS: Final = {
    Reconciled.CLEAN: "clean",
    Reconciled.FIXABLE: "fixable",
    Reconciled.UNVERIFIED: "unverified",
    Reconciled.NEEDS_PERSON: "by hand",
}
_STYLES: Final = {
    Reconciled.CLEAN: "green",
    Reconciled.FIXABLE: "red",
    Reconciled.UNVERIFIED: "yellow",
    Reconciled.NEEDS_PERSON: "red",
}
_GRADES: Final = {
    Grade.OK: "ok",
    Grade.NOTED: "noted",
    Grade.FIXABLE: "fixable",
    Grade.UNVERIFIED: "unverified",
    Grade.NEEDS_PERSON: "by hand",
}

EVENT_COLUMNS: Final = "check,table,copy,registration,columns"
NO_EVENT: Final = "," * len(EVENT_COLUMNS.split(","))


def event_document(event: EventComparison) -> dict[str, Any]:
    """One event as `schemas/verification.schema.json` describes it."""
    found = event.reconciliation
    source, target = found.registrations if found else (None, None)
    return {
        "address": str(event.address),
        "outcome": str(event.outcome),
        "reason": event.reason or None,
        "expected": source,
        "actual": target,
        "checks": {check.name: _check_document(check) for check in found.checks} if found else {},
    }


def _check_document(check: Check) -> dict[str, Any]:
    return {
        "outcome": str(check.grade),
        "told": check.told,
        "code": check.code,
        "fix": check.fix or None,
        "waived": check.waived or None,
        "counts": dict(check.counts),
        "rows": [{"what": one.what, "source": one.source, "target": one.target} for one in check.tallies],
    }


def add_events(page: Page, events: Iterable[Mapping[str, Any]]) -> None:
    """A line an event, then one for each check that has something to say."""
    for event in events:
        outcome = Reconciled(event["outcome"])
        told = event["reason"] or f"{event['actual']:,} registrations, {event['expected']:,} in the source"
        page.wrapped(f"  {_WORDS[outcome]:<10}  {event['address']}  ", told, style=_STYLES[outcome])
        for name, check in event["checks"].items():
            if check["outcome"] != Grade.OK:
                grade = "waived" if check["waived"] else _GRADES[Grade(check["outcome"])]
                page.wrapped(f"{name:<3}  {grade:<10}  ", _told(check), indent=4)
        fine = [name for name, check in event["checks"].items() if check["outcome"] == Grade.OK]
        if fine:
            page.wrapped("ok   ", ", ".join(fine), indent=4)


def _told(check: Mapping[str, Any]) -> str:
    told = f"{check['told']} [{check['code']}]"
    then = check["waived"] or check["fix"]
    return f"{told}: {then}" if then else told


def event_lines(event: EventComparison) -> Iterator[str]:
    """A line of CSV for each row that differs: its id, or that of a row which only the target has."""
    if event.reconciliation is None:
        return
    for check, one in event.reconciliation.differing:
        yield ",".join((str(event.address), *_cells(check, one))) + "\n"


def _cells(check: Check, one: Differing) -> Iterator[str]:
    yield one.source or one.target or ""
    yield str(one.what)
    yield str(one.explained or "")
    yield check.name
    yield one.table
    yield (one.target if one.source else None) or ""
    yield one.of or ""
    yield " ".join(one.columns)
