"""The registration job's two calls: what is sent, what is made of answers, and that no token is seen."""

import logging
import traceback
from typing import Any

import pytest

from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, DataverseError, OutcomeUnknown, RequestFailed, WriteRefused
from mig.dataverse.events_service import EventsAccess, JobNotOffered, StartRefused, TokenRefused
from mig.dataverse.hiding import Hidden
from mig.dataverse.job_status import JobState, read_status
from mig.model.outcome import Exit
from tests.data import load
from tests.dataverse.apps import Reply, Scripted, Talk
from tests.support import CASES

TOKEN = "an events/token+that nobody may see"  # noqa: S105 -- it opens nothing
QUOTED = "an%20events%2Ftoken%2Bthat%20nobody%20may%20see"
SPELLINGS = (TOKEN, QUOTED, "an+events%2Ftoken%2Bthat+nobody+may+see")
ROOT = "https://events.example/api/v1.0/orgs/o/eventmanagement"
ACCESS = EventsAccess(f"{ROOT}/", TOKEN, "https://www.contoso.example", "${MIG_EVENTS_ENDPOINT}")
SOURCE, TARGET = "50000000-0000-0000-0000-000000000001", "50000000-0000-0000-0000-000000000002"


def service(*replies: Reply) -> tuple[Scripted, Talk]:
    app = Scripted(list(replies))
    return app, Talk(app, events=ACCESS)


async def status(client: Client) -> Any:
    assert client.events is not None
    return await client.events.status()


async def start(client: Client, **how: bool) -> None:
    assert client.events is not None
    await client.events.start(SOURCE, TARGET, **how)


# --- what is sent -----------------------------------------------------------------------------------------


def test_what_is_sent() -> None:
    app, talk = service(Reply(202))
    talk(start, writable=True)
    talk(lambda client: start(client, instead=True), writable=True)
    below = "/api/v1.0/orgs/o/eventmanagement/obmMigration"
    assert app.asked[0] == f"POST {below}/start?emApplicationtoken={QUOTED}"
    assert app.headers[0]["origin"] == "https://www.contoso.example"
    assert "authorization" not in app.headers[0]
    assert app.bodies == [
        b'{"fromEventId": "%s", "toEventId": "%s"}' % (SOURCE.encode(), TARGET.encode()),
        b'{"fromEventId": "%s", "toEventId": "%s", "stopExistingIfJobRunning": true}'
        % (SOURCE.encode(), TARGET.encode()),
    ]
    talk(status)
    assert app.asked[-1] == f"GET {below}/status?emApplicationtoken={QUOTED}"


def test_nothing_is_started_while_planning() -> None:
    app, talk = service(Reply(202))
    with pytest.raises(WriteRefused):
        talk(start)
    assert not app.asked


@pytest.mark.parametrize("code", [500, 502, 503, 504])
@pytest.mark.parametrize("wait", [None, "60", "3600"])
def test_a_start_in_doubt_is_not_sent_again(code: int, wait: str | None) -> None:
    app, talk = service(Reply(code, headers={"Retry-After": wait} if wait else {}))
    with pytest.raises(OutcomeUnknown, match="whether POST obmMigration/start was carried out is not known"):
        talk(start, writable=True)
    assert len(app.asked) == 1


def test_a_start_whose_answer_never_came_is_not_sent_again() -> None:
    asked = 0

    async def cut(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked += 1
        raise ConnectionResetError

    with pytest.raises(OutcomeUnknown):
        Talk(cut, events=ACCESS)(start, writable=True)
    assert asked == 1


def test_a_start_that_was_refused_unread_is_sent_again() -> None:
    app, talk = service(Reply(429, headers={"Retry-After": "5"}), Reply(202))
    talk(start, writable=True)
    assert (len(app.asked), talk.waits) == (2, [5.0])


# --- what is made of answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case", load(CASES / "client" / "job-status.yaml"), ids=lambda case: case["body"][:60]
)
def test_status_bodies(case: dict[str, Any]) -> None:
    hidden = Hidden()
    hidden.add("the-token")
    found = read_status(case["body"].encode(), case.get("kind", ""), hidden)
    assert found.state is JobState(case["is"])
    assert found.said == case.get("said", found.said)
    assert [found.source, found.target] == case.get("pair", [None, None])


def test_bodies_that_are_too_much() -> None:
    assert read_status(b"[" * 100_000, "", Hidden()).state is JobState.INDETERMINATE
    assert read_status(b"[" * 30 + b"]" * 30, "", Hidden()).state is JobState.INDETERMINATE
    assert len(read_status(b"[%s]" % b"1, " * 9999 + b"1]", "", Hidden()).said) <= 2000
    assert read_status(b"\xff\xfe\x00", "", Hidden()).state is JobState.INDETERMINATE


@pytest.mark.parametrize(
    ("call", "code", "kind"),
    [
        (status, 401, TokenRefused),
        (status, 403, TokenRefused),
        (status, 400, TokenRefused),
        (status, 404, JobNotOffered),
        (status, 410, JobNotOffered),
        (status, 418, RequestFailed),
        (status, 302, BadAnswer),
        (start, 400, StartRefused),
        (start, 409, StartRefused),
        (start, 401, TokenRefused),
        (start, 404, JobNotOffered),
        (start, 302, BadAnswer),
    ],
)
def test_refusals(call: Any, code: int, kind: type[DataverseError]) -> None:
    _, talk = service(Reply(code, {"message": "no seat for ann@fabrikam.example"}, {"Location": "elsewhere"}))
    with pytest.raises(kind) as caught:
        talk(call, writable=True)
    assert type(caught.value) is kind
    assert "fabrikam" not in str(caught.value)
    assert (caught.value.exit is Exit.DENIED) == (kind is TokenRefused)


# --- the token --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [200, 302, 400, 401, 404, 409, 500])
def test_the_token_is_seen_nowhere(code: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"x-ms-service-request-id": TOKEN, "content-type": "text/html", "location": ROOT + QUOTED}
    for body in (f"<p>{TOKEN}</p>", {"message": QUOTED, "state": TOKEN}, TOKEN):
        _, talk = service(Reply(code, body, headers if isinstance(body, str) else {}))
        told = [repr(ACCESS), repr(talk.events)]
        for call in (status, start):
            try:
                told.append(repr(talk(call, writable=True)))
            except DataverseError as error:
                told += [*traceback.format_exception(error), repr(error), error.fix]
        told += [repr(talk.log), caplog.text]
        assert not [text for text in told for spelling in SPELLINGS if spelling in text]


def test_the_token_is_not_in_what_a_broken_connection_says() -> None:
    access = EventsAccess("https://\x7f.example", TOKEN, "https://o.example", "the service")

    with pytest.raises(DataverseError) as caught:
        Talk(None, events=access)(status)
    text = "".join(traceback.format_exception(caught.value))
    assert not [spelling for spelling in SPELLINGS if spelling in text]


def test_a_job_of_days_takes_no_time_off_a_run() -> None:
    talk = Talk(Scripted([Reply(204)]))

    async def wait(client: Client) -> None:
        for _ in range(100):
            await client.idle(3600)
        await client.get("WhoAmI")

    talk(wait)
    assert sum(talk.waits) == 360_000
