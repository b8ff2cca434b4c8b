"""An apply that kills itself at its k-th request: `driver.py HOME MANIFEST K before|after`.

Exit code 0 when the apply ended by itself, because it needs fewer requests.
"""

import os
import signal
import sys
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

import httpx

from mig.cli.main import run


def die() -> None:
    """At once: no cleaning up, no lock given back."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


def dying_at(number: int, when: str) -> AbstractContextManager[object]:
    """Die at that request: before it is sent on, or when it was carried out and before its answer is seen."""
    send = httpx.ASGITransport.handle_async_request
    seen = 0

    async def handle(self: httpx.ASGITransport, request: httpx.Request) -> Any:
        nonlocal seen
        seen += 1
        if seen == number and when == "before":
            die()
        response = await send(self, request)
        if seen == number:
            die()
        return response

    return mock.patch.object(httpx.ASGITransport, "handle_async_request", handle)


if __name__ == "__main__":
    home, manifest, number, when = sys.argv[1:]
    with dying_at(int(number), when):
        code = run(["apply", "-f", manifest, "--home", home, "--auto-approve"])
    sys.exit(code)
