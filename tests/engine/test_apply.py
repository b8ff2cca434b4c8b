"""Running a plan on a small organisation: what happens, in which order, and what becomes of the rest."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError, RequestFailed
from mig.dataverse.messages import Request
from mig.engine import lock as locking
from mig.engine.attempt import Attempt, Stop
from mig.engine.binding import PlanStale
from mig.engine.lock import Heartbeat, Lock, LockHeld
from mig.engine.notes import Notes
from mig.engine.plan import Action
from mig.engine.progress import Event
from mig.engine.run import Fate
from mig.engine.steps import (
    Await,
    Check,
    Confirmation,
    Converge,
    Expected,
    Forget,
    Invoke,
    Operation,
    Record,
    Write,
)
from mig.model.outcome import Exit
from tests.dataverse.apps import Reply, Scripted
from tests.engine.conftest import Place, change, creating, entry, fates, in_both_stores, plan_of, row_id

DONE, FAILED, SKIPPED = Fate.DONE, Fate.FAILED, Fate.SKIPPED
SEGMENT = "d0000000-0000-0000-0000-000000000001"
DEFINITION = "d0000000-0000-0000-0000-000000000002"
LIVE, DRAFT, GOING_LIVE = 723270000, 723270001, 723270002


def shown(place: Place) -> Any:
    return place.keep(lambda notes: locking.find(notes, place.organization))


def batches(place: Place) -> int:
    return sum(exchange.request == "POST $batch" for exchange in place.talk.log)


# --- what goes well ---------------------------------------------------------------------------------------


@in_both_stores
def test_what_is_applied_is_there_and_in_the_ledger(place: Place) -> None:
    run = place.apply(creating("a", 11, 12), creating("b", 13))
    assert place.contacts() == {11: "a", 12: "a", 13: "b"}
    assert fates(run) == {"a": DONE, "b": DONE}
    assert all(result.request_id for result in run.results)
    assert (run.outcome_word, run.outcome.exit) == ("done", Exit.DONE)
    recorded = place.ledgers().own.entries["source-a"]
    assert replace(recorded, run_id="", at="") == entry("a")
    assert recorded.run_id == "run-1"
    assert recorded.at.startswith("2026-11-22T09:00:")


def test_nothing_to_do_is_done(place: Place) -> None:
    run = place.apply()
    assert (run.outcome_word, run.outcome.exit) == ("nothing", Exit.DONE)
    assert place.ledgers().own.entries == {}


def test_idle_changes_are_no_part_of_a_run(place: Place) -> None:
    run = place.apply(change("a", Action.UNCHANGED), change("b", Action.BLOCKED), creating("c", 11))
    assert fates(run) == {"c": DONE}
    assert (run.refused, run.outcome_word, run.outcome.exit) == (1, "refused", Exit.REFUSED)


def test_what_only_a_selection_brought_in_refuses_nothing(place: Place) -> None:
    run = place.apply(change("b", Action.BLOCKED, listed=False), creating("c", 11))
    assert (run.refused, run.outcome.exit) == (0, Exit.DONE)


def test_changes_run_after_what_they_depend_on(place: Place) -> None:
    told: list[tuple[str, str]] = []
    run = place.apply(
        creating("a", 11, depends_on=["segment.b/create"]),
        creating("b", 12, depends_on=["segment.c/create", "segment.elsewhere/create"]),
        creating("c", 13),
        listen=lambda event: told.append((event.event, event.address)),
    )
    assert set(fates(run).values()) == {DONE}
    assert [one for one in told if one[1]] == [
        ("change-started", "segment.c"),
        ("change-done", "segment.c"),
        ("change-started", "segment.b"),
        ("change-done", "segment.b"),
        ("change-started", "segment.a"),
        ("change-done", "segment.a"),
    ]
    assert [one[0] for one in told if not one[1]] == ["run-started", "run-ended"]


def test_progress_counts_changes(place: Place) -> None:
    told: list[Event] = []
    place.apply(creating("a", 11), creating("b", 12, depends_on=["segment.a/create"]), listen=told.append)
    done = [event for event in told if event.event == "change-done"]
    assert [(event.done, event.total) for event in done] == [(1, 2), (2, 2)]
    assert told[-1].detail == "done"


@pytest.mark.parametrize(("parallelism", "requests"), [(1, 2), (4, 3)])
def test_many_changes_take_few_requests(place: Place, parallelism: int, requests: int) -> None:
    run = place.apply(*(creating(f"k{n}", 100 + n) for n in range(60)), parallelism=parallelism)
    assert set(fates(run).values()) == {DONE}
    assert len(place.contacts()) == 60
    assert batches(place) == requests
    assert len(place.ledgers().own.entries) == 60


def test_what_has_an_order_is_sent_one_after_the_other(place: Place) -> None:
    there: list[int] = []

    async def missing(client: Client) -> Iterator[Request]:
        return requests() if not place.contacts() else iter(())

    def requests() -> Iterator[Request]:
        for number in range(21, 27):
            there.append(len(place.contacts()))
            body = {"contactid": row_id(number), "lastname": "waits"}
            yield Request("POST", "contacts", body, creates=f"contacts({row_id(number)})")

    run = place.apply(change("a", steps=[Converge("a list", missing=missing, in_order=True)]), parallelism=4)
    assert (fates(run), there) == ({"a": DONE}, [0, 1, 2, 3, 4, 5])


def test_what_never_reads_back_is_not_sent_for_ever(place: Place) -> None:
    asked = 0

    async def missing(client: Client) -> Iterator[Request]:
        nonlocal asked
        asked += 1
        return iter([Request("GET", "contacts")])

    run = place.apply(change("a", steps=[Converge("a list", missing=missing)]))
    assert run.results[0].error == "what was sent does not read back: a list"
    sent = [exchange.request for exchange in place.talk.log].count("GET contacts")
    assert (asked, sent) == (4, 3)


def test_how_much_was_written_is_told_every_ten_seconds(place: Place) -> None:
    told: list[tuple[str, str]] = []

    async def missing(client: Client) -> Iterator[Request]:
        return requests() if not place.contacts() else iter(())

    def requests() -> Iterator[Request]:
        for number in range(21, 26):
            place.world.clock.advance(6)
            body = {"contactid": row_id(number), "lastname": "waits"}
            yield Request("POST", "contacts", body, creates=f"contacts({row_id(number)})")

    steps = [Converge("a list", missing=missing, in_order=True)]
    place.apply(change("a", steps=steps), listen=lambda event: told.append((event.event, event.detail)))
    assert [detail for event, detail in told if event == "rows-written"] == [
        "a list: 3 written",
        "a list: 5 written",
    ]


def test_updates_and_deletes_are_guarded_by_what_was_read(place: Place) -> None:
    place.apply(creating("a", 11), creating("b", 12))

    def write(key: str, method: Any, number: int, etag: str | None) -> Any:
        operation = Operation(method, "contacts", row_id(number), {"lastname": key}, etag)
        return change(key, Action.UPDATE, steps=[Write((operation,))])

    run = place.apply(
        write("fresh", "PATCH", 11, None),
        write("stale", "PATCH", 12, 'W/"1"'),
        write("gone", "PATCH", 13, None),
        run_id="run-2",
    )
    assert fates(run) == {"fresh": DONE, "stale": FAILED, "gone": FAILED}
    assert place.contacts() == {11: "fresh", 12: "b"}
    assert fates(place.apply(write("fresh", "DELETE", 11, None), run_id="run-3")) == {"fresh": DONE}
    assert place.contacts() == {12: "b"}


# --- what fails -------------------------------------------------------------------------------------------


def test_a_change_set_that_fails_leaves_nothing_behind_and_the_others_alone(place: Place) -> None:
    run = place.apply(creating("a", 11), creating("b", 12, 11), creating("c", 13))
    assert fates(run) == {"a": DONE, "b": FAILED, "c": DONE}
    assert place.contacts() == {11: "a", 13: "c"}
    failed = run.results[1]
    assert failed.error is not None
    assert "POST contacts was answered 412" in failed.error
    assert failed.request_id
    assert failed.request_id in failed.error
    assert set(place.ledgers().own.entries) == {"source-a", "source-c"}
    assert (run.outcome_word, run.outcome.exit) == ("partial", Exit.PARTIAL)


def test_what_depends_on_a_failure_is_skipped(place: Place) -> None:
    run = place.apply(
        creating("a", 11, 11),
        creating("b", 12, depends_on=["segment.a/create"]),
        creating("c", 13, depends_on=["segment.b/create"]),
        creating("d", 14),
    )
    assert fates(run) == {"a": FAILED, "b": SKIPPED, "c": SKIPPED, "d": DONE}
    assert run.results[1].error == "segment.a/create was not done"
    assert run.results[2].error == "segment.b/create was not done"
    assert place.contacts() == {14: "d"}


def test_when_everything_fails_the_run_has_failed(place: Place) -> None:
    run = place.apply(creating("a", 11, 11), creating("b", 12, depends_on=["segment.a/create"]))
    assert (run.outcome_word, run.outcome.exit) == ("failed", Exit.FAILED)
    assert run.outcome.sentence == "Failed: 0 done, 1 failed, 1 skipped. Run again to go on."


def test_a_failed_call(place: Place) -> None:
    call = change(
        "a", Action.PUBLISH, steps=[Invoke("msdynmkt_PublishSegmentDefinition", {}), Record(entry("a"))]
    )
    run = place.apply(call, creating("b", 11))
    assert fates(run) == {"a": FAILED, "b": DONE}
    assert set(place.ledgers().own.entries) == {"source-b"}


class Between:
    """Passes requests on, but answers some batches itself."""

    def __init__(self, app: Any, scripted: Scripted) -> None:
        self._app = app
        self._scripted = scripted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        batch = scope["path"].endswith("$batch")
        await (self._scripted if batch else self._app)(scope, receive, send)


def answered(place: Place, status: int, body: str, kind: str) -> None:
    place.talk.app = Between(place.talk.app, Scripted([Reply(status, body, {"content-type": kind})]))


def part(status: int) -> str:
    return f"Content-Type: application/http\r\n\r\nHTTP/1.1 {status} .\r\n\r\n"


def inner(*statuses: int) -> str:
    parts = "".join(f"--s\r\n{part(status)}\r\n" for status in statuses)
    return f"--r\r\nContent-Type: multipart/mixed; boundary=s\r\n\r\n{parts}--s--\r\n--r--\r\n"


MIXED = "multipart/mixed; boundary=r"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, "<html>Bad gateway</html>", "text/html"),
        (200, "<html>Sign in</html>", "text/html"),
        (200, "--r\r\nContent-Type: applic", MIXED),
        (200, "--r--\r\n", MIXED),
        (200, inner(), MIXED),
        (200, inner(204), MIXED),
        (200, inner(204, 204, 204), MIXED),
        (200, f"--r\r\n{part(204)}\r\n--r--\r\n", MIXED),
    ],
    ids=["gateway", "sign-in page", "cut", "no parts", "empty set", "too few", "too many", "one for all"],
)
def test_only_an_answer_to_every_write_is_a_success(place: Place, status: int, body: str, kind: str) -> None:
    answered(place, status, body, kind)
    run = place.apply(creating("a", 11, 12), change("b", depends_on=["segment.a/create"]))
    assert fates(run) == {"a": FAILED, "b": SKIPPED}
    assert place.ledgers().own.entries == {}
    assert shown(place) is None


def test_a_change_set_that_went_through_is_a_success(place: Place) -> None:
    answered(place, 200, inner(204, 204), MIXED)
    assert fates(place.apply(creating("a", 11, 12))) == {"a": DONE}


@pytest.mark.parametrize(
    ("status", "exit_code"), [(401, Exit.DENIED), (403, Exit.DENIED), (404, Exit.FAILED)]
)
def test_a_refusal_for_want_of_a_privilege_decides_the_exit_code(
    place: Place, status: int, exit_code: Exit
) -> None:
    answered(place, 200, f"--r\r\n{part(status)}\r\n--r--\r\n", MIXED)
    run = place.apply(creating("a", 11))
    assert (run.outcome_word, run.outcome.exit) == ("failed", exit_code)


# --- waiting ----------------------------------------------------------------------------------------------


def expected(entity_set: str, id_column: str, key: str, column: str = "statuscode", **facts: Any) -> Expected:
    given: dict[str, Any] = {"done": frozenset({2}), "waiting": frozenset({1}), "problems": {}}
    return Expected(entity_set, id_column, key, column, **{**given, **facts})


def contact(number: int, **facts: Any) -> Expected:
    return expected("contacts", "contactid", row_id(number), **facts)


def waiting(key: str, *rows: Expected, depends_on: tuple[str, ...] = ()) -> Any:
    return change(key, Action.PUBLISH, steps=[Await(rows), Record(entry(key))], depends_on=depends_on)


def pair(query: str = "PROFILE(contact)") -> Any:
    """A change that makes a real-time segment, as a draft."""
    definition = {
        "msdynmkt_name": "news",
        "msdynmkt_segmentquery": query,
        "statecode": 0,
        "statuscode": DRAFT,
    }
    segment = {
        "msdynmkt_displayname": "news",
        "msdynmkt_baseentitylogicalname": "contact",
        "msdynmkt_type": 11,
        "msdynmkt_source": 12,
        "msdynmkt_sourcesegmentuid": DEFINITION,
        "statecode": 1,
        "statuscode": 2,
    }
    operations = (
        Operation(
            "POST",
            "msdynmkt_segmentdefinitions",
            DEFINITION,
            definition,
            id_column="msdynmkt_segmentdefinitionid",
        ),
        Operation("POST", "msdynmkt_segments", SEGMENT, segment, id_column="msdynmkt_segmentid"),
    )
    return change("news", steps=[Write(operations), Record(entry("news"))])


def publishing() -> Any:
    live = expected(
        "msdynmkt_segmentdefinitions",
        "msdynmkt_segmentdefinitionid",
        DEFINITION,
        done=frozenset({LIVE}),
        waiting=frozenset({GOING_LIVE}),
    )
    return change(
        "news",
        Action.PUBLISH,
        steps=[
            Invoke("msdynmkt_PublishSegmentDefinition", {"SegmentId": SEGMENT}),
            Await((live,)),
            Record(entry("news", published=True)),
        ],
        depends_on=["segment.news/create"],
    )


def test_publishing_is_believed_when_it_reads_back(place: Place) -> None:
    told: list[Event] = []
    run = place.apply(pair(), publishing(), creating("z", 11), listen=told.append)
    assert {result.fate for result in run.results} == {DONE}
    assert place.ledgers().own.entries["source-news"].published
    status = place.world.connection.execute("SELECT statuscode FROM msdynmkt_segmentdefinition").fetchone()
    assert status[0] == LIVE
    assert sum(place.talk.waits) >= 20  # seconds of the world's clock; nobody waited
    names = [(event.event, f"{event.address}/{event.action}") for event in told if event.address]
    done = names.index(("change-done", "segment.z/create"))
    assert done < names.index(("change-started", "segment.news/publish")), (
        "what has to be waited for comes last"
    )
    assert any(event.event == "waiting" and event.detail == "1 row" for event in told)


# --- steps in another order -------------------------------------------------------------------------------


def renaming(*between: Any) -> Any:
    """A change that waits, then renames contact 11, with the ledger told before and after."""
    renamed = Operation("PATCH", "contacts", row_id(11), {"lastname": "b"}, 'W/"1"')
    steps = [Record(entry("a", stopped=True)), *between, Write((renamed,)), Record(entry("a"))]
    return change("a", Action.UPDATE, steps=steps)


def test_what_waits_before_it_writes_uses_the_version_it_waited_for(place: Place) -> None:
    place.apply(creating("a", 11))
    at_rest = contact(11, done=frozenset({1}), waiting=frozenset())
    run = place.apply(renaming(Await((at_rest,))), run_id="run-2")
    assert (fates(run), place.contacts()) == ({"a": DONE}, {11: "b"})
    assert not place.ledgers().own.entries["source-a"].stopped


def test_what_fails_on_its_way_writes_no_further(place: Place) -> None:
    place.apply(creating("a", 11))
    never = contact(11, done=frozenset({7}), waiting=frozenset())
    run = place.apply(renaming(Await((never,))), run_id="run-2")
    assert (fates(run), place.contacts()) == ({"a": FAILED}, {11: "a"})
    assert place.ledgers().own.entries["source-a"].stopped


def test_what_depends_on_a_change_that_waits_comes_after_it(place: Place) -> None:
    place.apply(creating("a", 11))
    at_rest = contact(11, done=frozenset({1}), waiting=frozenset())
    run = place.apply(
        waiting("a", at_rest),
        creating("b", 12, depends_on=["segment.a/publish"]),
        creating("c", 13, depends_on=["segment.b/create"]),
        run_id="run-2",
    )
    assert fates(run) == {"a": DONE, "b": DONE, "c": DONE}


def test_an_answer_that_tells_of_a_refusal_is_one(place: Place) -> None:
    place.apply(pair())
    told = Confirmation("stopSingleSegmentResults", "WasStopped", ("Message", "DependentJourneys"))
    stop = Invoke("msdynmkt_StopSegments", {"SegmentIdList": [SEGMENT]}, told)
    run = place.apply(change("news", Action.UPDATE, steps=[stop, Record(entry("other"))]), run_id="run-2")
    assert fates(run) == {"news": FAILED}
    assert (run.results[0].error or "").startswith("msdynmkt_StopSegments refused: Message: ")
    assert "source-other" not in place.ledgers().own.entries


def test_what_goes_wrong_later_does_not_hide_the_request_that_was_answered() -> None:
    attempt = Attempt(creating("a", 11))
    attempt.request_id = "of the write"
    attempt.fail(RequestFailed(request="GET x", status=404, error_code="", message="gone", request_id=None))
    assert attempt.request_id == "of the write"
    attempt.fail(RequestFailed(request="GET x", status=404, error_code="", message="gone", request_id="new"))
    assert attempt.request_id == "new"


def test_whatever_happens_the_lock_is_given_back_after_the_ledger_is_written(place: Place) -> None:
    async def no_answer_at_all(client: Client) -> str | None:
        raise KeyError("an answer of a shape that nobody expected")

    later = change("b", steps=[Check("b", problem=no_answer_at_all)], depends_on=["segment.a/create"])
    with pytest.raises(KeyError):
        place.apply(creating("a", 11), later)
    assert list(place.ledgers().own.entries) == ["source-a"]
    assert "annotations" in place.talk.log[-1].request
    assert place.talk.log[-1].request.startswith("DELETE ")


def test_what_is_deleted_is_forgotten(place: Place) -> None:
    place.apply(creating("a", 11), creating("b", 12))
    gone = Operation("DELETE", "contacts", row_id(11), {})
    steps = [Write((gone,)), Forget("source-a", "segment.a")]
    run = place.apply(change("a", Action.DELETE, steps=steps), run_id="run-2")
    assert (fates(run), place.contacts()) == ({"a": DONE}, {12: "b"})
    assert list(place.ledgers().own.entries) == ["source-b"]


class FailingPolls:
    """The world's application, which answers so many polls with a page of a proxy."""

    def __init__(self, app: Any, failing: int) -> None:
        self.app = app
        self.left = failing

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        poll = scope["method"] == "GET" and b"PropertyValues" in scope["query_string"]
        if not poll or not self.left:
            await self.app(scope, receive, send)
            return
        self.left -= 1
        await send(
            {"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/html")]}
        )
        await send({"type": "http.response.body", "body": b"<h1>proxy error</h1>"})


