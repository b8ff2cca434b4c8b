"""The events of made worlds."""

from collections import Counter
from typing import Any

import pytest

from mig.sandbox.maker import make_world
from mig.sandbox.spec import Phase, WorldSpec


@pytest.fixture(scope="module")
def world() -> WorldSpec:
    return make_world(segments=0)


def of_event(spec: WorldSpec, table: str, column: str, name: str = "Spring Summit") -> list[dict[str, Any]]:
    (event,) = [row for row in spec.rows["msevtmgt_event"] if row["msevtmgt_name"] == name]
    return [dict(row) for row in spec.rows[table] if row[column] == event["msevtmgt_eventid"]]


def test_the_spring_summit(world: WorldSpec) -> None:
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


def test_counters_say_what_rows_say(world: WorldSpec) -> None:
    taken = Counter(row["msevtmgt_pass"] for row in world.rows["msevtmgt_attendeepass"])
    for row in world.rows["msevtmgt_pass"]:
        assert row["msevtmgt_noofpassessold"] == taken[row["msevtmgt_passid"]]
    for row in world.rows["msevtmgt_event"]:
        name = str(row["msevtmgt_name"])
        found = of_event(world, "msevtmgt_checkin", "msevtmgt_event", name)
        assert row["msevtmgt_checkincount"] == len(found) > 0


def test_who_was_there_had_registered_for_it_and_did_not_cancel(world: WorldSpec) -> None:
    standing = {
        (row["msevtmgt_registrationid"], row["msevtmgt_sessionid"])
        for row in world.rows["msevtmgt_sessionregistration"]
        if not row["msevtmgt_iscanceled"]
    }
    for row in world.rows["msevtmgt_checkin"]:
        assert (row["msevtmgt_registrationid"], row["msevtmgt_sessionattended"]) in standing


def test_all_are_published_outbound_events() -> None:
    events = make_world(contacts=100, segments=0, events=10).rows["msevtmgt_event"]
    assert len({row["msevtmgt_name"] for row in events}) == 10
    assert {row["msevtmgt_publishstatus"] for row in events} == {100000003}
    assert {row["msevtmgt_sourcesystem"] for row in events} == {100000001, None}


def test_an_event_does_not_depend_on_how_many_there_are(world: WorldSpec) -> None:
    alone = make_world(segments=0, events=1)
    assert make_world(segments=0, events=1) == alone
    for table, rows in alone.rows.items():
        assert list(world.rows[table])[: len(rows)] == list(rows)
    assert make_world(contacts=100, segments=0, seed=2).rows != make_world(contacts=100, segments=0).rows


@pytest.mark.parametrize("phase", list(Phase))
def test_registrations_end_with_the_services(phase: Phase) -> None:
    spec = make_world(contacts=200, segments=0, phase=phase)
    last = max(str(row["createdon"]) for row in spec.rows["msevtmgt_eventregistration"])
    assert last[:7] == ("2026-05" if phase is Phase.REMOVED else "2026-11")


def test_nobody_to_invite() -> None:
    rows = make_world(contacts=0, segments=0).rows
    assert (len(rows["msevtmgt_event"]), rows["msevtmgt_eventregistration"]) == (2, [])
