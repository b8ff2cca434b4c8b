"""The job that copies registrations: refusals, progress over the clock, what moves, and how it goes wrong."""

from pathlib import Path
from typing import Any

import pytest

from mig.sandbox.spec import Deed, Fault
from mig.sandbox.switches import Switches
from mig.sandbox.worlds import Worlds
from tests.sandbox.conftest import Api, MakeWorld, spec
from tests.sandbox.events.situation import (
    CANCELLED,
    DRAFT,
    REGISTRATIONS,
    SOURCE,
    TARGET,
    Endpoint,
    number,
    open_endpoint,
    rows,
)
from tests.sandbox.test_reading import cases

ALL = [f"R{position}" for position in range(REGISTRATIONS)]
LOSE = Fault("POST */obmMigration/start", Deed.LOSE_REGISTRATIONS, nth=1)


@pytest.fixture
def events(make_world: MakeWorld) -> Endpoint:
    return open_endpoint(make_world)


@pytest.mark.parametrize("case", cases("migrations.yaml"), ids=lambda case: case["name"])
def test_refused_starts(make_world: MakeWorld, case: dict[str, Any]) -> None:
    stated = rows(source=case.get("source"), target=case.get("target"))
    for table, row in case.get("add", {}).items():
        key = {f"{table}id": number("4", 1)}
        stated[table].append({**key, **dict.fromkeys(row, TARGET), "createdon": "2026-03-01T08:00:00Z"})
    events = open_endpoint(make_world, rows=stated)
    answer = events.start(**case.get("body", {}))
    assert answer.status_code == case["is"]
    assert case["says"] in answer.json()["message"]
    assert events.status == "NotStarted"


def test_a_service_that_checks_nothing(make_world: MakeWorld) -> None:
    stated = rows(source={"msevtmgt_publishstatus": 100000003})
    events = open_endpoint(make_world, rows=stated, switches=Switches(migration_checks=False))
    assert events.start().status_code == 202


def test_a_registration_every_seven_seconds_and_a_bit(events: Endpoint) -> None:
    assert (events.status, events.start().status_code, events.status) == ("NotStarted", 202, "Running")
    seen = []
    for _ in range(6):
        events.pass_time(14.4)
        seen.append(len(events.names))
    assert (seen, events.status) == ([2, 4, 6, 8, 10, 10], "Completed")


def test_copies_are_dated_when_they_were_due(events: Endpoint) -> None:
    events.start()
    events.pass_time(3600)
    made = events.copies("msevtmgt_eventregistrations")
    assert [row["createdon"] for row in made][:3] == [
        f"2026-11-22T09:00:{second}Z" for second in ("08", 15, 22)
    ]
    versions = [row["versionnumber"] for row in made]
    assert versions == sorted(versions)
    assert all(row["createdon"] == row["modifiedon"] for row in made)


def test_what_moves(events: Endpoint) -> None:
    events.start()
    events.pass_time(3600)
    assert events.names == ALL
    copies = {row["msevtmgt_name"]: row for row in events.copies("msevtmgt_eventregistrations")}
    assert copies["R0"]["msevtmgt_qrcode"] == "QR R0"
    assert [name for name in copies if copies[name]["msevtmgt_iscanceled"]] == [f"R{CANCELLED}"]
    assert {row["msdynmkt_linkedregistrationid"] for row in copies.values()} == {None}
    ids = {name: row["msevtmgt_eventregistrationid"] for name, row in copies.items()}
    sessions = {
        row["msevtmgt_sessionid"]: row
        for row in events.copies("msevtmgt_sessions", event_column="_msevtmgt_event_value")
    }
    assert sorted(row["msevtmgt_name"] for row in sessions.values()) == ["Keynote", "Round table"]
    assert {row["msevtmgt_publishstatus"] for row in sessions.values()} == {DRAFT}
    assert {row["msevtmgt_sessionmaxcapacity"] for row in sessions.values()} == {None}
    chosen = events.copies("msevtmgt_sessionregistrations", event_column="_msevtmgt_event_value")
    found = {
        row["_msevtmgt_registrationid_value"]: sessions[row["_msevtmgt_sessionid_value"]]["msevtmgt_name"]
        for row in chosen
    }
    assert (found[ids["R0"]], found[ids["R1"]], len(found)) == ("Keynote", "Round table", REGISTRATIONS)
    (kind,) = events.copies("msevtmgt_passes")
    assert (kind["msevtmgt_noofpassesallocated"], kind["msevtmgt_noofpassessold"]) == (100, None)
    taken = events.copies("msevtmgt_attendeepasses")
    assert {row["_msevtmgt_pass_value"] for row in taken} == {kind["msevtmgt_passid"]}
    assert {row["_msevtmgt_eventregistrationid_value"] for row in taken} == {
        ids[f"R{n}"] for n in range(0, 10, 2)
    }
    answers = Api(events.world).rows("msevtmgt_registrationresponses")
    assert [row["msevtmgt_response"] for row in answers] == ["Vegan", "Vegan"]
    assert ids["R0"] in {row["_msevtmgt_eventregistration_value"] for row in answers}