def test_polls_that_fail_lose_nothing(place: Place) -> None:
    place.talk.app = FailingPolls(place.talk.app, 3)
    run = place.apply(pair(), publishing())
    assert {result.fate for result in run.results} == {DONE}
    assert place.ledgers().own.entries["source-news"].published


def test_a_status_that_cannot_be_read_back_is_not_believed(place: Place) -> None:
    place.talk.app = FailingPolls(place.talk.app, 1000)
    run = place.apply(pair(), publishing())
    failed = next(result for result in run.results if result.action is Action.PUBLISH)
    assert failed.fate is FAILED
    assert "cannot be read back" in (failed.error or "")
    assert not place.ledgers().own.entries["source-news"].published


def test_a_row_that_never_settles_is_called_stuck(place: Place) -> None:
    run = place.apply(creating("a", 11), waiting("b", contact(11)), creating("c", 12))
    assert fates(run) == {"a": DONE, "b": FAILED, "c": DONE}
    assert run.results[1].error == "still not settled after 60 minutes"
    assert 3600 <= sum(place.talk.waits) < 3700
    assert max(place.talk.waits) <= 30
    assert "source-b" not in place.ledgers().own.entries


def test_the_lock_is_kept_while_waiting(place: Place) -> None:
    """An hour is twelve leases; nobody else gets in between."""
    others: list[type[Exception]] = []

    async def try_to_take(notes: Notes) -> None:
        await Lock.take(
            notes, place.organization, "run-2", Heartbeat(place.home / "other"), place.world.clock.now
        )

    def listen(event: Event) -> None:
        if event.event == "waiting":
            writes = place.world.connection.execute("SELECT notetext FROM annotation").fetchall()
            others.append(LockHeld if any("run-1" in text for (text,) in writes) else KeyError)

    run = place.apply(creating("a", 11), waiting("b", contact(11)), listen=listen)
    assert run.outcome_word == "partial"
    assert set(others) == {LockHeld}
    place.keep(try_to_take)


