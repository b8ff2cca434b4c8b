"""A run killed at half of the registration job's time, resumed by another process from another folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

from tests.crash.driver import killed_at
from tests.crash.harness import difference, picture
from tests.data import load
from tests.support import CASES, Site, mig

REGISTRATIONS = 40
STATUS = "/obmMigration/status"
EVENTS = {"events": [{"source": "Spring Summit", "target": {"name": "Spring Summit 2027"}, "publish": True}]}


def test_it_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole, killed, elsewhere = (tmp_path / name for name in ("whole", "killed", "elsewhere"))
    _prepare(whole)
    shutil.copytree(whole, killed)
    log = whole / "log.jsonl"
    ran = mig("apply", "-f", whole / "mig.yaml", "--home", whole, "--auto-approve", "--events", log)
    assert ran.code == 0, ran.err
    looks = _looks(log)
    half = next(number for number, come in enumerate(looks) if come >= REGISTRATIONS / 2)
    assert looks[half] < REGISTRATIONS

    # Two looks were for the plan, and one came before the start.
    assert not killed_at(half + 4, "after", killed / "mig.yaml", killed, STATUS)
    with Site(killed).open() as world:
        begun = world.connection.execute("SELECT state, copied FROM _jobs").fetchall()
    assert begun == [("Running", looks[half])]

    elsewhere.mkdir()
    shutil.move(killed / "mig.yaml", elsewhere)
    command = [sys.executable, "-m", "mig", "apply", "--auto-approve", "--events", "log.jsonl"]
    environment = {**os.environ, "MIG_HOME": str(killed)}
    resumed = subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    assert "job-starting" not in (elsewhere / "log.jsonl").read_text("utf-8")
    expected, found = picture(Site(whole)), picture(Site(killed))
    assert found == expected, difference(expected, found)
    assert len(expected["jobs"]) == 1
    assert len(expected["msevtmgt_eventregistration"]) == 2 * REGISTRATIONS


def _prepare(home: Path) -> None:
    world = deepcopy(load(CASES / "events" / "summit.yaml"))
    first = world["tables"]["msevtmgt_eventregistration"][0]
    world["tables"]["msevtmgt_eventregistration"] += [
        {
            **deepcopy(first),
            "msevtmgt_eventregistrationid": f"90000000-0000-0000-0001-{number:012}",
            "msevtmgt_name": f"EV001-{number:06}",
            "msevtmgt_qrcode": f"QR {number}",
        }
        for number in range(4, REGISTRATIONS + 1)
    ]
    site = Site(home)
    site.make({**world, "phase": "hidden"})
    site.manifest(EVENTS)


def _looks(log: Path) -> list[int]:
    """How many registrations each look at the job found."""
    told = (json.loads(line) for line in log.read_text("utf-8").splitlines())
    found = (re.match(r"(\d+) of ", one["detail"]) for one in told if one["event"] == "job-progress")
    return [int(one[1]) for one in found if one]