def test_what_does_not_move(events: Endpoint) -> None:
    events.start()
    events.pass_time(3600)
    for table in ("msevtmgt_waitlistitems", "msevtmgt_checkins"):
        assert not events.copies(table, event_column="_msevtmgt_event_value")
    target = Api(events.world).row(f"msevtmgt_events({TARGET})")
    assert target["msevtmgt_maximumeventcapacity"] is None


def test_late_arrivals_stay_behind(events: Endpoint) -> None:
    events.start()
    events.pass_time(10)
    body = {
        "msevtmgt_name": "late",
        "msevtmgt_EventId@odata.bind": f"/msevtmgt_events({SOURCE})",
        "msevtmgt_ContactId@odata.bind": "/contacts(c0000000-0000-0000-0000-000000000001)",
    }
    assert Api(events.world).post("msevtmgt_eventregistrations", body).status_code == 204
    Api(events.world).delete(f"msevtmgt_eventregistrations({number('9', 9)})")
    events.pass_time(3600)
    assert (events.names, events.status) == (ALL[:9], "Completed")


def test_one_at_a_time(events: Endpoint) -> None:
    events.start()
    events.pass_time(20)
    assert (events.start().status_code, events.status) == (409, "Running")
    assert events.start(stopExistingIfJobRunning=True).status_code == 202
    events.pass_time(3600)
    # The first run had copied two when it was stopped, and a second run adds all of them.
    assert (len(events.names), events.status) == (REGISTRATIONS + 2, "Completed")


@pytest.mark.parametrize(("duplicates", "found"), [(True, sorted(ALL * 2)), (False, ALL)])
def test_a_second_run(make_world: MakeWorld, duplicates: bool, found: list[str]) -> None:
    events = open_endpoint(make_world, switches=Switches(migration_duplicates=duplicates))
    for _ in range(2):
        assert events.start().status_code == 202
        events.pass_time(3600)
        assert events.status == "Completed"
    assert events.names == found
    assert len(events.copies("msevtmgt_sessions", event_column="_msevtmgt_event_value")) == 2


def test_losing_some(make_world: MakeWorld) -> None:
    switches = Switches(migration_loses=3, migration_duplicates=False)
    for name in ("one", "two"):
        events = open_endpoint(make_world, name=name, faults=(LOSE,), switches=switches)
        events.start()
        events.pass_time(3600)
        assert (events.names, events.status) == (["R0", "R1", "R2", "R4", "R5", "R7", "R8"], "Completed")
    events.start()  # the fault strikes the first job only
    events.pass_time(3600)
    assert events.names == ALL


@pytest.mark.parametrize(
    ("fault", "lost"),
    [
        (Fault("* */obmMigration/*", Deed.LOSE_REGISTRATIONS), 5),
        (Fault("POST */start", Deed.LOSE_REGISTRATIONS, every=2), 0),
        (Fault("POST */start", Deed.LOSE_REGISTRATIONS, probability=1.0), 5),
        (Fault("GET */start", Deed.LOSE_REGISTRATIONS), 0),
        (Fault("POST */batch", Deed.LOSE_REGISTRATIONS), 0),
    ],
)
def test_which_jobs_lose(make_world: MakeWorld, fault: Fault, lost: int) -> None:
    events = open_endpoint(make_world, faults=(fault,))
    events.start()
    events.pass_time(3600)
    assert len(events.names) == REGISTRATIONS - lost


