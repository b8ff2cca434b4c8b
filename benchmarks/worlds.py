"""A large world: `make HOME` prints processor seconds and peak memory of making it, `serve HOME` its peak.

A process has one peak, so each is a process of its own. Peaks in MB; not on Windows.
"""

import os
import resource
import signal
import sys
import time
from pathlib import Path
from threading import Thread

import httpx

from mig.sandbox.maker import make_world
from mig.sandbox.serve import serve
from mig.sandbox.worlds import Worlds

NAME = "large"
PAGES = "/api/data/v9.2/contacts?$select=fullname,emailaddress1,address1_city,createdon,modifiedon"


def make(worlds: Worlds) -> None:
    """What `mig sandbox new` does."""
    start = time.process_time()
    worlds.create(NAME, make_world(contacts=100_000, segments=2_000, events=5, seed=7))
    print(time.process_time() - start, _peak(), file=sys.stderr)


def serve_it(worlds: Worlds) -> None:
    """All contacts are read page by page while it is served."""
    with worlds.open(NAME) as world:
        token = world.token
        serve(world, 0, lambda url: Thread(target=_read, args=(url, token)).start())
    print(_peak(), file=sys.stderr)


def _read(url: str, token: str) -> None:
    link = url + PAGES
    while link:
        answer = httpx.get(link, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        link = answer.raise_for_status().json().get("@odata.nextLink")
    os.kill(os.getpid(), signal.SIGINT)


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


if __name__ == "__main__":
    {"make": make, "serve": serve_it}[sys.argv[1]](Worlds(Path(sys.argv[2])))