def test_other_values_are_told_apart(place: Place) -> None:
    place.apply(creating("a", 11))
    run = place.apply(
        waiting("known", contact(11, waiting=frozenset(), problems={1: "it is in error"})),
        run_id="run-2",
    )
    assert run.results[0].error == "it is in error"
    run = place.apply(waiting("unknown", contact(11, waiting=frozenset())), run_id="run-3")
    assert run.results[0].error == "statuscode came to 1, which is not expected"
    run = place.apply(waiting("gone", contact(12)), run_id="run-4")
    assert run.results[0].error == "the row is gone"
    assert len(place.talk.waits) == 3


def test_one_bad_row_of_two_fails_the_change(place: Place) -> None:
    place.apply(creating("a", 11, 12))
    settled = {"done": frozenset({1}), "waiting": frozenset()}
    both = waiting("both", contact(11, **settled), contact(13))
    run = place.apply(both, waiting("good", contact(12, **settled)), run_id="run-2")
    assert fates(run) == {"both": FAILED, "good": DONE}


def test_many_rows_are_polled_together(place: Place) -> None:
    place.apply(*(creating(f"k{n}", 100 + n) for n in range(50)))
    before = len(place.talk.log)
    rows = [contact(100 + n, done=frozenset({1}), waiting=frozenset()) for n in range(50)]
    run = place.apply(*(waiting(f"k{n}", row) for n, row in enumerate(rows)), run_id="run-2")
    assert set(fates(run).values()) == {DONE}
    # the ledger, the lock, the ledger again, past runs read and written, one poll, the ledger and past runs
    # written, the lock given back
    assert len(place.talk.log) - before <= 9


