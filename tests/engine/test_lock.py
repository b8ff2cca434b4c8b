"""One writer at a time; a run that died does not stand in the way."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.engine import lock as locking
from mig.engine.environment_notes import EnvironmentNotes
from mig.engine.lock import (
    LEASE,
    Heartbeat,
    Held,
    Holder,
    Lock,
    LockContested,
    LockHeld,
    LockLost,
    LockUnreadable,
    told,
)
from mig.engine.notes import Note, Notes, note_id
from mig.model.outcome import Exit
from tests.dataverse.apps import Reply, Scripted, Talk
from tests.engine.conftest import Place, in_both_stores

HOLDER = Holder(
    run_id="dead-run",
    who="ann",
    where="her-laptop",
    machine="elsewhere",
    since="2026-11-22T08:59:00+00:00",
    until="2026-11-22T09:04:00+00:00",
)


def taken(place: Place, notes: Notes, run_id: str = "run-1", home: str = "home") -> Any:
    heartbeat = Heartbeat(place.home / home)
    return Lock.take(notes, place.organization, run_id, heartbeat, place.world.clock.now)


def holding(place: Place, text: str | Holder) -> None:
    """A note that another run has left."""
    text = text if isinstance(text, str) else json.dumps(asdict(text))
    note = Note(note_id(place.organization, "lock"), "mig:lock", text)
    place.keep(lambda notes: notes.write(note))


def shown(place: Place) -> Holder | None:
    held: Held | None = place.keep(lambda notes: locking.find(notes, place.organization))
    return held.holder if held else None


def heartbeats(place: Place) -> list[str]:
    return sorted(path.name for path in place.home.rglob("runs/*.lock"))


# --- taking and giving back -------------------------------------------------------------------------------


async def released(place: Place, notes: Notes) -> None:
    held = await locking.find(notes, place.organization)
    assert held is not None
    await locking.release(notes, held)


@in_both_stores
def test_who_holds_it_can_be_seen_and_afterwards_nobody_does(place: Place) -> None:
    async def job(notes: Notes) -> Held | None:
        lock = await taken(place, notes)
        assert not lock.taken_over
        held = await locking.find(notes, place.organization)
        await lock.release()
        return held

    held = place.keep(job)
    holder = held.holder
    assert (holder.run_id, holder.since) == ("run-1", "2026-11-22T09:00:00+00:00")
    assert holder.until == "2026-11-22T09:05:00+00:00"
    assert told(held).startswith(f"The lock is held by {holder.who} on {holder.where} since {holder.since}")
    assert shown(place) is None
    assert told(None) == "Nobody holds the lock."
    assert heartbeats(place) == []


@in_both_stores
@pytest.mark.parametrize("home", ["home", "another-home"])
def test_it_is_held_once(place: Place, home: str) -> None:
    async def job(notes: Notes) -> None:
        first = await taken(place, notes)
        with pytest.raises(LockHeld) as raised:
            await taken(place, notes, "run-2", home)
        assert raised.value.holder.run_id == "run-1"
        assert raised.value.holder.who in str(raised.value)
        assert (raised.value.exit, raised.value.code) == (Exit.LOCKED, "ENV006")
        assert "mig lock release" in raised.value.fix
        assert heartbeats(place) == ["run-1.lock"]
        await first.renew()
        await first.release()

    place.keep(job)
    assert shown(place) is None


@in_both_stores
def test_it_can_be_taken_again_after_it_was_given_back(place: Place) -> None:
    async def job(notes: Notes) -> None:
        for run_id in ("run-1", "run-2"):
            lock = await taken(place, notes, run_id)
            assert not lock.taken_over
            await lock.release()

    place.keep(job)


@in_both_stores
def test_another_organisations_lock_is_not_ours(place: Place) -> None:
    """In a copy of an environment the lock's note was copied along."""
    note = Note(note_id("another", "lock"), "mig:lock", json.dumps(asdict(HOLDER)))
    place.keep(lambda notes: notes.write(note))
    assert shown(place) is None
    lock = place.keep(lambda notes: taken(place, notes))
    assert not lock.taken_over


@in_both_stores
def test_an_administrator_can_release_it(place: Place) -> None:
    holding(place, HOLDER)
    place.keep(lambda notes: released(place, notes))
    assert shown(place) is None


# --- leases -----------------------------------------------------------------------------------------------


@in_both_stores
def test_a_lease_that_ended_is_taken_over(place: Place) -> None:
    holding(place, replace(HOLDER, until="2026-11-22T08:59:59+00:00"))
    lock = place.keep(lambda notes: taken(place, notes))
    assert lock.taken_over
    found = shown(place)
    assert found is not None
    assert found.run_id == "run-1"