def test_failing_part_way_and_running_again(make_world: MakeWorld) -> None:
    switches = Switches(migration_fails=4, migration_duplicates=False)
    events = open_endpoint(make_world, switches=switches)
    events.start()
    events.pass_time(3600)
    assert (len(events.names), events.status) == (4, "Failed")
    assert events.start().status_code == 202
    events.pass_time(3600)
    assert (events.names, events.status) == (ALL, "Completed")


def test_a_job_that_never_ends(make_world: MakeWorld) -> None:
    events = open_endpoint(make_world, switches=Switches(migration_hangs=4))
    events.start()
    events.pass_time(1_000_000)
    assert (len(events.names), events.status) == (4, "Running")


def test_a_target_that_was_deleted(events: Endpoint) -> None:
    events.start()
    Api(events.world).delete(f"msevtmgt_events({TARGET})")
    events.pass_time(30)
    assert events.status == "Failed"


def test_an_event_without_registrations(make_world: MakeWorld) -> None:
    events = open_endpoint(make_world, rows={**rows(), "msevtmgt_eventregistration": []})
    events.start()
    assert events.status == "Completed"


@pytest.mark.parametrize(
    ("keeps", "expected"),
    [
        (("names", "answers"), (9, True, 2, False)),
        (("cancelled",), (10, False, 1, False)),
        (("names", "cancelled", "answers", "links"), (10, True, 2, True)),
    ],
)
def test_what_sources_leave_open(
    make_world: MakeWorld, keeps: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    events = open_endpoint(make_world, switches=Switches(migration_keeps=keeps))
    events.start()
    events.pass_time(3600)
    copies = events.copies("msevtmgt_eventregistrations")
    answers = Api(events.world).rows("msevtmgt_registrationresponses")
    assert (
        len(copies),
        set(events.names) <= set(ALL),
        len(answers),
        number("9", 0) in {row["msdynmkt_linkedregistrationid"] for row in copies},
    ) == expected


@pytest.mark.parametrize(
    ("shape", "kind", "body"),
    [
        ("json", "application/json", '{"status": "NotStarted"}'),
        ("text", "text/plain", "NotStarted"),
        ("html", "text/html", "<!DOCTYPE html><html><body><p>NotStarted</p></body></html>"),
        ("empty", "", ""),
    ],
)
def test_the_shape_of_a_status(make_world: MakeWorld, shape: str, kind: str, body: str) -> None:
    events = open_endpoint(make_world, switches=Switches(migration_status=shape))
    answer = events.get("obmMigration/status")
    assert (answer.status_code, answer.text) == (200, body)
    assert answer.headers.get("content-type", "").partition(";")[0] == kind


@pytest.mark.parametrize(("word", "status"), [("not-found", 404), ("gone", 410)])
def test_the_job_goes_with_outbound(make_world: MakeWorld, word: str, status: int) -> None:
    events = open_endpoint(make_world, phase="removed", switches=Switches(migration_gone=word))
    assert events.start().status_code == events.get("obmMigration/status").status_code == status
    assert events.get("events/published").status_code == 200
    stays = Switches(migration_phases=("removed",))
    assert open_endpoint(make_world, name="stays", phase="removed", switches=stays).start().status_code == 202


def test_a_job_outlives_the_process_and_ends_the_same(tmp_path: Path) -> None:
    worlds = Worlds(tmp_path)
    worlds.create("demo", spec(phase="hidden", rows=rows()))
    with worlds.open("demo") as world:
        Endpoint(world).start()
        world.clock.advance(36)
        assert len(Endpoint(world).names) == 5
        world.clock.advance(36)
    with worlds.open("demo") as world:
        assert (Endpoint(world).names, Endpoint(world).status) == (ALL, "Completed")