# --- interrupted ------------------------------------------------------------------------------------------


def stopping_at(stop: Stop, name: str) -> Any:
    def listen(event: Event) -> None:
        if event.event == name:
            stop.requested = True

    return listen


def test_the_first_interrupt_finishes_what_is_in_flight(place: Place) -> None:
    stop = Stop()
    run = place.apply(
        creating("a", 11),
        creating("b", 12, depends_on=["segment.a/create"]),
        stop=stop,
        listen=stopping_at(stop, "change-done"),
    )
    assert fates(run) == {"a": DONE, "b": SKIPPED}
    assert run.results[1].error == "interrupted before it was begun"
    assert (run.outcome_word, run.outcome.exit) == ("interrupted", Exit.INTERRUPTED)
    assert set(place.ledgers().own.entries) == {"source-a"}
    assert shown(place) is None


def test_an_interrupt_before_the_first_write(place: Place) -> None:
    stop = Stop()
    run = place.apply(creating("a", 11), stop=stop, listen=stopping_at(stop, "change-started"))
    assert fates(run) == {"a": SKIPPED}
    assert (place.contacts(), batches(place)) == ({}, 0)


def test_an_interrupt_while_waiting(place: Place) -> None:
    stop = Stop()
    run = place.apply(
        creating("a", 11), waiting("b", contact(11)), stop=stop, listen=stopping_at(stop, "waiting")
    )
    assert fates(run) == {"a": DONE, "b": FAILED}
    assert "it may still come about" in str(run.results[1].error)
    assert run.outcome.exit is Exit.INTERRUPTED
    assert len(place.talk.waits) == 1