@pytest.mark.parametrize(
    "until", ["2026-11-22T09:04:00+00:00", "2026-11-22T09:04:00Z", "2026-11-22T11:04:00+02:00"]
)
def test_a_lease_on_another_machine_has_to_run_out(place: Place, until: str) -> None:
    holding(place, replace(HOLDER, until=until))
    with pytest.raises(LockHeld, match="held by ann on her-laptop"):
        place.keep(lambda notes: taken(place, notes))
    place.world.clock.advance(LEASE.total_seconds())
    assert place.keep(lambda notes: taken(place, notes)).taken_over


def test_it_is_renewed_when_half_of_the_lease_has_gone(place: Place) -> None:
    async def job(notes: Notes) -> None:
        lock = await taken(place, notes)
        requests = len(place.talk.log)
        await lock.renew()
        assert len(place.talk.log) == requests
        for _ in range(4):
            place.world.clock.advance(LEASE.total_seconds() / 2)
            await lock.renew()
            requests += 1
            assert len(place.talk.log) == requests
        with pytest.raises(LockHeld):
            await taken(place, notes, "run-2", "another-home")
        await lock.release()

    place.keep(job)
    assert shown(place) is None


@in_both_stores
def test_a_run_notices_that_it_lost_the_lock(place: Place) -> None:
    async def job(notes: Notes) -> None:
        first = await taken(place, notes)
        place.world.clock.advance(LEASE.total_seconds() + 1)
        second = await taken(place, notes, "run-2", "another-home")
        assert second.taken_over
        with pytest.raises(LockLost) as raised:
            await first.renew()
        assert (raised.value.exit, raised.value.code) == (Exit.LOCKED, "ENV006")
        await first.release()  # it is the other's now, and stays

    place.keep(job)
    found = shown(place)
    assert found is not None
    assert found.run_id == "run-2"
    assert heartbeats(place) == ["run-2.lock"]


@in_both_stores
def test_a_run_notices_that_its_lock_was_released_by_somebody(place: Place) -> None:
    async def job(notes: Notes) -> None:
        lock = await taken(place, notes)
        await released(place, notes)
        place.world.clock.advance(LEASE.total_seconds() + 1)
        with pytest.raises(LockLost):
            await lock.renew()
        await lock.release()

    place.keep(job)


