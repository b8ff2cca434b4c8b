"""The sandbox's speed as clients meet it: `creates HOME` prints seconds for 2,000 creates in batches of 100,
in this process; `page HOME` prints milliseconds for a served page of 5,000 rows, of five columns and of all.
"""

import asyncio
import json
import os
import signal
import statistics
import sys
import time
from pathlib import Path
from threading import Thread

import httpx

from mig.dataverse.client import connect
from mig.dataverse.messages import ChangeSet, Request
from mig.sandbox.app import create_app
from mig.sandbox.maker import make_world
from mig.sandbox.serve import serve
from mig.sandbox.world import World
from mig.sandbox.worlds import Worlds

ROWS = 2_000
BATCH = 100
RUNS = 5
FIVE = "$select=fullname,emailaddress1,address1_city,createdon,modifiedon"


def creates(worlds: Worlds) -> None:
    """As a client sends them: ids of its own, a change set a batch."""
    worlds.create("creates", make_world(contacts=0, segments=0, events=0))
    with worlds.open("creates") as world:
        print(statistics.median(asyncio.run(_create(world, run)) for run in range(RUNS)), file=sys.stderr)


async def _create(world: World, run: int) -> float:
    rows = [
        Request(
            "POST", "contacts", {"contactid": f"c0000000-0000-0000-{run:04}-{number:012}", "lastname": "Many"}
        )
        for number in range(ROWS)
    ]
    batches = [rows[start : start + BATCH] for start in range(0, ROWS, BATCH)]
    async with connect(
        "http://sandbox", world.token, shown_as="creates", log=lambda exchange: None, app=create_app(world)
    ) as client:
        start = time.perf_counter()
        for batch in batches:
            answers = await client.writable().batch([ChangeSet(tuple(batch))])
            if any(answer.failed for part in answers for answer in part):
                raise SystemExit("a row was refused")
        return time.perf_counter() - start


def page(worlds: Worlds) -> None:
    """One page as large as pages get."""
    worlds.create("page", make_world(contacts=5_000, segments=0, events=0))
    found: dict[str, float] = {}
    with worlds.open("page") as world:
        token = world.token
        serve(world, 0, lambda url: Thread(target=_read, args=(url, token, found)).start())
    print(found["five"], found["all"], file=sys.stderr)


def _read(url: str, token: str, found: dict[str, float]) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for name, query in (("five", FIVE), ("all", "")):
            found[name] = statistics.median(
                _timed(client, f"{url}/api/data/v9.2/contacts?{query}") for _ in range(RUNS)
            )
    os.kill(os.getpid(), signal.SIGINT)


def _timed(client: httpx.Client, url: str) -> float:
    start = time.perf_counter()
    answer = client.get(url)
    took = time.perf_counter() - start
    if len(json.loads(answer.content)["value"]) != 5_000:
        raise SystemExit("the page is not whole")
    return took * 1000


if __name__ == "__main__":
    {"creates": creates, "page": page}[sys.argv[1]](Worlds(Path(sys.argv[2])))
