"""`mig apply` of one event by own copy, as a whole command; to standard error.

    python -m benchmarks.own_copy time HOME
        seconds for 4,000 registrations, far away, and how many rows that is
    python -m benchmarks.own_copy requests HOME
        requests per 1,000 registrations of events with 1,000, 2,000 and 4,000, in-process

Planning, the draft and reconciling are part of both. A registration has almost three sessions and three
answers, and most have a pass.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.far import ENVIRONMENT, mig, served
from mig.sandbox.worlds import Worlds

SIZES: Final = (1_000, 2_000, 4_000)
SHARE: Final = 8  # percent of the contacts of a made world that register for its first event
ROWS: Final = (
    "msevtmgt_session",
    "msevtmgt_pass",
    "msevtmgt_eventcustomregistrationfield",
    "msevtmgt_eventregistration",
    "msevtmgt_sessionregistration",
    "msevtmgt_attendeepass",
    "msevtmgt_registrationresponse",
)
MANIFEST: Final = """version: 1
migration: benchmark
environments: {{{environment}}}
events:
  - {{source: Spring Summit, target: {{name: Spring Summit 2027}}}}
"""


def main(what: str, home: Path) -> None:
    """Measure one of the two."""
    if what == "time":
        print(*_time(home, SIZES[-1]), file=sys.stderr)
    else:
        print(*(_requests(home, size) * 1_000 / size for size in SIZES), file=sys.stderr)


def _time(home: Path, size: int) -> tuple[float, int]:
    _make(home, "far", size)
    before = _rows(home, "far")
    with served(home, "far") as told:
        os.environ |= {"MIG_BENCH_TOKEN": told["token"], "SSL_CERT_FILE": told["ca"]}
        start = time.perf_counter()
        _apply(home, ENVIRONMENT.format(url=told["url"]))
        took = time.perf_counter() - start
    return took, _rows(home, "far") - before


def _requests(home: Path, size: int) -> int:
    name = f"near{size}"
    _make(home, name, size)
    return len(re.findall(r"^\d{3}  ", _apply(home, f"{name}: {{sandbox: {name}}}", "-v"), re.MULTILINE))


def _make(home: Path, name: str, size: int) -> None:
    few = ("--segments", "0", "--events", "1")
    mig("sandbox", "new", name, "--contacts", str(size * 100 // SHARE), *few, "--home", str(home))


def _rows(home: Path, name: str) -> int:
    """All rows there are of what is copied."""
    with Worlds(home).open(name) as world:
        counts = [world.connection.execute(f"SELECT COUNT(*) FROM {table}") for table in ROWS]
        return sum(count.fetchone()[0] for count in counts)


def _apply(home: Path, environment: str, *options: str) -> str:
    """What the command says besides its result."""
    manifest = home / "event.yaml"
    manifest.write_text(MANIFEST.format(environment=environment), encoding="utf-8")
    command = [sys.executable, "-m", "mig", "apply", "--auto-approve", "-f", str(manifest)]
    done = subprocess.run(
        [*command, "--home", str(home), *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"apply ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stderr


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
