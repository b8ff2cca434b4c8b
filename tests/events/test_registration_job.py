"""Driving the official job: how it ends, that it is never started twice, and that any run takes it up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mig.engine.attempt import Stop
from mig.engine.jobs import JobRecord, Stage, with_job
from mig.engine.ledger import Ledger, save
from mig.engine.plan import Change
from mig.engine.progress import Event
from mig.engine.run import Fate
from mig.events.registration_job import RegistrationJob
from mig.model.address import Address
from mig.model.outcome import Exit
from mig.sandbox.events import jobs
from tests.data import load
from tests.engine.conftest import change, fates
from tests.events.conftest import EVENT, JobPlace, job_place, talk_to
from tests.sandbox.events.situation import ABSENT, OUTBOUND, REALTIME, SOURCE, event, number
from tests.support import CASES


@pytest.fixture
def place(tmp_path: Path) -> Iterator[JobPlace]:
    with job_place(tmp_path, {}) as found:
        yield found


@pytest.mark.parametrize("case", load(CASES / "registration-jobs.yaml"), ids=lambda case: case["name"])
def test_how_it_ends(tmp_path: Path, case: dict[str, Any]) -> None:
    with job_place(tmp_path, case) as place:
        run = place.apply(place.migrating())
        (result,) = run.results
        assert (result.fate, result.error) == (Fate(case["outcome"]), result.error)
        assert case.get("says", "") in (result.error or "")
        assert len(place.begun) == case["jobs"]
        record = place.record
        assert (record.stage if record else "none") == case["stage"]
        assert record is None or record.runs == case.get("runs", 1)
        assert place.there == case["there"]
        assert run.outcome.exit == case.get("exit", 0)


# --- one at a time ----------------------------------------------------------------------------------------


def foreign_job(place: JobPlace) -> None:
    """Somebody starts the job over another pair of events."""
    with place.world.transaction():
        jobs.begin(place.world, SOURCE, ABSENT, 0)


def test_a_job_of_somebody_else_is_let_alone(place: JobPlace) -> None:
    foreign_job(place)
    run = place.apply(place.migrating())
    (result,) = run.results
    assert result.error == "another registration job is running: one that no ledger of mig knows"
    assert (place.starts, place.begun, place.record) == (0, ["Running"], None)


def test_a_job_of_somebody_else_is_ended_when_that_is_asked_for(place: JobPlace) -> None:
    foreign_job(place)
    run = place.apply(place.migrating(instead=True))
    assert run.outcome.exit == Exit.DONE
    assert (place.starts, place.begun, place.there) == (1, ["Stopped", "Completed"], 10)


def test_one_of_ours_that_has_ended_is_not_ended_for_another(place: JobPlace) -> None:
    place.apply(place.migrating(), wait=False)
    place.world.clock.advance(100)
    assert place.apply(place.migrating(instead=True)).outcome.exit == Exit.DONE
    assert (place.starts, place.begun, place.there) == (1, ["Completed"], 10)


@pytest.mark.parametrize("status", ["json", "empty"])
def test_one_of_ours_under_way_is_ended_for_another_when_that_is_asked_for(
    tmp_path: Path, status: str
) -> None:
    facts = {"switches": {"migration_status": status, "migration_duplicates": False}}
    with job_place(tmp_path, facts) as place:
        place.apply(place.migrating(), wait=False)
        place.world.clock.advance(36)
        assert place.apply(place.migrating(instead=True)).outcome.exit == Exit.DONE
        assert (place.starts, place.begun, place.there) == (2, ["Stopped", "Completed"], 10)
        assert place.record is not None
        assert place.record.runs == 1


def test_a_job_of_another_migration_is_named(place: JobPlace) -> None:
    foreign_job(place)
    record = JobRecord(target=ABSENT, stage=Stage.STARTED, began="2026-11-22T09:00:00+00:00", rows=10)
    entry = with_job(replace(EVENT, address="event.fair", source_id=ABSENT), record)
    other = Ledger(place.organization, "wave-0").record([entry])
    place.talk(lambda client: save(place.notes(client), other), writable=True)
    (result,) = place.apply(place.migrating()).results
    assert result.error == (
        "another registration job is running: that of event.fair (wave-0), begun 2026-11-22T09:00:00+00:00"
    )
    assert place.starts == 0


def test_where_the_service_does_not_tell_the_ledgers_do(tmp_path: Path) -> None:
    with job_place(tmp_path, {"switches": {"migration_status": "html"}}) as place:
        record = JobRecord(target=ABSENT, stage=Stage.STARTED, began="2026-11-22T09:00:00+00:00", rows=10)
        entry = with_job(replace(EVENT, address="event.fair", source_id=ABSENT), record)
        other = Ledger(place.organization, "wave-0").record([entry])
        place.talk(lambda client: save(place.notes(client), other), writable=True)
        (result,) = place.apply(place.migrating()).results
        assert "may be running, the service does not tell: that of event.fair" in (result.error or "")
        assert place.starts == 0


def test_jobs_of_one_plan_run_one_after_the_other(place: JobPlace) -> None:
    told: list[tuple[str, str]] = []
    run = place.apply(
        place.migrating(),
        *second_pair(place, "winter"),
        listen=lambda event: told.append((event.event, event.address)),
    )
    assert set(fates(run).values()) == {Fate.DONE}
    assert place.begun == ["Completed", "Completed"]
    steps = [one for one in told if one[0] in ("job-starting", "change-done")]
    assert steps == [
        ("job-starting", "event.spring"),
        ("change-done", "event.spring"),
        ("job-starting", "event.winter"),
        ("change-done", "event.winter"),
        ("change-done", "event.bright"),
    ]


def test_a_job_under_way_comes_before_others(place: JobPlace) -> None:
    assert place.apply(place.migrating(), wait=False).outcome.exit == Exit.PARTIAL
    run = place.apply(place.migrating(), *second_pair(place, "autumn"))
    assert set(fates(run).values()) == {Fate.DONE}
    assert place.begun == ["Completed", "Completed"]


def test_without_waiting_the_second_leaves_its_turn(place: JobPlace) -> None:
    run = place.apply(place.migrating(), *second_pair(place, "winter"), wait=False)
    told = {result.address.key: result.error or "" for result in run.results}
    assert "its turn comes after that of event.spring" in told["winter"]
    assert told["bright"] == "event.winter/migrate-registrations is under way"
    assert [result.left for result in run.results] == [True, True, False]
    assert place.begun == ["Running"]


def second_pair(place: JobPlace, key: str) -> tuple[Change, Change]:
    """Another event, without registrations, with a draft of its own, and what depends on it."""
    other = dict.fromkeys(("source", "target"))
    for side, system in (("source", OUTBOUND), ("target", REALTIME)):
        other[side] = number("5", 10 + system % 10)
        row = event(other[side] or "", f"Second {side}", system)
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        with place.world.transaction():
            place.world.connection.execute(
                f"INSERT INTO msevtmgt_event ({names}) VALUES ({marks})", tuple(row.values())
            )
    entry = replace(EVENT, address=f"event.{key}", source_id=str(other["source"]))
    moving = place.migrating(
        entry=entry,
        target=other["target"],
        rows=0,
        driver=RegistrationJob(str(other["source"]), str(other["target"])),
    )
    return moving, change("bright", address=Address("event", "bright"), depends_on=[moving.id])


# --- left, and taken up again -----------------------------------------------------------------------------


def test_left_and_taken_up(place: JobPlace) -> None:
    run = place.apply(place.migrating(), wait=False)
    (result,) = run.results
    assert result.error == (
        "started: 0 of 10, about 1 minute left;"
        " `mig status` shows how far it is, `mig apply` goes on from there"
    )
    assert (result.fate, result.left, run.outcome_word) == (Fate.SKIPPED, True, "partial")
    assert (run.outcome.exit, run.outcome.sentence) == (
        Exit.PARTIAL,
        "Partly applied: 0 done, 1 under way. Run again to go on.",
    )
    place.world.clock.advance(36)
    again = place.apply(place.migrating(), wait=False)
    assert "started: 5 of 10" in (again.results[0].error or "")
    assert place.apply(place.migrating()).outcome.exit == Exit.DONE
    assert (place.starts, place.there) == (1, 10)


def test_interrupted_it_goes_on_and_is_taken_up(place: JobPlace) -> None:
    stop = Stop()

    def listen(event: Event) -> None:
        stop.requested |= event.event == "job-progress"

    run = place.apply(place.migrating(), stop=stop, listen=listen)
    assert "interrupted; the job goes on: 0 of 10" in (run.results[0].error or "")
    assert run.outcome.exit == Exit.INTERRUPTED
    assert sum(place.talk.waits) == 30
    assert place.apply(place.migrating()).outcome.exit == Exit.DONE
    assert (place.starts, place.there) == (1, 10)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Mortal:
    """An application whose client dies at the n-th request of a kind: before it is sent, or after."""

    app: Any
    request: str
    nth: int
    after: bool
    met: int = 0
    dead: bool = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.dead:
            raise Killed
        self.met += f"{scope['method']} {scope['path']}".startswith(self.request)
        self.dead = self.met == self.nth
        if self.after or not self.dead:
            await self.app(scope, receive, send)
        if self.dead:
            raise Killed


BELOW = "/api/v1.0/orgs"


LEDGER = "PATCH /api/data/v9.2/annotations"


@pytest.mark.parametrize(
    ("at", "nth", "after", "status"),
    [
        (f"POST {BELOW}", 1, False, "json"),  # the start
        (f"POST {BELOW}", 1, False, "empty"),
        (f"POST {BELOW}", 1, True, "json"),
        (f"POST {BELOW}", 1, True, "empty"),
        (f"GET {BELOW}", 3, True, "json"),  # the status, while it is waited for
        (LEDGER, 3, True, "json"),  # `starting` is written
        (LEDGER, 4, False, "json"),  # `started` is not
        (LEDGER, 5, True, "json"),  # `ended` is
    ],
)
def test_killed_and_taken_up_from_elsewhere(
    tmp_path: Path, at: str, nth: int, status: str, *, after: bool
) -> None:
    facts = {"switches": {"migration_status": status}}
    with job_place(tmp_path / "here", facts) as place:
        place.talk.app = Mortal(place.talk.app, at, nth, after)
        with pytest.raises(Killed):
            place.apply(place.migrating())
        elsewhere = JobPlace(place.world, talk_to(place.world), tmp_path / "elsewhere")
        place.world.clock.advance(301)  # the lease of the lock
        run = elsewhere.apply(place.migrating())
        told = run.results[0].error or ""
        if run.outcome.exit != Exit.DONE:  # the start never left, and nobody can tell
            assert (status, place.begun) == ("empty", [])
            assert "neither the service nor the rows tell" in told
        else:
            assert (place.begun, place.there) == (["Completed"], 10)
