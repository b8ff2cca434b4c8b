"""One organisation over HTTP: pages, patience, refusals, and what may not leave."""

import asyncio
import gc
import gzip
import json
import tracemalloc
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mig.dataverse.calls import Exchange
from mig.dataverse.client import Client, connect
from mig.dataverse.errors import (
    BadAnswer,
    BadToken,
    DataverseError,
    NotAMember,
    PrivilegeMissing,
    RequestFailed,
    SignInRefused,
    Unreachable,
    WriteRefused,
)
from mig.dataverse.line import Patience
from mig.dataverse.messages import Answer, ChangeSet, Request
from mig.model.outcome import Exit
from tests.dataverse.apps import API, BEARER, URL, Reply, Scripted, Talk, all_rows


class Forgetful(list[bytes]):
    """Keeps nothing of what is asked."""

    def append(self, body: bytes) -> None:
        pass


CREATE = Request("POST", "contacts", {"fullname": "Ann"})
MEMBERS = Request("POST", "msdynmkt_MembersList", {"SegmentId": "1"})
REFUSAL = {"error": {"code": "0x80040217", "message": "contact With Id = 1 Does Not Exist"}}


def page(*names: str, then: Any = None) -> Reply:
    body: dict[str, Any] = {"value": [{"fullname": name} for name in names]}
    return Reply(body=body | ({"@odata.nextLink": then} if then is not None else {}))


GET = Request("GET", "contacts")
MIXED = {"content-type": "multipart/mixed; boundary=r"}


def part(status: int, header: str = "OData-Version: 4.0", body: str = "") -> str:
    head = f"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status} .\r\n{header}\r\n\r\n"
    return f"{head}{body}\r\n--r--\r\n"


def batch_answer(*statuses: int) -> Reply:
    parts = "".join(
        f"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {one} .\r\n\r\n" for one in statuses
    )
    return Reply(body=f"{parts}--r--\r\n", headers={"content-type": "multipart/mixed; boundary=r"})


async def who(client: Client) -> Any:
    return await client.get("WhoAmI")


async def create(client: Client) -> Answer:
    return await client.send(CREATE)


# --- pages ------------------------------------------------------------------------------------------------


def test_the_next_link_is_followed_untouched() -> None:
    link = "contacts?$select=fullname&$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E"
    app = Scripted([page("Ann", then=API + link), page("Bob")])
    rows = Talk(app)(lambda client: all_rows(client, "contacts?$select=fullname"))
    assert [row["fullname"] for row in rows] == ["Ann", "Bob"]
    assert app.asked == [
        "GET /api/data/v9.2/contacts?$select=fullname",
        f"GET /api/data/v9.2/{link}",
    ]
    assert {headers["prefer"] for headers in app.headers} == {"odata.maxpagesize=5000"}


def listings(client: Client) -> Any:
    return client.listings(["contacts", "teams"])


def first_pages(*pages: tuple[int, dict[str, Any]]) -> Reply:
    """A batch whose parts are first pages, each with its status."""
    head = "--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1"
    kind = "Content-Type: application/json"
    parts = (f"{head} {status} .\r\n{kind}\r\n\r\n{json.dumps(body)}\r\n" for status, body in pages)
    return Reply(body=f"{''.join(parts)}--r--\r\n", headers=MIXED)


def test_first_pages_come_together_and_the_others_follow() -> None:
    first = {"value": [{"fullname": "Ann"}], "@odata.nextLink": f"{API}contacts?p=2"}
    app = Scripted([first_pages((200, first), (200, {"value": [{"name": "Sales"}]})), page("Bob")])
    assert Talk(app)(listings) == [[{"fullname": "Ann"}, {"fullname": "Bob"}], [{"name": "Sales"}]]
    assert app.asked == ["POST /api/data/v9.2/$batch", "GET /api/data/v9.2/contacts?p=2"]
    assert app.bodies[0].count(b"odata.maxpagesize=5000") == 2


