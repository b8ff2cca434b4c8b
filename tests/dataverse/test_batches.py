"""Batches of a size that is taken, and the parts of them that come again."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mig.dataverse.errors import RequestFailed
from mig.dataverse.messages import Answer, ChangeSet, Part, Request
from mig.sandbox.world import World
from tests.dataverse.apps import Reply, Scripted, Talk

MIXED = {"content-type": "multipart/mixed; boundary=r"}
ACTION = Request("POST", "msdynmkt_PublishSegmentDefinition", {})


def get(number: int) -> Request:
    return Request("GET", f"contacts({number})")


def creating(number: int) -> Request:
    return Request("POST", "contacts", {"contactid": number}, creates=f"contacts({number})")


@dataclass
class Parts:
    """Answers each part by what `status` says of its place in all that was ever sent."""

    status: Callable[[str, int], tuple[int, str]]
    sent: list[list[str]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"].decode()
        lines = re.findall(r"^(?:GET|POST) \S+/v9.2/(\S+) HTTP", body, re.MULTILINE)
        earlier = self.all_sent
        self.sent.append(lines)
        answers = [self._part(*self.status(line, earlier.count(line))) for line in lines]
        await Scripted([Reply(200, "".join(answers) + "--r--\r\n", MIXED)])(scope, receive, send)

    @property
    def all_sent(self) -> list[str]:
        return [line for lines in self.sent for line in lines]

    def _part(self, status: int, code: str) -> str:
        body = f'{{"error": {{"code": "{code}", "message": "no"}}}}' if status >= 400 else ""
        return f"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status} .\r\n\r\n{body}\r\n"


def statuses(app: Any, parts: list[Part], talk: Talk | None = None) -> list[int]:
    answers: list[list[Answer]] = (talk or Talk(app))(lambda client: client.batch(parts), writable=True)
    return [answer.status for part in answers for answer in part]


def test_no_batch_has_more_than_250_operations() -> None:
    app = Parts(lambda line, earlier: (200, ""))
    assert statuses(app, [get(number) for number in range(600)]) == [200] * 600
    assert [len(lines) for lines in app.sent] == [250, 250, 100]
    assert app.all_sent == [f"contacts({number})" for number in range(600)]


def test_a_change_set_stays_whole(talk: Talk, world: World) -> None:
    def person(number: int) -> Request:
        key = f"c0000000-0000-0000-0001-{number:012}"
        return Request("POST", "contacts", {"contactid": key, "lastname": "x"}, creates=f"contacts({key})")

    sets: list[Part] = [
        ChangeSet(tuple(person(number) for number in range(start, start + 100)))
        for start in range(0, 500, 100)
    ]
    assert statuses(talk.app, sets, talk) == [204] * 500
    assert [exchange.request for exchange in talk.log] == ["POST $batch"] * 3


def test_a_batch_that_is_too_large_is_halved() -> None:
    answer = Parts(lambda line, earlier: (200, ""))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        if message["body"].count(b"GET ") > 3:
            await Scripted([Reply(413, "<html>too large</html>")])(scope, receive, send)
            return

        async def again() -> Any:
            return {**message, "more_body": False}

        await answer(scope, again, send)

    assert statuses(app, [get(number) for number in range(10)]) == [200] * 10
    assert answer.all_sent == [f"contacts({number})" for number in range(10)]


def test_what_is_too_large_alone_is_refused() -> None:
    with pytest.raises(RequestFailed, match="413"):
        statuses(Scripted([Reply(413, "<html>too large</html>")]), [get(1)])


@pytest.mark.parametrize(("status", "code"), [(429, "0x80072322"), (500, "0x80044150"), (500, "0x80044151")])
def test_only_parts_of_which_nothing_happened_come_again(status: int, code: str) -> None:
    def fails_twice(line: str, earlier: int) -> tuple[int, str]:
        return (status, code) if line == "contacts(2)" and earlier < 2 else (200, "")

    app = Parts(fails_twice)
    talk = Talk(app)
    assert statuses(app, [get(1), get(2), get(3)], talk) == [200, 200, 200]
    assert app.sent[1:] == [["contacts(2)"], ["contacts(2)"]]
    assert talk.waits == [2.0, 4.0]


def test_a_part_that_always_fails_keeps_its_error() -> None:
    app = Parts(lambda line, earlier: (500, "0x80044150") if "2" in line else (200, ""))
    assert statuses(app, [get(1), get(2)]) == [200, 500]
    assert len(app.sent) == 5


@pytest.mark.parametrize(
    ("part", "status", "times"),
    [(ACTION, 429, 5), (ACTION, 500, 1), (creating(1), 500, 5), (ChangeSet((creating(1),)), 500, 5)],
)
def test_a_part_that_starts_work_comes_again_only_when_it_was_refused(
    part: Part, status: int, times: int
) -> None:
    app = Parts(lambda line, earlier: (status, "0x80044150"))
    assert statuses(app, [part]) == [status]
    assert len(app.sent) == times
