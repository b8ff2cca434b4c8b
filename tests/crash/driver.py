"""An apply that kills itself at its k-th request: `driver.py HOME MANIFEST K before|after PATH`.

Only requests whose path ends with PATH count; that may be empty.

Exit code 0 when the apply ended by itself, because it needs fewer requests.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from mig.cli.main import run


def die() -> None:
    """At once: no cleaning up, no lock given back."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)


def at_request(
    number: int, when: str, act: Callable[[], object], path: str = ""
) -> AbstractContextManager[object]:
    """Do something at that request of those to a path: before it is sent on, or after it was carried out, its
    answer unseen.
    """
    send = httpx.ASGITransport.handle_async_request
    seen = 0

    async def handle(self: httpx.ASGITransport, request: httpx.Request) -> Any:
        nonlocal seen
        counts = request.url.path.endswith(path)
        seen += counts
        if counts and seen == number and when == "before":
            act()
        response = await send(self, request)
        if counts and seen == number and when == "after":
            act()
        return response

    return mock.patch.object(httpx.ASGITransport, "handle_async_request", handle)


def killed_at(number: int, when: str, manifest: Path, home: Path, path: str = "") -> bool:
    """Run this file; whether the apply came to its end all the same."""
    command = [sys.executable, __file__, str(home), str(manifest), str(number), when, path]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode in (0, -9, 137), ran.stderr
    return ran.returncode == 0


if __name__ == "__main__":
    home, manifest, number, when, path = sys.argv[1:]
    with at_request(int(number), when, die, path):
        code = run(["apply", "-f", manifest, "--home", home, "--auto-approve"])
    sys.exit(code)