def test_a_first_page_that_is_refused_is_no_empty_one() -> None:
    app = Scripted([first_pages((200, {"value": []}), (404, REFUSAL))])
    with pytest.raises(RequestFailed, match="GET teams was answered 404"):
        Talk(app)(listings)


def test_an_empty_page_in_the_middle_ends_nothing() -> None:
    app = Scripted([page("Ann", then=f"{API}contacts?p=2"), page(then=f"{API}contacts?p=3"), page("Bob")])
    assert len(Talk(app)(all_rows)) == 2


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/api/data/v9.2/contacts?p=2",
        "https://contoso.example.elsewhere.example/api/data/v9.2/contacts?p=2",
        "http://contoso.example/api/data/v9.2/contacts?p=2",
        "contacts?p=2",
    ],
)
def test_a_next_link_to_another_host_is_not_followed(link: str) -> None:
    app = Scripted([page("Ann", then=link), page("Bob")])
    with pytest.raises(BadAnswer, match="another host"):
        Talk(app)(all_rows)
    assert len(app.asked) == 1


def test_a_next_link_that_comes_twice_would_never_end() -> None:
    app = Scripted([page("Ann", then=f"{API}contacts?p=2")])
    with pytest.raises(BadAnswer, match="same next page twice"):
        Talk(app)(all_rows)
    assert len(app.asked) == 2


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {}}, [], "text", None])
def test_an_answer_without_rows(body: Any) -> None:
    app = Scripted([Reply(body=body if not isinstance(body, str) else f'"{body}"'.encode())])
    app.replies[0] = Reply(200, app.replies[0].content, {"content-type": "application/json"})
    with pytest.raises(BadAnswer, match="GET contacts was answered without rows"):
        Talk(app)(lambda client: all_rows(client, "contacts?$filter=fullname eq 'Ann'"))


@pytest.mark.parametrize("link", [7, ["x"], {}, True, "", "https://[::1/contacts", "https://a.example:port/"])
def test_a_next_page_that_is_no_link_of_ours(link: Any) -> None:
    with pytest.raises(BadAnswer, match="next page"):
        Talk(Scripted([page("Ann", then=link), page("Bob")]))(all_rows)


@pytest.mark.parametrize("host", ["https://CONTOSO.example", "HTTPS://contoso.example", f"{URL}:443"])
def test_a_host_in_another_spelling_is_the_same_host(host: str) -> None:
    link = "/api/data/v9.2/contacts?$skiptoken=%3Ca%20B=%221%22%20/%3E"
    app = Scripted([page("Ann", then=host + link), page("Bob")])
    assert len(Talk(app)(all_rows)) == 2
    assert app.asked[1] == f"GET {link}"
    assert {headers["host"] for headers in app.headers} == {"contoso.example"}


@pytest.mark.parametrize("row", ["text", None, 1, []])
def test_something_among_the_rows_that_is_none(row: Any) -> None:
    with pytest.raises(BadAnswer, match="no row"):
        Talk(Scripted([Reply(body={"value": [{}, row]})]))(all_rows)


# --- patience ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", [who, create])
def test_a_request_that_was_not_executed_is_repeated_after_the_time_told(job: Any) -> None:
    app = Scripted(
        [Reply(429, headers={"Retry-After": "17"}), Reply(429, headers={"Retry-After": "30"}), Reply(204)]
    )
    talk = Talk(app)
    talk(job, writable=True)
    assert talk.waits == [17.0, 30.0]
    assert [exchange.status for exchange in talk.log] == [429, 429, 204]
    assert len(set(app.bodies)) == 1