# --- runs that died ---------------------------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
from mig.engine.lock import Heartbeat
heartbeat = Heartbeat(Path(sys.argv[1]))
heartbeat.start(sys.argv[2])
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def runner(place: Place) -> Iterator[subprocess.Popen[str]]:
    """A process on this machine that holds the heartbeat of the run `dead-run`."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(place.home / "home"), HOLDER.run_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
        process.kill()


@in_both_stores
def test_a_holder_that_died_on_this_machine_is_taken_over(
    place: Place, runner: subprocess.Popen[str]
) -> None:
    holding(place, replace(HOLDER, machine=Heartbeat(place.home / "home").machine))
    with pytest.raises(LockHeld):
        place.keep(lambda notes: taken(place, notes))
    runner.kill()
    runner.wait()
    assert place.keep(lambda notes: taken(place, notes)).taken_over
    assert heartbeats(place) == ["run-1.lock"]


def test_on_another_machine_nobody_can_tell_that_it_died(place: Place, runner: subprocess.Popen[str]) -> None:
    holding(place, replace(HOLDER, machine=Heartbeat(place.home / "home").machine))
    runner.kill()
    runner.wait()
    with pytest.raises(LockHeld):
        place.keep(lambda notes: taken(place, notes, home="another-home"))


def test_a_machine_is_told_by_name_and_folder_and_neither_is_shown(tmp_path: Path) -> None:
    one, other = Heartbeat(tmp_path / "one"), Heartbeat(tmp_path / "other")
    assert one.machine == Heartbeat(tmp_path / "one").machine != other.machine
    assert len(one.machine) == 16


# --- notes that cannot be read ----------------------------------------------------------------------------


def test_a_note_that_may_not_be_read_names_the_privilege(place: Place) -> None:
    denied = {"error": {"code": "0x80040220", "message": "missing prvReadNote"}}
    app = Scripted([Reply(412, {"error": {"code": "0x80060882", "message": "exists"}}), Reply(403, denied)])
    with pytest.raises(LockUnreadable, match="someone else, and its note cannot be read: missing") as raised:
        Talk(app)(lambda client: taken(place, EnvironmentNotes(client)), writable=True)
    assert (raised.value.exit, raised.value.code) == (Exit.LOCKED, "ENV006")
    assert "prvReadNote" in raised.value.fix
    assert heartbeats(place) == []


def test_a_lock_that_is_hidden_from_us_is_held_by_somebody(place: Place) -> None:
    """An organisation may answer 404 for a row that the caller must not see."""
    exists = Reply(412, {"error": {"code": "0x80060882", "message": "exists"}})
    app = Scripted([exists, Reply(404), exists])
    with pytest.raises(LockContested, match="someone else took the lock") as raised:
        Talk(app)(lambda client: taken(place, EnvironmentNotes(client)), writable=True)
    assert (raised.value.exit, raised.value.code) == (Exit.LOCKED, "ENV006")
    assert "prvReadNote" in raised.value.fix
    assert heartbeats(place) == []


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_a_lock_that_cannot_be_written_is_no_held_lock(place: Place, status: int) -> None:
    with pytest.raises(RequestFailed, match=str(status)):
        Talk(Scripted([Reply(status)]))(lambda client: taken(place, EnvironmentNotes(client)), writable=True)
    assert heartbeats(place) == []


@pytest.mark.parametrize("reply", [Reply(204), Reply(200, {}), Reply(200, [])])
def test_a_lock_whose_version_is_not_told_is_not_trusted(place: Place, reply: Reply) -> None:
    with pytest.raises(BadAnswer, match="without its version"):
        Talk(Scripted([reply]))(lambda client: taken(place, EnvironmentNotes(client)), writable=True)
    assert heartbeats(place) == []


def test_a_note_of_a_later_version_is_respected(place: Place) -> None:
    holding(place, json.dumps(asdict(HOLDER) | {"later": 1}))
    with pytest.raises(LockHeld, match="held by ann"):
        place.keep(lambda notes: taken(place, notes))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "[]",
        "null",
        "{}",
        json.dumps(asdict(HOLDER) | {"until": 7}),
        json.dumps(asdict(HOLDER) | {"until": "soon"}),
        json.dumps(asdict(HOLDER) | {"until": "2026-11-22T09:04:00"}),
    ],
)
def test_a_note_that_no_run_has_written_holds_the_lock_until_it_is_released(place: Place, text: str) -> None:
    holding(place, text)
    with pytest.raises(LockUnreadable, match="by a note that mig did not write"):
        place.keep(lambda notes: taken(place, notes))
    held = place.keep(lambda notes: locking.find(notes, place.organization))
    assert locking.told(held) == "The lock is held, by a note that mig did not write."
    place.keep(lambda notes: released(place, notes))
    assert not place.keep(lambda notes: taken(place, notes)).taken_over


def test_the_lease_is_longer_than_any_single_request() -> None:
    """The client gives up after 120 seconds; half of a lease must be longer."""
    assert timedelta(seconds=120) < LEASE / 2


def test_another_machine_of_the_same_name_is_not_taken_for_dead(place: Place) -> None:
    """Containers often share a name and a home path; what they do not share is the file."""
    machine = Heartbeat(place.home / "home").machine
    holding(place, replace(HOLDER, machine=machine))
    with pytest.raises(LockHeld):
        place.keep(lambda notes: taken(place, notes))


@in_both_stores
def test_a_release_is_noticed_within_seconds(place: Place) -> None:
    async def job(notes: Notes) -> None:
        first = await taken(place, notes)
        await released(place, notes)
        second = await taken(place, notes, "run-2", "another-home")
        place.world.clock.advance(locking.CHECK.total_seconds())
        with pytest.raises(LockLost):
            await first.renew()
        await second.renew()
        await second.release()

    place.keep(job)


@in_both_stores
def test_a_clock_that_is_put_back_hides_no_loss(place: Place) -> None:
    now = place.world.clock.now()

    async def job(notes: Notes) -> None:
        nonlocal now
        lock = await Lock.take(notes, place.organization, "run-1", Heartbeat(place.home), lambda: now)
        await released(place, notes)
        now -= timedelta(hours=1)
        with pytest.raises(LockLost):
            await lock.renew()
        await lock.release()

    place.keep(job)


def test_one_worker_looks_in_good_time_and_the_others_go_on(place: Place) -> None:
    near = place.talk.app

    async def far(*wire: Any) -> None:
        await asyncio.sleep(0)
        await near(*wire)

    place.talk.app = far

    async def job(notes: Notes) -> None:
        lock = await taken(place, notes)
        requests = len(place.talk.log)
        place.world.clock.advance(locking.CHECK.total_seconds() - 2)  # taking it took one
        ended: list[int] = []

        async def write(worker: int) -> None:
            await lock.renew()
            ended.append(worker)

        await asyncio.gather(*map(write, range(4)))
        assert len(place.talk.log) == requests + 1
        assert ended == [1, 2, 3, 0]  # the first one looked
        await released(place, notes)
        place.world.clock.advance(locking.CHECK.total_seconds())
        found = await asyncio.gather(*(lock.renew() for _ in range(4)), return_exceptions=True)
        assert [type(one) for one in found] == [LockLost] * 4
        await lock.release()

    place.keep(job)


@pytest.mark.parametrize(
    "error", [KeyError("getpwuid(): uid not found: 54321"), ModuleNotFoundError("No module named 'pwd'")]
)
def test_a_user_without_a_name_can_hold_it(
    error: Exception, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nameless)
    assert not place.keep(lambda notes: taken(place, notes)).taken_over