def test_an_interrupt_that_comes_too_late_changes_nothing(place: Place) -> None:
    stop = Stop()
    run = place.apply(creating("a", 11), stop=stop, listen=stopping_at(stop, "change-done"))
    assert (run.outcome_word, run.outcome.exit) == ("done", Exit.DONE)


# --- under the lock ---------------------------------------------------------------------------------------


@in_both_stores
def test_a_second_run_is_refused_and_writes_nothing(place: Place) -> None:
    async def hold(notes: Notes) -> None:
        await Lock.take(
            notes, place.organization, "run-0", Heartbeat(place.home / "o"), place.world.clock.now
        )

    place.keep(hold)
    with pytest.raises(LockHeld):
        place.apply(creating("a", 11))
    assert place.contacts() == {}
    assert shown(place).holder.run_id == "run-0"


@in_both_stores
def test_a_plan_made_before_another_run_is_stale(place: Place) -> None:
    found = plan_of(creating("b", 12), creating("c", 13), organization=place.organization)
    with pytest.raises(PlanStale, match=r"segment\.c") as raised:
        place.apply(creating("b", 12), found=found)
    assert raised.value.exit is Exit.STALE
    assert place.contacts() == {}
    assert shown(place) is None, "the lock is given back"


def test_a_run_that_lost_the_lock_writes_nothing_more(place: Place) -> None:
    def steal(event: Event) -> None:
        if event.event == "change-done":
            place.world.clock.advance(1000)
            place.world.connection.execute(
                "UPDATE annotation SET versionnumber = ? WHERE subject = 'mig:lock'",
                (place.world.next_version(),),
            )

    run = place.apply(creating("a", 11), creating("b", 12, depends_on=["segment.a/create"]), listen=steal)
    assert fates(run) == {"a": DONE, "b": SKIPPED}
    assert place.contacts() == {11: "a"}
    assert run.outcome_word == "partial"
    assert "this run lost the lock" in run.outcome.sentence
    assert run.outcome.exit is Exit.LOCKED


