"""Prints the figures that `mig` must reach, each beside its limit and, where there is one, a peer.

Whole commands are timed as processes, the median of several runs; requests are counted in the request log.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 5
SEGMENTS = 2000
QUERIES = 2000
MEMBERS = 1_000_000
REGISTRATIONS = 100_000
MANIFEST = f"""version: 1
migration: benchmark
environments: {{big: {{sandbox: big}}}}
policy: {{quota: {SEGMENTS}}}
segments:
  - select: {{type: [dynamic, compound]}}
"""


def main() -> None:
    """Measure everything and print a table."""
    print(f"{'what':<52}{'median':>12}{'limit':>12}   beside")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _help()
        _language()
        _bad_input()
        _demo(home)
        _validate(home)
        _plan(home)
        _world(home)
        _requests(home)
        _members()
        _events()
        _own_copy(home)


def _help() -> None:
    took = _median(lambda: _mig(["--help"]))
    peer = _median(lambda: _run([sys.executable, "-c", "import click"]))
    _line("mig --help", f"{took * 1000:.0f} ms", "150 ms", f"python importing click: {peer * 1000:.0f} ms")


def _language() -> None:
    script = Path(__file__).with_name("language.py")
    for dialect in ("outbound", "rtm"):
        took, split = map(float, _run([sys.executable, str(script), dialect, str(QUERIES)]).split())
        beside = f"only splitting the same texts into words and signs: {split:.2f} s"
        _line(f"{QUERIES} queries, {dialect}: read, analysed, printed", f"{took:.2f} s", "1 s", beside)
    short, long = map(float, _run([sys.executable, str(script), "growth"]).split())
    beside = f"{short * 1000:.1f} ms for 3,000 characters, {long * 1000:.1f} ms for 30,000"
    _line("one query, ten times as long", f"{long / short:.1f} ×", "11 ×", beside)


def _bad_input() -> None:
    slowest, total, count = map(float, _run([sys.executable, "-m", "benchmarks.bad_input"]).split())
    beside = f"all {count:.0f} of them, each in both languages: {total:.1f} s"
    _line("bad input, the slowest text of up to 64 KB", f"{slowest:.2f} s", "1 s", beside)


def _demo(home: Path) -> None:
    number = iter(range(RUNS + 1))
    took = _median(lambda: _mig(["demo", "--home", str(home / f"demo{next(number)}")]))
    _line("mig demo, in all", f"{took:.1f} s", "20 s", "")


def _validate(home: Path) -> None:
    manifest = home / "entries.yaml"
    entries = "\n".join(f"  - {{source: Segment number {n}, publish: true}}" for n in range(SEGMENTS))
    manifest.write_text(
        f"version: 1\nmigration: b\nenvironments: {{b: {{sandbox: b}}}}\nsegments:\n{entries}\n",
        encoding="utf-8",
    )
    took = _median(lambda: _mig(["validate", "-f", str(manifest)]))
    _line(f"mig validate of {SEGMENTS} entries", f"{took:.2f} s", "1.5 s", "")


def _plan(home: Path) -> None:
    manifest = home / "big.yaml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    where = ["-f", str(manifest), "--home", str(home)]
    # Some are of kinds that do not move; of the others the quota lets through the first 2,000.
    _mig(["sandbox", "new", "big", "--segments", str(SEGMENTS * 5 // 4), "--home", str(home)])
    _told("against an empty target", where)
    _mig(["apply", *where, "--auto-approve"])
    _told("against as many existing", where)
    took = _median(lambda: _mig(["plan", *where]))
    fetch = _median(lambda: _run([sys.executable, "-c", _FETCH, str(home)]))
    beside = f"fetching the same rows, doing nothing: {fetch:.1f} s"
    _line(f"mig plan of {SEGMENTS} against as many existing", f"{took:.1f} s", "fetch + 4 s", beside)
    less = _tenth(home)
    _line("the same, of a tenth of the segments", f"{took / less:.1f} ×", "11 ×", f"{less:.1f} s")


def _tenth(home: Path) -> float:
    """How long it takes to plan a tenth of the segments against as many existing."""
    manifest, count = home / "small.yaml", SEGMENTS // 10
    manifest.write_text(MANIFEST.replace("big", "small").replace(str(SEGMENTS), str(count)), encoding="utf-8")
    where = ["-f", str(manifest), "--home", str(home)]
    _mig(["sandbox", "new", "small", "--segments", str(count * 5 // 4), "--home", str(home)])
    _mig(["apply", *where, "--auto-approve"])
    return _median(lambda: _mig(["plan", *where]))


def _world(home: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.worlds"]
    took, making = map(float, _run([*command, "make", str(home)]).split())
    serving = float(_run([*command, "serve", str(home)]))
    size = (home / "worlds" / "large.world").stat().st_size / 1_000_000
    _line(
        "a world of 100,000 contacts, made on one core", f"{took:.1f} s", "20 s", f"its file: {size:.0f} MB"
    )
    _line("memory of making it", f"{making:.0f} MB", "300 MB", "")
    _line("memory of serving it, all contacts read", f"{serving:.0f} MB", "300 MB", "")


def _requests(home: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.requests"]
    took = float(_run([*command, "creates", str(home)]))
    _line("2,000 creates in batches, in-process", f"{took:.2f} s", "4 s", "")
    five, whole = map(float, _run([*command, "page", str(home)]).split())
    _line(
        "a served page of 5,000 rows", f"{five:.0f} ms", "300 ms", f"with all their columns: {whole:.0f} ms"
    )


def _members() -> None:
    took, peak = map(float, _run([sys.executable, "-m", "benchmarks.members", str(MEMBERS)]).split())
    what = f"{MEMBERS:,} members against as many"
    _line(what, f"{took:.2f} s", "2 s", "reading both sides included, on one core")
    _line("memory of comparing them, both sides included", f"{peak:.0f} MB", "500 MB", "")


def _events() -> None:
    command = [sys.executable, "-m", "benchmarks.events", str(REGISTRATIONS)]
    took, peak = map(float, _run(command).split())
    what = f"{REGISTRATIONS:,} registrations against as many"
    _line(what, f"{took:.1f} s", "20 s", "3 sessions, a pass and an answer each; reading both sides included")
    _line("memory of reconciling them, reading included", f"{peak:.0f} MB", "500 MB", "")


def _own_copy(home: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.own_copy"]
    took, rows = map(float, _run([*command, "time", str(home)]).split())
    faster, beside = 8 * 3600 / took, f"{took:.0f} s, {rows:,.0f} rows, planned and reconciled; that: 8 h"
    _line("4,000 registrations copied, beside the official job", f"{faster:.0f} ×", "50 ×", beside)
    found = [f"{float(count):.0f}" for count in _run([*command, "requests", str(home)]).split()]
    _line(
        "requests per 1,000 registrations", found[-1], "flat", f"of 1,000, 2,000, 4,000: {', '.join(found)}"
    )


def _told(what: str, where: Sequence[str]) -> None:
    log = _mig(["plan", *where, "-v"])
    requests = len(re.findall(r"^\d{3}  ", log, re.MULTILINE))
    _line(f"requests of mig plan, {SEGMENTS}+ segments, {what}", str(requests), "12 + pages", "")


_FETCH = """
import asyncio, sys
from pathlib import Path
from mig.dataverse.client import connect
from mig.sandbox.app import create_app
from mig.sandbox.worlds import Worlds
async def main():
    with Worlds(Path(sys.argv[1])).open("big") as world:
        async with connect("http://sandbox", world.token, shown_as="big", log=lambda exchange: None,
                           app=create_app(world)) as client:
            for path in ("msdyncrm_segments", "msdynmkt_segments", "msdynmkt_segmentdefinitions"):
                async for row in client.rows(path):
                    pass
asyncio.run(main())
"""


def _mig(arguments: Sequence[str]) -> str:
    return _run([sys.executable, "-m", "mig", *arguments])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "CI": "1"},
        cwd=ROOT,
        check=False,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")
    return done.stderr


def _median(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _line(what: str, found: str, limit: str, beside: str) -> None:
    print(f"{what:<52}{found:>12}{limit:>12}   {beside}", flush=True)


if __name__ == "__main__":
    main()
