"""Faults happen where, and as often as, a world says."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from mig.sandbox import faults
from mig.sandbox.app import application
from mig.sandbox.conditions import IDEAL
from mig.sandbox.front import Front
from mig.sandbox.requestlog import Entry
from mig.sandbox.service import Service
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.worlds import Worlds
from tests.sandbox.conftest import ANN, Api, MakeWorld, code, spec
from tests.sandbox.served import served


def troubled(make_world: MakeWorld, *given: Fault) -> Api:
    return Api(make_world(faults=given))


def statuses(api: Api, requests: int, path: str = "WhoAmI") -> list[int]:
    return [api.get(path).status_code for _ in range(requests)]


def names(api: Api) -> set[str]:
    return {row["lastname"] for row in api.rows("contacts?$select=lastname")}


@pytest.mark.parametrize(
    ("often", "expected"),
    [
        ({}, [429, 429, 429, 429, 429, 429]),
        ({"nth": 3}, [200, 200, 429, 200, 200, 200]),
        ({"every": 2}, [200, 429, 200, 429, 200, 429]),
    ],
)
def test_how_often(make_world: MakeWorld, often: dict[str, int], expected: list[int]) -> None:
    api = troubled(make_world, Fault("GET */WhoAmI", Deed.THROTTLE, **often))
    assert statuses(api, 6) == expected
    assert (faults.kept(api.world)[0].met, faults.kept(api.world)[0].struck) == (6, expected.count(429))


def test_chance_is_the_same_each_time_and_another_with_another_seed(make_world: MakeWorld) -> None:
    def drawn(name: str, seed: int) -> list[int]:
        fault = Fault("* *", Deed.THROTTLE, probability=0.5, seed=seed)
        return statuses(Api(make_world(name, faults=(fault,))), 40)

    first = drawn("a", 1)
    assert 10 < first.count(429) < 30
    assert first == drawn("b", 1) != drawn("c", 2)


@pytest.mark.parametrize(
    ("on", "strikes"),
    [
        ("GET contacts*", True),
        ("GET */contacts(*)", True),
        ("* /api/data/v9.2/contacts*", True),
        ("GET *", True),
        ("POST *", False),
        ("GET contacts", False),
        ("GET */contact?(*)", False),
    ],
)
def test_which_requests(make_world: MakeWorld, on: str, strikes: bool) -> None:
    api = troubled(make_world, Fault(on, Deed.THROTTLE))
    assert (api.get(f"contacts%28{ANN})").status_code == 429) is strikes


def test_counting_goes_on_when_the_world_is_opened_again(tmp_path: Path) -> None:
    worlds = Worlds(tmp_path)
    worlds.create("w", spec(faults=(Fault("GET *", Deed.THROTTLE, nth=3),)))
    found = []
    for _ in range(4):
        with worlds.open("w") as world:
            found += statuses(Api(world), 1)
    assert found == [200, 200, 429, 200]


def test_the_first_that_strikes_decides_and_all_count(make_world: MakeWorld) -> None:
    api = troubled(
        make_world,
        Fault("GET *", Deed.THROTTLE, nth=1),
        Fault("GET *", Deed.DROP_PRIVILEGE, nth=1),
        Fault("GET *", Deed.DROP_PRIVILEGE, nth=2),
    )
    assert statuses(api, 3) == [429, 403, 200]


def test_refusals(make_world: MakeWorld) -> None:
    api = troubled(
        make_world,
        Fault("GET accounts", Deed.THROTTLE),
        Fault("PATCH contacts*", Deed.DROP_PRIVILEGE),
        Fault("GET contacts", Deed.EXPIRE_TOKEN, nth=1),
    )
    throttled = api.get("accounts")
    assert code(throttled) == (429, "0x80072322")
    assert throttled.headers["retry-after"] == "5"
    assert throttled.headers["x-ms-service-request-id"]
    denied = api.patch(f"contacts({ANN})", {"lastname": "x"})
    assert code(denied) == (403, "0x80040220")
    assert "prvWriteContact" in denied.json()["error"]["message"]
    expired = api.get("contacts")
    assert code(expired) == (401, "0x8005f101")
    assert "www-authenticate" in expired.headers
    assert "O'Neil" in names(api)  # nothing was written; the world's own token is good again


def test_gateways_answer_in_html_and_nothing_is_done(make_world: MakeWorld) -> None:
    api = troubled(make_world, Fault("POST *", Deed.ERROR_5XX))
    answers = [api.post("contacts", {"lastname": "New"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [502, 503, 504, 502]
    assert answers[0].headers["content-type"].startswith("text/html")
    assert "New" not in names(api)


def test_half_an_answer(make_world: MakeWorld) -> None:
    answer = troubled(make_world, Fault("GET *", Deed.TRUNCATE)).get("contacts")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        (Deed.FOREIGN_NEXT_LINK, "https://elsewhere.example/"),
        (Deed.REPEATED_NEXT_LINK, "http://sandbox/api/data/v9.2/contacts?$select=lastname"),
    ],
)
def test_next_links_that_lead_astray(make_world: MakeWorld, deed: Deed, expected: str) -> None:
    api = troubled(make_world, Fault("GET contacts", deed, nth=1))
    paged = {"Prefer": "odata.maxpagesize=1"}
    astray, right = (
        api.get("contacts?$select=lastname", headers=paged).json()["@odata.nextLink"] for _ in range(2)
    )
    assert astray.startswith(expected)
    assert "$skiptoken" not in astray
    assert "$skiptoken" in right


def test_a_slow_answer_is_late_and_whole(make_world: MakeWorld) -> None:
    api = troubled(make_world, Fault("GET contacts", Deed.SLOW, nth=1))
    before = api.world.clock.now()
    assert api.get("contacts").json()["value"]
    assert (api.world.clock.now() - before).total_seconds() == 100


@pytest.mark.parametrize(
    ("deed", "error", "written"),
    [
        (Deed.RESET_BEFORE, ConnectionResetError, False),
        (Deed.DROP_RESPONSE_AFTER_COMMIT, ConnectionResetError, True),
        (Deed.TIMEOUT_AFTER_COMMIT, TimeoutError, True),
    ],
)
def test_no_answer(make_world: MakeWorld, deed: Deed, error: type[Exception], written: bool) -> None:
    api = troubled(make_world, Fault("POST contacts", deed, nth=1))
    with pytest.raises(error):
        api.post("contacts", {"lastname": "New"})
    assert ("New" in names(api)) is written
    assert api.post("contacts", {"lastname": "Newer"}).status_code == 204


def test_no_answer_over_a_socket(tmp_path: Path) -> None:
    given = (
        Fault("POST contacts", Deed.RESET_BEFORE, nth=1),
        Fault("POST contacts", Deed.DROP_RESPONSE_AFTER_COMMIT, nth=2),
        Fault("POST contacts", Deed.TIMEOUT_AFTER_COMMIT, nth=3),
    )
    worlds = Worlds(tmp_path)
    worlds.create("w", spec(faults=given))
    log = tmp_path / "log.jsonl"
    with worlds.open("w") as world, served(tmp_path, "w", "--log", str(log)) as told:
        headers = {"Authorization": f"Bearer {told['token']}"}
        with httpx.Client(base_url=f"{told['url']}/api/data/v9.2/", headers=headers) as client:
            for name in ("one", "two"):
                with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
                    client.post("contacts", json={"lastname": name})
            with pytest.raises(httpx.ReadTimeout):
                client.post("contacts", json={"lastname": "three"}, timeout=0.2)
            assert client.post("contacts", json={"lastname": "four"}).status_code == 204
            faults.add(world, Fault("GET *", Deed.THROTTLE, nth=2))  # while it is served
            found = client.get("contacts?$select=lastname").json()["value"]
            assert client.get("contacts").status_code == 429
        assert {row["lastname"] for row in found} >= {"two", "three", "four"}
        assert "one" not in {row["lastname"] for row in found}
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(line["method"], line["status"], line["fault"]) for line in lines] == [
        ("POST", None, "reset-before"),
        ("POST", None, "drop-response-after-commit"),
        ("POST", None, "timeout-after-commit"),
        ("POST", 204, None),
        ("GET", 200, None),
        ("GET", 429, "throttle"),
    ]


def test_a_server_ends_though_a_client_waits_for_an_answer_that_never_comes(tmp_path: Path) -> None:
    worlds = Worlds(tmp_path)
    worlds.create("w", spec(faults=(Fault("POST *", Deed.TIMEOUT_AFTER_COMMIT),)))
    with ExitStack() as stack:
        told = stack.enter_context(served(tmp_path, "w"))
        where = httpx.URL(told["url"])
        waiting = stack.enter_context(socket.create_connection((where.host, where.port)))
        waiting.sendall(b"POST / HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 0\r\n\r\n")
        assert httpx.get(where).status_code == 401  # so the other one has been read


def test_the_log_says_nothing_of_persons(make_world: MakeWorld) -> None:
    world = make_world()
    entries: list[Entry] = []

    async def wait(seconds: float) -> None:
        raise AssertionError(seconds)

    class Logged(Api):
        @property
        def app(self) -> Any:
            return application(Front(Service(world), log=entries.append), IDEAL, wait)

    api = Logged(world)
    api.get(
        "contacts?$select=fullname&$filter=fullname%20eq%20'Ann'", headers={"x-ms-client-request-id": "7"}
    )
    api.get("contacts(emailaddress1='ann%40fabrikam.example',lastname='O''Neil')")
    api.get("contacts(fullname='Ann")
    first, second, third = entries
    assert (first.path, first.options) == ("/api/data/v9.2/contacts", ("$select", "$filter"))
    assert (first.client_request_id, first.operations, first.status) == ("7", 1, 200)
    assert first.time == "2026-11-22T09:00:00Z"
    assert second.path == "/api/data/v9.2/contacts(emailaddress1='…',lastname='…')"
    assert third.path == "/api/data/v9.2/contacts(fullname='…'"
