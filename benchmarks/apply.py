"""`mig apply` of 2,000 creates over TLS, beside the official client's way and a bare client's.

The sandbox is served as far away as an organisation is: 100 ms of latency, 30 ms of the server's time a row,
default limits. All three make the same rows, each in a sandbox of its own: `mig` as a whole command, planning
included; the official Python client row by row, 200 rows, scaled; a bare client that sends the very batches
`mig` sent, as many at once, and does nothing else. Prints seconds of the three and the number of rows.
"""

import asyncio
import json
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn
from unittest import mock

import httpx
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient

from benchmarks.far import ENVIRONMENT, mig, served
from mig.cli.main import main as main_of_mig
from mig.cli.options import PARALLELISM

SEGMENTS: Final = 2_000
AT_ONCE: Final = ("--dop-hint", "16")
SCALED: Final = 200  # rows that the official client makes
MANIFEST = """version: 1
migration: benchmark
environments: {{{environment}}}
policy: {{quota: 2000}}
segments:
  - select: {{type: [dynamic, compound]}}
"""

Sent = Sequence[tuple[dict[str, str], bytes]]


def main(home: Path) -> None:
    """Measure the three, one after the other."""
    mig("sandbox", "new", "ours", "--segments", str(SEGMENTS * 5 // 4), "--home", str(home))
    for name in ("theirs", "bare"):
        mig("sandbox", "new", name, "--copy-of", "ours", "--home", str(home))
    with served(home, "ours", *AT_ONCE) as told:
        ours, sent, rows = _ours(home, told)
    with served(home, "theirs", *AT_ONCE) as told:
        theirs = _theirs(told, rows)
    with served(home, "bare", *AT_ONCE) as told:
        bare = asyncio.run(_bare(told, sent))
    print(ours, theirs, bare, len(rows), file=sys.stderr)


def _ours(home: Path, told: dict[str, Any]) -> tuple[float, Sent, Sequence[dict[str, Any]]]:
    """The whole command; what it sent in batches of writes, and the rows in them."""
    manifest = home / "far.yaml"
    manifest.write_text(MANIFEST.format(environment=ENVIRONMENT.format(url=told["url"])), encoding="utf-8")
    os.environ |= {"MIG_BENCH_TOKEN": told["token"], "SSL_CERT_FILE": told["ca"]}
    send = httpx.AsyncHTTPTransport.handle_async_request
    sent: list[tuple[dict[str, str], bytes]] = []

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        if request.url.path.endswith("$batch") and b"POST " in body:
            kept = ("content-type", "prefer", "odata-version", "odata-maxversion")
            sent.append(({name: request.headers[name] for name in kept if name in request.headers}, body))
        return await send(self, request)

    command = ["mig", "apply", "-f", str(manifest), "--home", str(home), "--auto-approve", "--no-publish"]
    start = time.perf_counter()
    with (
        mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", handle),
        mock.patch.object(sys, "argv", command),
    ):
        code = _ended(main_of_mig)
    took = time.perf_counter() - start
    if code not in (0, 3):  # some of a made world is blocked
        raise SystemExit(f"apply ended with {code}")
    bodies = [json.loads(line) for _, body in sent for line in body.splitlines() if line.startswith(b"{")]
    return took, sent, [row for row in bodies if "msdynmkt_segmentid" in row or "msdynmkt_name" in row]


def _ended(command: Callable[[], NoReturn]) -> int | str | None:
    """The exit code of a command, run as the installed one is."""
    try:
        command()
    except SystemExit as end:
        return end.code


def _theirs(told: dict[str, Any], rows: Sequence[dict[str, Any]]) -> float:
    """The official client, row by row, as its documentation shows; scaled to all rows."""
    os.environ["REQUESTS_CA_BUNDLE"] = told["ca"]
    some = rows[:SCALED]
    with DataverseClient(told["url"], _Given(told["token"])) as client:
        start = time.perf_counter()
        for row in some:
            table = "msdynmkt_segment" if "msdynmkt_segmentid" in row else "msdynmkt_segmentdefinition"
            client.records.create(table, row)
        return (time.perf_counter() - start) * len(rows) / len(some)


async def _bare(told: dict[str, Any], sent: Sent) -> float:
    """The same batches, as many at once, and nothing else."""
    gate = asyncio.Semaphore(PARALLELISM)
    headers = {"Authorization": f"Bearer {told['token']}"}
    verify = ssl.create_default_context(cafile=told["ca"])
    async with httpx.AsyncClient(base_url=told["url"], headers=headers, verify=verify, timeout=120) as client:

        async def post(head: dict[str, str], body: bytes) -> None:
            async with gate:
                answer = await client.post("/api/data/v9.2/$batch", headers=head, content=body)
                answer.raise_for_status()

        start = time.perf_counter()
        await asyncio.gather(*(post(head, body) for head, body in sent))
        return time.perf_counter() - start


class _Given:
    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder))
