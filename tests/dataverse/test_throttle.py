"""One gate for all workers: who may send, and what makes everybody wait."""

import asyncio
from typing import Any

import pytest

from mig.dataverse.client import Client, connect
from mig.dataverse.errors import RequestFailed
from mig.dataverse.messages import Request
from mig.dataverse.throttle import Gate
from mig.sandbox.app import application
from mig.sandbox.conditions import Conditions
from mig.sandbox.front import Front
from mig.sandbox.limits import Limits
from mig.sandbox.service import Service
from mig.sandbox.world import World
from tests.dataverse.apps import BEARER, URL, Reply, Scripted, Talk

TURNS = 500  # of the event loop: whoever can go on has gone on by then


async def settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def no_wait(seconds: float) -> None:
    pass


# --- waiting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_while_one_waits_nobody_sends(status: int) -> None:
    app = Scripted([Reply(status, headers={"Retry-After": "17"}), Reply(204)])
    asked: list[float] = []

    async def work() -> None:
        over = asyncio.Event()

        async def sleep(seconds: float) -> None:
            asked.append(seconds)
            await over.wait()

        async with connect(
            URL, BEARER, shown_as="there", log=lambda exchange: None, app=app, sleep=sleep
        ) as client:
            workers = [asyncio.create_task(client.get("WhoAmI")) for _ in range(30)]
            await settle()
            assert len(app.asked) <= 8  # those that were under way when it came
            assert (asked, [worker.done() for worker in workers].count(True)) == ([17.0], len(app.asked) - 1)
            over.set()
            await asyncio.gather(*workers)
        assert len(app.asked) == 31

    asyncio.run(work())


def test_a_write_that_may_not_be_repeated_makes_the_others_wait_too() -> None:
    app = Scripted([Reply(503, headers={"Retry-After": "17"}), Reply(204)])
    talk = Talk(app)
    action = Request("POST", "msdynmkt_PublishSegmentDefinition", {})
    with pytest.raises(RequestFailed, match="503"):
        talk(lambda client: client.send(action), writable=True)
    assert (talk.waits, len(app.asked)) == ([17.0], 1)


@pytest.mark.parametrize("status", [400, 404, 412, 501])
def test_an_answer_that_later_would_be_the_same_makes_nobody_wait(status: int) -> None:
    talk = Talk(Scripted([Reply(status, headers={"Retry-After": "17"})]))
    with pytest.raises(RequestFailed):
        talk(lambda client: client.get("WhoAmI"))
    assert talk.waits == []


HOUR_OFF = {"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 10:00:25 GMT"}


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        (HOUR_OFF, [25.0]),
        ({**HOUR_OFF, "Date": "Sun, 22 Nov 2026 10:01:00 GMT"}, [2.0]),  # it is over already
        ({**HOUR_OFF, "Date": "yesterday"}, [2.0]),
        ({"Retry-After": HOUR_OFF["Retry-After"]}, [2.0]),
    ],
)
def test_a_date_is_measured_by_the_clock_of_who_wrote_it(headers: dict[str, str], waits: list[float]) -> None:
    talk = Talk(Scripted([Reply(429, headers=headers), Reply(204)]))
    talk(lambda client: client.get("WhoAmI"))
    assert talk.waits == waits


# --- how many at once -------------------------------------------------------------------------------------


def test_many_at_once_go_down_at_once_and_up_slowly() -> None:
    gate = Gate(no_wait)
    assert gate.at_once == 8
    for _ in range(8):  # all that were under way together are refused: one reason, one step
        gate.slow_down(0)
    assert gate.at_once == 4
    for _ in range(5):
        gate.speed_up()
    assert gate.at_once == 5
    gate.slow_down(1)
    gate.slow_down(2)
    gate.slow_down(3)
    gate.slow_down(4)
    assert gate.at_once == 1
    for _ in range(10_000):
        gate.speed_up()
    assert gate.at_once == 52


def test_no_more_than_may_are_under_way() -> None:
    async def work() -> int:
        gate, most, now = Gate(no_wait), 0, 0

        async def one() -> None:
            nonlocal most, now
            async with gate.place():
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(*(one() for _ in range(100)))
        return most

    assert asyncio.run(work()) == 8


def test_who_gives_up_waiting_keeps_nobody_from_going_on() -> None:
    async def work() -> None:
        over = asyncio.Event()

        async def sleep(seconds: float) -> None:
            await over.wait()

        gate = Gate(sleep)
        resting = asyncio.create_task(gate.rest(300))
        await settle()
        resting.cancel()
        await settle()
        async with gate.place():
            pass

    asyncio.run(work())


def test_the_limits_of_a_sandbox_are_kept_to(world: World) -> None:
    conditions = Conditions(limits=Limits(requests=40, window=30))

    async def pass_time(seconds: float) -> None:
        world.clock.advance(seconds)

    app = application(Front(Service(world, conditions)), conditions, pass_time)
    talk = Talk(app, token=world.token, pass_time=world.clock.advance)

    async def many(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.get("WhoAmI") for _ in range(150)))

    assert len(talk(many)) == 150
    refused = [exchange for exchange in talk.log if exchange.status == 429]
    assert 0 < len(refused) <= 8 * 3  # for each window those under way, and no more
    left = [exchange.limits for exchange in talk.log if exchange.status == 200]
    assert "39 requests left" in left[0]