@pytest.mark.parametrize("told", [None, "", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
def test_without_a_time_in_seconds_the_waits_grow(told: str | None) -> None:
    headers = {"Retry-After": told} if told is not None else {}
    talk = Talk(Scripted([Reply(429, headers=headers), Reply(429, headers=headers), Reply(204)]))
    talk(who)
    assert talk.waits == [2.0, 4.0]


def test_patience_has_an_end() -> None:
    talk = Talk(Scripted([Reply(429, {"error": {"code": "0x80072322", "message": "Number of requests"}})]))
    with pytest.raises(RequestFailed, match="429 0x80072322 Number of requests"):
        talk(who)
    assert len(talk.log) == 5
    assert len(talk.waits) == 4


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_error_is_repeated_where_that_is_safe(status: int) -> None:
    talk = Talk(Scripted([Reply(status, "<html>Bad gateway</html>"), Reply(200, {"UserId": "1"})]))
    assert talk(who) == {"UserId": "1"}
    assert len(talk.waits) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_nobody_would_sit_through_is_told_instead(status: int) -> None:
    talk = Talk(Scripted([Reply(status, headers={"Retry-After": "86400"})]))
    with pytest.raises(RequestFailed, match="asks to wait 86400 seconds") as raised:
        talk(who)
    assert (raised.value.status, talk.waits) == (status, [])


def test_a_write_that_was_rolled_back_is_in_no_doubt_however_long_the_wait() -> None:
    error = {"error": {"code": "0x80044150", "message": "deadlock"}}
    talk = Talk(Scripted([Reply(500, error, headers={"Retry-After": "3600"})]))
    with pytest.raises(RequestFailed, match="500 0x80044150 the service asks to wait 3600 seconds"):
        talk(create, writable=True)
    assert (len(talk.log), talk.waits) == (1, [])


@dataclass
class Breaking:
    """The connection breaks so many times; then there is an answer."""

    error: Exception
    times: int
    asked: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        if self.asked <= self.times:
            raise self.error
        await Scripted([Reply(200, {"UserId": "1"})])(scope, receive, send)


BREAKS = [httpx.ReadError("reset"), httpx.RemoteProtocolError("gone"), httpx.WriteError("")]


@pytest.mark.parametrize("error", BREAKS, ids=lambda error: type(error).__name__)
def test_reading_goes_on_after_a_broken_connection(error: Exception) -> None:
    talk = Talk(Breaking(error, times=2))
    assert talk(who) == {"UserId": "1"}
    assert talk.waits == [2.0, 4.0]


def test_a_connection_that_always_breaks() -> None:
    app = Breaking(BREAKS[0], times=99)
    with pytest.raises(Unreachable, match="reset"):
        Talk(app)(who)
    assert app.asked == 5


def test_an_answer_that_never_ends() -> None:
    async def hang(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    with pytest.raises(Unreachable, match="no answer in time"):
        Talk(hang, patience=Patience(answer=0.01))(who)


# --- answers that are none --------------------------------------------------------------------------------

HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json; odata.metadata=minimal"}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(200, "<html>Sign in</html>", HTML), "came as text/html; charset=utf-8 instead of JSON"),
        (Reply(200, "{}"), "came as nothing instead of JSON"),
        (Reply(200, '{"UserId": "1', JSON), "cut or not JSON"),
        (Reply(200, b'{"UserId": "\xff"}', JSON), "cut or not JSON"),
        (Reply(400, "not JSON", JSON), "cut or not JSON"),
        (Reply(200, b"[" * 100_000, JSON), "cut or not JSON"),
        (Reply(400, b"[" * 100_000, JSON), "cut or not JSON"),
        (Reply(200, b"plain", JSON | {"content-encoding": "gzip"}), "cannot be unpacked"),
        (Reply(302, b"", {"location": "https://login.example/"}), "302"),
        (Reply(302, "<html>Moved</html>", HTML | {"location": "https://login.example/"}), "302"),
        (Reply(307, {}, {"location": f"{URL}/elsewhere"}), "307"),
    ],
)
@pytest.mark.parametrize("job", [who, create])
def test_what_is_no_answer_of_the_web_api(reply: Reply, told: str, job: Any) -> None:
    app = Scripted([reply])
    with pytest.raises(BadAnswer, match=told) as raised:
        Talk(app)(job, writable=True)
    assert raised.value.exit is Exit.FAILED
    assert "url" in raised.value.fix
    assert len(app.asked) == 1  # a redirect is not followed: it would carry the token away


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"value": []}),
        Reply(200, "<html>Sign in</html>", HTML),
        Reply(200),
        Reply(302, b"", {"location": "https://login.example/"}),
        batch_answer(),
        batch_answer(204, 204),
        Reply(200, b"--r\r\ncut", {"content-type": "multipart/mixed; boundary=r"}),
        Reply(200, part(200, body="[" * 100_000), MIXED),
    ],
)
def test_what_is_no_answer_to_a_batch(reply: Reply) -> None:
    with pytest.raises(BadAnswer):
        Talk(Scripted([reply]))(lambda client: client.batch([ChangeSet((CREATE,))]), writable=True)


