"""A static segment of COUNT stored ids is applied, killed when half of them were sent, and applied again.

    python -m benchmarks.static COUNT

Prints a line a step: seconds by the clock, requests, calls that added members, and the peak in MB of the
whole process, which holds the embedded sandbox too. Not on Windows.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from mig.sandbox.maker import make_world
from mig.sandbox.worlds import Worlds

WORLD = "static"
PEOPLE = UUID("c0000000-0000-0000-0000-000000000000")
IN_A_CALL = 1_000
MANIFEST = f"""version: 1
migration: benchmark
environments: {{{WORLD}: {{sandbox: {WORLD}}}}}
segments: [{{source: Everybody}}]
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What running a command took; `added` are its calls that added members."""

    seconds: float
    requests: int
    added: int
    peak: float
    code: int


def main() -> None:
    """Make the world, which is not measured; then each step is a process of its own."""
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make(Worlds(home), count)
        manifest = home / "static.yaml"
        manifest.write_text(MANIFEST, encoding="utf-8")
        where = ["-f", str(manifest), "--home", str(home)]
        apply = ["apply", *where, "--auto-approve"]
        show("killed half-way", run(apply, stop=count // IN_A_CALL // 2))
        show("applied again", run(apply))
        show("planned once more", run(["plan", *where, "--detailed-exitcode"]))


def make(worlds: Worlds, count: int) -> None:
    """Rows below the API, as long a list as no request could write."""
    worlds.create(WORLD, make_world(contacts=0, segments=0, events=0))
    ids = [str(uuid5(PEOPLE, str(number))) for number in range(count)]
    with worlds.open(WORLD) as world, world.transaction():
        world.connection.executemany(
            "INSERT INTO contact (contactid, statecode, statuscode, versionnumber) VALUES (?, 0, 1, 1)",
            ((one,) for one in ids),
        )
        world.connection.execute(
            "INSERT INTO msdyncrm_segment (msdyncrm_segmentid, msdyncrm_segmentname, msdyncrm_segmenttype,"
            " statecode, statuscode, msdyncrm_segmentmemberids, msdyncrm_segmentsize, versionnumber,"
            ' ownerid, "ownerid@type", owningbusinessunit)'
            " VALUES (?, 'Everybody', 192350001, 0, 192350001, ?, ?, 1, ?, 'systemuser', ?)",
            (str(PEOPLE), json.dumps(ids), count, world.administrator, world.business_unit),
        )


def run(arguments: Sequence[str], stop: int | None = None) -> Step:
    """Run `mig`; kill it after so many calls that added members."""
    start = time.perf_counter()
    requests = added = 0
    with subprocess.Popen(
        [sys.executable, "-m", "mig", *arguments, "-v"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "CI": "1"},
    ) as process:
        for line in process.stderr or ():
            requests += bool(re.match(r"\d{3}  ", line))
            added += "msdynmkt_AddStaticMembers" in line
            if added == stop:
                process.kill()
                break
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    took = time.perf_counter() - start
    return Step(took, requests, added, usage.ru_maxrss * unit / 1_000_000, process.returncode)


def show(what: str, step: Step) -> None:
    """One line."""
    print(
        f"{what:<20}{step.seconds:>8.1f} s{step.requests:>8} requests{step.added:>8} calls"
        f"{step.peak:>8.0f} MB   exit {step.code}",
        flush=True,
    )


if __name__ == "__main__":
    main()
