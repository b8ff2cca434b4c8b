"""The events of made worlds."""

from collections import Counter
from typing import Any

import pytest

from mig.sandbox.maker import make_world
from mig.sandbox.spec import Phase
from tests.sandbox.conftest import Tables, tables


@pytest.fixture(scope="module")
def world() -> Tables:
    return tables(make_world(segments=0))


def of_event(world: Tables, table: str, column: str, name: str = "Spring Summit") -> list[dict[str, Any]]:
    (event,) = [row for row in world["msevtmgt_event"] if row["msevtmgt_name"] == name]
    return [dict(row) for row in world[table] if row[column] == event["msevtmgt_eventid"]]


def test_the_spring_summit(world: Tables) -> None:
    registrations = of_event(world, "msevtmgt_eventregistration", "msevtmgt_eventid")
    waiting = of_event(world, "msevtmgt_waitlistitem", "msevtmgt_event")
    assert (len(registrations), len(waiting)) == (400, 12)
    assert len({row["msevtmgt_name"] for row in registrations}) == 400
    people = Counter(row["msevtmgt_contactid"] for row in registrations)
    assert Counter(people.values()) == {1: 392, 2: 4}
    assert not people.keys() & {row["msevtmgt_contact"] for row in waiting}
    assert 10 < sum(row["msevtmgt_iscanceled"] for row in registrations) < 40
    for table, column in {
        "msevtmgt_session": "msevtmgt_event",
        "msevtmgt_sessionregistration": "msevtmgt_event",
        "msevtmgt_attendeepass": "msevtmgt_eventid",
        "msevtmgt_eventcustomregistrationfield": "msevtmgt_event",
        "msevtmgt_checkin": "msevtmgt_event",
    }.items():
        assert of_event(world, table, column)


def test_counters_say_what_rows_say(world: Tables) -> None:
    taken = Counter(row["msevtmgt_pass"] for row in world["msevtmgt_attendeepass"])
    for row in world["msevtmgt_pass"]:
        assert row["msevtmgt_noofpassessold"] == taken[row["msevtmgt_passid"]]
    for row in world["msevtmgt_event"]:
        name = str(row["msevtmgt_name"])
        found = of_event(world, "msevtmgt_checkin", "msevtmgt_event", name)
        assert row["msevtmgt_checkincount"] == len(found) > 0


def test_who_was_there_had_registered_for_it_and_did_not_cancel(world: Tables) -> None:
    standing = {
        (row["msevtmgt_registrationid"], row["msevtmgt_sessionid"])
        for row in world["msevtmgt_sessionregistration"]
        if not row["msevtmgt_iscanceled"]
    }
    for row in world["msevtmgt_checkin"]:
        assert (row["msevtmgt_registrationid"], row["msevtmgt_sessionattended"]) in standing


def test_all_are_outbound_events_and_published_but_the_first() -> None:
    first, *others = events = tables(make_world(contacts=100, segments=0, events=10))["msevtmgt_event"]
    assert len({row["msevtmgt_name"] for row in events}) == 10
    assert first["msevtmgt_publishstatus"] == 100000000
    assert {row["msevtmgt_publishstatus"] for row in others} == {100000003}
    assert {row["msevtmgt_sourcesystem"] for row in events} == {100000001, None}


def test_an_event_does_not_depend_on_how_many_there_are(world: Tables) -> None:
    alone = tables(make_world(segments=0, events=1))
    assert tables(make_world(segments=0, events=1)) == alone
    for table, rows in alone.items():
        assert world[table][: len(rows)] == rows
    few, other = (tables(make_world(contacts=100, segments=0, seed=seed)) for seed in (1, 2))
    assert few != other


@pytest.mark.parametrize("phase", list(Phase))
def test_registrations_end_with_the_services(phase: Phase) -> None:
    spec = tables(make_world(contacts=200, segments=0, phase=phase))
    last = max(str(row["createdon"]) for row in spec["msevtmgt_eventregistration"])
    assert last[:7] == ("2026-05" if phase is Phase.REMOVED else "2026-11")


def test_nobody_to_invite() -> None:
    rows = tables(make_world(contacts=0, segments=0))
    assert (len(rows["msevtmgt_event"]), rows["msevtmgt_eventregistration"]) == (2, [])