def test_an_answer_to_an_action_may_be_empty() -> None:
    assert Talk(Scripted([Reply(204)]))(create, writable=True).body is None


def test_what_was_sent_and_read_does_not_wait_for_garbage_to_be_looked_for() -> None:
    large = "x" * 1_000_000
    talk = Talk(app=Scripted([Reply(body={"large": large})], bodies=Forgetful()))

    async def often(client: Client) -> None:
        for _ in range(20):
            await client.send(Request("POST", "msdynmkt_MembersList", {"large": large}))

    gc.disable()
    tracemalloc.start()
    try:
        talk(often)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert peak < 10 * len(large)  # an answer is copied a few times while it is read


def test_no_answer_at_all() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        raise httpx.ConnectError("connection refused")

    with pytest.raises(Unreachable, match="the test organisation cannot be reached: connection refused"):
        Talk(refuse)(who)


# --- refusals ---------------------------------------------------------------------------------------------

IDS = {"x-ms-service-request-id": "9f1c,9f1c", "req_id": "other"}


@pytest.mark.parametrize(
    ("reply", "code", "message"),
    [
        (Reply(404, REFUSAL, IDS), "0x80040217", "contact With Id = 1 Does Not Exist"),
        (Reply(404, REFUSAL["error"], IDS), "0x80040217", "contact With Id = 1 Does Not Exist"),
        (Reply(400, {"Message": "No HTTP resource was found"}, IDS), "", "No HTTP resource was found"),
        (Reply(400, {"error": {"code": None, "message": None}}, IDS), "", ""),
        (Reply(400, {"error": "plain"}, IDS), "", "{'error': 'plain'}"),
        (Reply(400, ["odd"], IDS), "", "['odd']"),
        (Reply(500, "<html>Server error</html>", HTML | IDS), "", "<html>Server error</html>"),
        (Reply(500, b"", IDS), "", ""),
    ],
)
def test_an_error_keeps_what_the_service_said(reply: Reply, code: str, message: str) -> None:
    with pytest.raises(RequestFailed) as raised:
        Talk(Scripted([reply]))(lambda client: client.get("contacts(1)?$select=fullname"))
    error = raised.value
    assert (error.status, error.error_code, error.message) == (reply.status, code, message)
    assert error.request_id == "9f1c"
    assert str(error).startswith(f"GET contacts(1) was answered {reply.status}")
    assert message in str(error)
    assert str(error).endswith("(request 9f1c)")
    assert error.exit is Exit.FAILED


