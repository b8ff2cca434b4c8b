"""Reconciliation as a table: tests/cases/reconciliation.yaml."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from mig.events.both import Both
from mig.events.ids import copy_id
from mig.events.reconcile import reconcile
from mig.events.reconciliation import Reconciled, Reconciliation
from mig.events.repair import Repair, Way, decide
from mig.events.rows import Belonging, PublishStatus
from mig.manifest.model import Amount, Waiver
from mig.model.address import Address
from mig.model.findings import Place
from tests.data import load
from tests.events.made import (
    STARTED,
    Whole,
    a_registration,
    an_attendance,
    both,
    by_job,
    copied,
    repaired,
    without,
)
from tests.support import CASES

ADDRESS = Address("event", "spring")
TABLE: Mapping[str, Mapping[str, Any]] = load(CASES / "reconciliation.yaml")["cases"]
SHORT = {
    "session": "msevtmgt_session",
    "r": "msevtmgt_eventregistration",
    "s": "msevtmgt_sessionregistration",
    "p": "msevtmgt_attendeepass",
    "a": "msevtmgt_registrationresponse",
    "w": "msevtmgt_waitlistitem",
}
NAMES = [f"C{number}" for number in range(1, 14)]


def reconciled(case: Mapping[str, Any]) -> tuple[Whole, Whole, Reconciliation]:
    """Both sides of a case, and what came of comparing them."""
    plain = an_attendance([a_registration(number) for number in range(6)], case.get("waiting", 0))
    source = edited(plain, case.get("source", ()), plain)
    whole = by_job(source, **case["by"]) if "by" in case else copied(source, waiting=True)
    lost = [whole.registrations[place].id for place in case.get("lost", ())]
    target = edited(without(whole, lost), case.get("target", ()), source)
    if case.get("live"):
        target = replace(target, event=replace(target.event, publish_status=PublishStatus.LIVE))
    return source, target, compared(case, both(source, target))


def compared(case: Mapping[str, Any], sides: Both) -> Reconciliation:
    """As the case wants them compared, and with what it waives."""
    found = reconcile(
        sides,
        started=case.get("started", STARTED),
        recreates=case.get("recreates", False),
        approved=case.get("approved", False),
        settings=case.get("settings", 0),
    )
    waivers = [Waiver(code, ADDRESS, "looked at", Place("mig.yaml", 1, 1)) for code in case.get("waive", ())]
    return found.accepting(waivers, ADDRESS)


def edited(side: Whole, edits: Sequence[Mapping[str, Any]], source: Whole) -> Whole:
    for edit in edits:
        side = _edited(side, edit, source)
    return side


def _edited(side: Whole, edit: Mapping[str, Any], source: Whole) -> Whole:
    if "event" in edit:
        return replace(side, event=replace(side.event, **edit["event"]))
    if "labels" in edit:
        return replace(side, status_labels=edit["labels"])
    if "of" not in edit:
        return replace(side, **edit)
    rows = list(getattr(side, edit["of"]))
    set_to = {key: _value(key, value, side, source) for key, value in edit.get("set", {}).items()}
    if "drop" in edit:
        del rows[edit["drop"]]
    elif "again" in edit:
        rows.append(_with(rows[edit["again"]], set_to))
    elif "all" in edit:
        rows = [_with(row, set_to) for row in rows]
    else:
        rows[edit["at"]] = _with(rows[edit["at"]], set_to)
    return replace(side, **{edit["of"]: tuple(rows)})


def _with(row: Any, columns: Mapping[str, Any]) -> Any:
    return row._replace(**columns) if isinstance(row, Belonging) else replace(row, **columns)


def _value(key: str, value: Any, side: Whole, source: Whole) -> Any:
    """`@sessions.1` is the id of that row, `=p.x` of our copy of x, `#3` of a registration of the source."""
    if key == "qr" and value is not None:
        return value.encode()
    if key == "says" and not isinstance(value, bool):
        return value.encode() if isinstance(value, str) else Decimal(value)
    if key == "links":
        return tuple(source.registrations[int(one[1:])].id for one in value)
    if isinstance(value, str) and value.startswith("="):
        short, row = value[1:].split(".")
        return copy_id(side.event.id, SHORT[short], row)
    if isinstance(value, str) and value.startswith("@"):
        table, place = value[1:].split(".")
        return getattr(side, table)[int(place)].id
    return value


@pytest.mark.parametrize("name", TABLE)
def test_a_case(name: str) -> None:
    expect = TABLE[name]["expect"]
    source, target, found = reconciled(TABLE[name])
    grades = {check.name: str(check.grade) for check in found.checks}
    wanted = {name: grade for name, grade in expect.get("grades", {}).items() if grade != "*"}
    loose = set(expect.get("grades", {})) - set(wanted)
    assert {key: grade for key, grade in grades.items() if grade != "ok" and key not in loose} == wanted
    assert (list(grades), found.outcome) == (NAMES, expect["outcome"])
    for check, count in expect.get("differing", {}).items():
        assert len(found.check(check).differing) == count
    findings = found.findings(ADDRESS)
    codes = {one.code for one in findings}
    assert {*expect.get("findings", ()), *([expect["code"]] if "code" in expect else ())} <= codes
    if "told" in expect:
        assert any(expect["told"] in one.message for one in findings if one.code == expect["code"])
    if "tally" in expect:
        assert expect["tally"] in [[one.what, one.source, one.target] for one in found.check("C1").tallies]
    if "missing" in expect:
        lost = {source.registrations[place].id for place in expect["missing"]}
        assert {one.source for one in found.check("C2").differing} == lost
    if "repair" in expect:
        _as_repaired(expect["repair"], decided(TABLE[name], both(source, target), found))


def decided(case: Mapping[str, Any], sides: Both, found: Reconciliation) -> Repair:
    share = Amount(Decimal(str(case.get("share", "0")).rstrip("%")), percent=True)
    abandoned = case.get("abandoned", 0)
    return decide(found, sides, few=case.get("few", 25), share=share, abandoned=abandoned)


def _as_repaired(expect: Mapping[str, Any], repair: Repair) -> None:
    writes = {short: len(repair.writes[table]) for short, table in SHORT.items() if table in repair.writes}
    assert (repair.way, writes, len(repair.removals)) == (
        expect["way"],
        expect.get("writes", {}),
        expect.get("removals", 0),
    )
    assert repair.lost == expect.get("lost", repair.lost)
    told = repair.finding(ADDRESS)
    assert (told.code if told else None) == expect.get("code")


@pytest.mark.parametrize("name", [name for name, case in TABLE.items() if "repair" in case["expect"]])
def test_what_was_repaired_by_rows_is_not_repaired_again(name: str) -> None:
    case = TABLE[name]
    source, target, found = reconciled(case)
    repair = decided(case, both(source, target), found)
    if repair.way is Way.ROWS:
        then = repaired(source, target, repair)
        sides = both(source, then)
        again = compared(case, sides)
        assert decided(case, sides, again).way is Way.NOTHING
        assert again.outcome is (
            Reconciled.CLEAN if found.outcome is Reconciled.FIXABLE else Reconciled.NEEDS_PERSON
        )


def test_every_check_has_a_case_in_which_it_is_at_fault() -> None:
    faulty = {
        name
        for case in TABLE.values()
        for name, grade in case["expect"].get("grades", {}).items()
        if grade not in ("*", "noted")
    }
    assert faulty == {*NAMES} - {"C13"}


def test_nothing_of_a_person_is_told() -> None:
    """Not even by id: ids are for the file."""
    for case in TABLE.values():
        source, _, found = reconciled(case)
        told = " ".join(f"{one.message} {one.fix}" for one in found.findings(ADDRESS))
        assert not any(row.contact and row.contact in told for row in source.registrations)
        assert not any(row.name and row.name in told for row in source.registrations)
