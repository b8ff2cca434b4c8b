"""Service-protection limits, by the world's clock."""

import asyncio
from typing import Any

import httpx
import pytest

from mig.sandbox.app import application
from mig.sandbox.conditions import Conditions
from mig.sandbox.errors import ODataError
from mig.sandbox.front import Front
from mig.sandbox.limits import Limits, Meter
from mig.sandbox.service import Service
from mig.sandbox.world import World
from tests.sandbox.conftest import BASE, Api, code

BATCH = "multipart/mixed; boundary=b"


class Limited(Api):
    """A world under conditions; waiting moves its clock."""

    def __init__(self, world: World, conditions: Conditions) -> None:
        super().__init__(world)
        self.waits: list[float] = []

        async def wait(seconds: float) -> None:
            self.waits.append(seconds)
            world.clock.advance(seconds)

        self._app = application(Front(Service(world, conditions)), conditions, wait)

    @property
    def app(self) -> Any:
        return self._app

    def batch(self, parts: int) -> httpx.Response:
        part = f"--b\r\nContent-Type: application/http\r\n\r\nGET {BASE}WhoAmI HTTP/1.1\r\n\r\n\r\n"
        return self.send("POST", "$batch", content=part * parts + "--b--", headers={"Content-Type": BATCH})


def left(answer: httpx.Response) -> tuple[str, str]:
    names = "burst-remaining-xrm-requests", "time-remaining-xrm-requests"
    burst, time = (answer.headers[f"x-ms-ratelimit-{name}"] for name in names)
    return burst, time


def test_what_is_left_counts_down(world: World) -> None:
    api = Limited(world, Conditions(row_time=0.5, dop_hint=16, limits=Limits()))
    first = api.get("WhoAmI")
    assert (left(first), first.headers["x-ms-dop-hint"]) == (("5999", "1,199.50"), "16")
    assert left(api.batch(100)) == ("5998", "1,149.50")
    assert left(api.get("contacts")) == ("5997", "1,149.00")
    world.clock.advance(300)
    assert left(api.get("WhoAmI")) == ("5999", "1,199.50")


def test_a_batch_is_one_request_and_takes_as_long_as_its_parts(world: World) -> None:
    api = Limited(world, Conditions(latency=0.1, row_time=0.03))
    before = world.clock.now()
    assert api.batch(10).status_code == 200
    assert api.waits == [pytest.approx(0.4)]
    assert (world.clock.now() - before).total_seconds() == pytest.approx(0.4)


def test_a_bulk_message_takes_as_long_as_its_rows(world: World) -> None:
    api = Limited(world, Conditions(row_time=0.03))
    rows = [{"@odata.type": "Microsoft.Dynamics.CRM.contact", "lastname": name} for name in "abcde"]
    path = "contacts/Microsoft.Dynamics.CRM.CreateMultiple"
    assert api.post(path, {"Targets": rows}).status_code == 200
    assert api.waits == [pytest.approx(0.15)]


def test_requests_overlap(world: World) -> None:
    async def both() -> list[int]:
        gate = asyncio.Barrier(2)

        async def wait(seconds: float) -> None:
            await gate.wait()  # nobody comes through alone

        conditions = Conditions(latency=0.1)
        app = application(Front(Service(world, conditions)), conditions, wait)
        headers = {"Authorization": f"Bearer {world.token}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=BASE, headers=headers
        ) as client:
            answers = await asyncio.gather(client.get("WhoAmI"), client.get("contacts"))
        return [answer.status_code for answer in answers]

    assert asyncio.run(both()) == [200, 200]


def test_too_many_requests(world: World) -> None:
    api = Limited(world, Conditions(limits=Limits(requests=3, window=30)))
    for _ in range(3):
        assert api.get("WhoAmI").status_code == 200
    refused = api.get("WhoAmI")
    assert code(refused) == (429, "0x80072322")
    assert "limit of 3 over time window of 30 seconds" in refused.json()["error"]["message"]
    waits = [refused.headers["retry-after"], *(api.get("WhoAmI").headers["retry-after"] for _ in range(3))]
    assert waits == ["30", "30", "30", "30"]  # the window is the longest wait
    world.clock.advance(29)
    assert api.get("WhoAmI").headers["retry-after"] == "2"  # it grows
    world.clock.advance(2)
    assert api.get("WhoAmI").status_code == 200


def test_too_much_time() -> None:
    meter = Meter(Limits(window=10))
    meter.count("ann", 0, busy=45, seconds=0)
    assert refusal(meter, "ann", 1) == ("0x80072321", "9")
    assert refusal(meter, "ann", 2) == ("0x80072321", "9")
    assert refusal(meter, "bob", 2) is None
    assert refusal(meter, "ann", 11) is None


def test_too_many_at_once() -> None:
    meter = Meter(Limits(at_once=2))
    meter.count("ann", 0, busy=1, seconds=5)
    meter.count("ann", 1, busy=1, seconds=5)
    assert refusal(meter, "ann", 2) == ("0x80072326", "1")
    assert refusal(meter, "ann", 2) == ("0x80072326", "1")  # it does not grow
    assert refusal(meter, "ann", 5) is None


def refusal(meter: Meter, user: str, now: float) -> tuple[str, Any] | None:
    try:
        meter.admit(user, now)
    except ODataError as error:
        return error.code, error.headers["Retry-After"]
    return None
