"""Waitlists, exported and made anew."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mig.events.rows import Attendance, Registration, Waiting
from mig.events.waitlist import (
    queue_of,
    unlisted,
    waitlist_lines,
    waitlist_requests,
    waitlisted_id,
    waitlisted_status,
)
from mig.model.address import Address
from tests.data import load
from tests.events.values import TARGET, attendance
from tests.support import CASES

KNOWN: dict[str, Any] = load(CASES / "around" / "waitlist.yaml")


def row_id(kind: str, number: int | str) -> str:
    return f"{kind}0000000-0000-0000-0000-{number:0>12}"


def waiting(found: Mapping[str, Any]) -> Waiting:
    since = f"2026-04-01T{found['since']}:00+00:00" if "since" in found else None
    return Waiting(
        id=row_id("a", found["id"]),
        contact=row_id("c", found["contact"]) if "contact" in found else None,
        session=row_id("5", found["session"]) if "session" in found else None,
        created=datetime.fromisoformat(since) if since else None,
        automatic=True,
    )


def registration(number: int, found: Mapping[str, Any]) -> Registration:
    return Registration(
        id=row_id("b", number),
        name=f"R{number}",
        contact=row_id("c", found["contact"]),
        registered_by=None,
        cancelled=found.get("cancelled", False),
        role=None,
        state=0,
        status=1,
        qr=None,
        created=None,
    )


def source(case: Mapping[str, Any]) -> Attendance:
    registered = [registration(number, one) for number, one in enumerate(case.get("registered", ()))]
    return attendance(waiting=tuple(map(waiting, case["waiting"])), registrations=tuple(registered))


@pytest.mark.parametrize("name", KNOWN)
def test_export(name: str) -> None:
    case = KNOWN[name]
    lines = list(csv.DictReader(waitlist_lines([(Address("event", "summit"), source(case).waiting)])))
    found = [(int(one["position"]), one["contact"], one["session"]) for one in lines]
    expected = [
        (position, row_id("c", contact) if contact else "", row_id("5", session) if session else "")
        for position, contact, session in case["lines"]
    ]
    assert found == expected
    assert {(one["address"], one["autoregister"]) for one in lines} <= {("event.summit", "yes")}


@pytest.mark.parametrize("name", KNOWN)
def test_people_in_order(name: str) -> None:
    case = KNOWN[name]
    found = source(case)
    queue = queue_of(found.waiting, found.registrations)
    assert [one.contact for one in queue.people] == [row_id("c", contact) for contact in case["people"]]
    none = {"for sessions": 0, "registered already": 0, "without a contact": 0}
    assert queue.counts == {"waiting": len(case["people"]), **none, **case.get("counts", {})}


def test_who_is_not_there_yet_gets_a_row() -> None:
    first, second = map(waiting, KNOWN["the oldest first, whatever their ids"]["waiting"][:2])
    (request,) = waitlist_requests([second], TARGET, 700)
    made = waitlisted_id(TARGET, second.id)
    assert request.creates == f"msevtmgt_eventregistrations({made})"
    assert request.body == {
        "msevtmgt_eventregistrationid": made,
        "msevtmgt_ContactId@odata.bind": f"/contacts({second.contact})",
        "msevtmgt_EventId@odata.bind": f"/msevtmgt_events({TARGET})",
        "statuscode": 700,
        "msevtmgt_originaltimestamp": "2026-04-01T09:00:00+00:00",
    }
    copied = replace(registration(1, {"contact": 9}), id=made)
    assert unlisted([first, second], TARGET, [copied], 700) == [first]
    by_hand = replace(registration(2, {"contact": 3}), status=700)
    assert unlisted([first, second], TARGET, [by_hand, registration(3, {"contact": 1})], 700) == [second]


@pytest.mark.parametrize(
    ("labels", "number"),
    [
        ({1: "Registered", 700: "Waitlisted"}, 700),
        ({1: "Registered", 700: " WAITLISTED "}, 700),
        ({1: "Active", 2: "Inactive"}, None),
        ({7: "Waitlisted", 8: "Waitlisted"}, None),
        ({7: "Not waitlisted"}, None),
        ({}, None),
    ],
)
def test_the_status_is_known_by_its_label(labels: dict[int, str], number: int | None) -> None:
    assert waitlisted_status(labels) == number


def test_moments_are_told_with_their_offset() -> None:
    since = datetime(2026, 4, 1, 9, tzinfo=UTC)
    lines = list(
        waitlist_lines(
            [
                (
                    Address("event", "a"),
                    [Waiting(id="w", contact="c", session=None, created=since, automatic=False)],
                )
            ]
        )
    )
    assert lines[1] == "event.a,1,c,,2026-04-01T09:00:00+00:00,no\n"