def test_a_page_of_html_is_not_repeated_whole() -> None:
    with pytest.raises(RequestFailed) as raised:
        Talk(Scripted([Reply(500, "x" * 100_000, HTML)]))(who)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("status", "code", "kind", "exit_code", "finding"),
    [
        (401, "", SignInRefused, Exit.DENIED, "ENV003"),
        (401, "0x80072560", NotAMember, Exit.DENIED, "ENV003"),
        (403, "0x80072560", NotAMember, Exit.DENIED, "ENV003"),
        (403, "0x80040220", PrivilegeMissing, Exit.DENIED, "ENV004"),
        (404, "0x80040217", RequestFailed, Exit.FAILED, "ENV010"),
        (500, "0x80044150", RequestFailed, Exit.FAILED, "ENV010"),
    ],
)
def test_which_error_it_is(
    status: int, code: str, kind: type[DataverseError], exit_code: Exit, finding: str
) -> None:
    body = {"error": {"code": code, "message": "no"}}
    with pytest.raises(RequestFailed) as raised:
        Talk(Scripted([Reply(status, body)]))(who)
    assert type(raised.value) is kind
    assert (raised.value.exit, raised.value.code) == (exit_code, finding)
    assert raised.value.fix or kind is RequestFailed


def test_a_part_of_a_batch_is_found_by_the_id_of_the_batch() -> None:
    plain, own = Reply(200, part(412), MIXED | IDS), Reply(200, part(412, "REQ_ID: 77"), MIXED | IDS)
    for reply, expected in ((plain, "9f1c"), (own, "77")):
        [[answer]] = Talk(Scripted([reply]))(lambda client: client.batch([GET]))
        assert (answer.status, answer.request_id) == (412, expected)


# --- what may not leave -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        CREATE,
        Request("PATCH", "contacts(1)", {}),
        Request("DELETE", "contacts(1)"),
        Request("POST", "msdynmkt_PublishSegmentDefinition", {}),
        Request("POST", "msdynmkt_MembersList/anything", {}),
    ],
    ids=str,
)
def test_while_planning_no_write_leaves(request_: Request) -> None:
    app = Scripted([Reply(204)])
    with pytest.raises(WriteRefused):
        Talk(app)(lambda client: client.send(request_))
    with pytest.raises(WriteRefused):
        Talk(app)(lambda client: client.batch([Request("GET", "contacts"), request_]))
    with pytest.raises(WriteRefused):
        Talk(app)(lambda client: client.batch([ChangeSet((request_,))]))
    assert app.asked == []


def test_while_planning_actions_that_only_read_may_leave() -> None:
    app = Scripted([Reply(200, {"Members": []})])
    assert Talk(app)(lambda client: client.send(MEMBERS)).body == {"Members": []}
    app.replies = [batch_answer(200, 200)]
    assert len(Talk(app)(lambda client: client.batch([MEMBERS, Request("GET", "contacts")]))) == 2


def test_a_writable_client_leaves_the_other_as_it_was() -> None:
    app = Scripted([Reply(204)])

    async def job(client: Client) -> None:
        await client.writable().send(CREATE)
        await client.send(CREATE)

    with pytest.raises(WriteRefused):
        Talk(app)(job)
    assert len(app.asked) == 1


# --- the log ----------------------------------------------------------------------------------------------


def test_the_log_holds_neither_query_strings_nor_the_token() -> None:
    app = Scripted([page("Ann", then=f"{API}contacts?$skiptoken=secret"), page("Bob", then=None)])
    talk = Talk(app)
    talk(lambda client: all_rows(client, "contacts?$filter=fullname eq 'Ann'"))
    assert talk.log == [Exchange("GET contacts", 200, None, "c1"), Exchange("GET contacts", 200, None, "c2")]
    assert app.headers[0]["authorization"] == f"Bearer {BEARER}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_no_error_shows_the_token_or_a_query_string(status: int) -> None:
    with pytest.raises(RequestFailed) as raised:
        Talk(Scripted([Reply(status, REFUSAL)]))(lambda client: client.get("contacts?$filter=private eq 1"))
    told = f"{raised.value} {raised.value!r} {raised.value.fix} {vars(raised.value)}"
    assert BEARER not in told
    assert "private" not in told


# --- the token --------------------------------------------------------------------------------------------