def test_no_batch_of_a_run_that_lost_the_lock_is_sent(place: Place) -> None:
    def steal(event: Event) -> None:
        if event.event == "change-done" and event.address == "segment.first":
            place.world.clock.advance(1000)
            place.world.connection.execute("DELETE FROM annotation WHERE subject = 'mig:lock'")

    many = [creating(f"k{n}", 100 + n, depends_on=["segment.first/create"]) for n in range(60)]
    run = place.apply(creating("first", 11), *many, listen=steal)
    assert place.contacts() == {11: "first"}
    assert run.outcome.exit is Exit.LOCKED


@in_both_stores
@pytest.mark.parametrize("problem", [KeyboardInterrupt, RuntimeError, DataverseError])
def test_the_lock_is_given_back_whatever_happens(place: Place, problem: type[BaseException]) -> None:
    def listen(event: Event) -> None:
        if event.event == "run-started":
            raise problem

    with pytest.raises(problem):
        place.apply(creating("a", 11), listen=listen)
    assert shown(place) is None
    assert not list(place.home.rglob("runs/*.lock"))


@in_both_stores
def test_a_lock_that_was_taken_over_is_told(place: Place) -> None:
    async def hold(notes: Notes) -> None:
        await Lock.take(
            notes, place.organization, "run-0", Heartbeat(place.home / "o"), place.world.clock.now
        )

    place.keep(hold)
    place.world.clock.advance(1000)
    told: list[str] = []
    place.apply(creating("a", 11), listen=lambda event: told.append(event.event))
    assert told[0] == "lock-taken-over"


def test_running_again_after_a_failure_goes_on(place: Place) -> None:
    place.apply(creating("a", 11, 11))
    run = place.apply(creating("a", 11), creating("b", 12, depends_on=["segment.a/create"]), run_id="run-2")
    assert fates(run) == {"a": DONE, "b": DONE}
    assert set(place.ledgers().own.entries) == {"source-a", "source-b"}