ECHO = f"you sent Bearer {BEARER}"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_line_break_at_the_end_is_no_part_of_the_token(end: str) -> None:
    app = Scripted([Reply(204)])
    Talk(app, token=BEARER + end)(who)
    assert app.headers[0]["authorization"] == f"Bearer {BEARER}"


@pytest.mark.parametrize(
    "token", ["", "\n", " top", "top ", "to p", "to\np", "to\x00p", "tóp", "top\x7f", "t\tp"]
)
def test_a_token_that_cannot_be_sent_is_refused_and_not_shown(token: str) -> None:
    app = Scripted([Reply(204)])
    with pytest.raises(BadToken, match="the test organisation cannot be sent") as raised:
        Talk(app, token=token)(who)
    assert (raised.value.code, raised.value.exit, app.asked) == ("ENV003", Exit.DENIED, [])
    assert not token.strip() or token not in f"{raised.value} {raised.value.fix}"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(400, {"error": {"code": BEARER, "message": ECHO}}),
        Reply(400, {"Message": ECHO}, {"x-ms-service-request-id": BEARER}),
        Reply(403, {BEARER: [ECHO]}),
        Reply(401, [ECHO]),
        Reply(500, f"<html>{'x' * 180}{ECHO}", {"content-type": "text/html"}),
        Reply(
            400, json.dumps({"Message": ECHO}).replace("a", "\\u0061"), {"content-type": "application/json"}
        ),
        Reply(400, gzip.compress(ECHO.encode()), {"content-encoding": "gzip"}),
        Reply(200, "", {"req_id": BEARER, "content-type": BEARER}),
        Reply(200, "text", {"content-type": BEARER}),
        Reply(200, {"value": [], "@odata.nextLink": f"https://{BEARER}.example/"}),
    ],
)
def test_what_the_other_side_repeats_of_the_token_is_hidden(reply: Reply) -> None:
    talk = Talk(Scripted([reply]))
    with pytest.raises(DataverseError) as raised:
        talk(all_rows)
    told = f"{raised.value} {vars(raised.value)} {talk.log}"
    assert BEARER[:12] not in told


def test_what_a_batch_repeats_of_the_token_is_hidden_in_what_failed_only() -> None:
    body = json.dumps({"error": {"message": ECHO}})
    for status, expected in ((400, "you sent Bearer ***"), (200, ECHO)):
        reply = Reply(200, part(status, f"REQ_ID: {BEARER}", body), MIXED)
        [[answer]] = Talk(Scripted([reply]))(lambda client: client.batch([GET]))
        assert answer.error[1] == expected


def test_an_address_in_what_a_service_says_is_hidden() -> None:
    message = "A row with ann.o'neil+news@mail.contoso.example is there; 'ownerid@odata.bind' is not"
    talk = Talk(Scripted([Reply(412, {"error": {"code": "0x80040333", "message": message}})]))
    with pytest.raises(DataverseError) as raised:
        talk(all_rows)
    told = f"{raised.value} {vars(raised.value)}"
    assert "contoso" not in told
    assert "neil" not in told
    assert "'ownerid@odata.bind'" in told


def test_what_stands_for_a_secret_url_is_not_told_by_the_other_side() -> None:
    async def work() -> None:
        app = Scripted([Reply(400, {"error": {"message": "no such thing at https://hidden.example/x"}})])
        secrets = ("https://hidden.example", "hidden.example")
        async with connect(
            secrets[0], BEARER, shown_as="${URL}", log=lambda _: None, app=app, secrets=secrets
        ) as client:
            await client.get("contacts")

    with pytest.raises(DataverseError, match=r"no such thing at \*\*\*/x"):
        asyncio.run(work())


def test_how_a_request_cannot_be_sent_is_not_quoted() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        raise httpx.LocalProtocolError(f"Illegal header value b'Bearer {BEARER}'")

    with pytest.raises(Unreachable) as raised:
        Talk(refuse)(who)
    assert "Illegal" not in str(raised.value)
