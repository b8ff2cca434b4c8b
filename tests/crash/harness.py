"""Everything that can go wrong at every request of whole jobs, each followed by one undisturbed run.

`python -m tests.crash.harness` tries all and prints a table, job and fault by request; `--every N` tries each
nth request only. What a disturbed job comes to is held against one that nothing disturbed: the same rows, the
same members, the same ledger, nothing left to do, no lock left behind.

`killed` stops the process for good: nothing that was to be sent later is sent. (Real processes are killed in
test_killed.py.) The other faults are the sandbox's own; there the run itself goes on.
"""

import argparse
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock
from uuid import UUID

import httpx

from mig.dataverse.errors import DataverseError
from mig.engine.lock import LEASE
from mig.engine.run import Run
from mig.model.outcome import Exit
from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from tests.data import load
from tests.support import CASES, SMALL, Site, work

KILLED: Final = ("killed-before", "killed-after")
FAULTS: Final = (
    *KILLED,
    Deed.DROP_RESPONSE_AFTER_COMMIT,
    Deed.TIMEOUT_AFTER_COMMIT,
    Deed.THROTTLE,
    Deed.RESET_BEFORE,
    Deed.ERROR_5XX,
)
_MOST: Final = 300  # requests that a job may take


class Killed(BaseException):
    """What is left of a process that was killed: no clean-up reaches the organisation any more."""


@dataclass(frozen=True)
class Job:
    """A situation and an apply to disturb. `first` is applied undisturbed before the `edits`.

    `runs`: how often it has to be applied, undisturbed, until nothing is left to do. `sampled`: of how many
    requests every run of the tests tries one.
    """

    name: str
    world: Mapping[str, Any]
    manifest: Mapping[str, Any]
    first: Mapping[str, Any] | None = None
    edits: Sequence[Mapping[str, Any]] = ()
    prune: bool = False
    runs: int = 1
    sampled: int = 83

    def prepare(self, home: Path) -> None:
        """Make the situation there."""
        site = Site(home)
        site.make(self.world)
        if self.first is not None:
            site.apply(site.manifest(self.first))
        manifest = site.manifest(self.manifest)
        if self.edits:
            site.edit(manifest, self.edits)

    def apply(self, site: Site) -> Run:
        """As often as it takes; the last run."""
        for _ in range(self.runs):
            run = site.apply(site.home / "mig.yaml", prune=self.prune)
            if run.outcome.exit == Exit.DONE:
                break
        return run


def segment(name: str, query: str | None, **columns: Any) -> dict[str, Any]:
    return {
        "msdyncrm_segmentname": name,
        "msdyncrm_segmenttype": 192350000 if query else 192350001,
        "msdyncrm_segmentqueryname": name.upper(),
        "msdyncrm_segmentquery": query,
        "statuscode": 192350001,
        **columns,
    }


_MANY: Final = [{"contactid": str(UUID(int=number)), "fullname": str(number)} for number in range(1, 1201)]
_GUESTS: Final = segment(
    "Guests", None, msdyncrm_segmentmemberids=json.dumps([c["contactid"] for c in _MANY])
)
_BERLIN: Final = segment("Berlin", "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')")
_GRAZ: Final = segment("Graz", "PROFILE(contact, c).FILTER(c.address1_city == 'Graz')")

_SUMMIT: Final = load(CASES / "events" / "summit.yaml")
_MOVED: Final = {"source": "Spring Summit", "target": {"name": "Spring Summit 2027"}, "publish": True}

JOBS: Final = (
    Job("segments", SMALL["world"], SMALL["manifest"]),
    Job(
        "static",
        {"tables": {"contact": _MANY, "msdyncrm_segment": [_GUESTS]}},
        {"segments": [{"source": "Guests", "publish": True}]},
    ),
    Job(
        "republish",
        {"tables": {"msdyncrm_segment": [_BERLIN]}},
        {"policy": {"on_live": "republish"}, "segments": [{"source": "Berlin"}]},
        first={"segments": [{"source": "Berlin", "publish": True}]},
        edits=[
            {
                "in": "msdyncrm_segments",
                "where": "statuscode ne 0",
                "set": {"msdyncrm_segmentquery": "PROFILE(contact)"},
            }
        ],
    ),
    Job(
        "prune",
        {"tables": {"msdyncrm_segment": [_BERLIN, _GRAZ]}},
        {"segments": [{"source": "Graz"}]},
        first={"segments": [{"source": "Berlin", "publish": True}, {"source": "Graz"}]},
        prune=True,
    ),
    Job("event", _SUMMIT, {"events": [_MOVED]}, sampled=211),
    # The official job fails when one registration is missing, which the second run adds.
    Job(
        "official job",
        {**_SUMMIT, "phase": "hidden", "switches": {"migration_fails": 2}},
        {"events": [_MOVED]},
        runs=2,
        sampled=300,
    ),
)


@dataclass(frozen=True)
class Tried:
    """One fault at one request, and what was wrong in the end; empty where all converged."""

    job: str
    fault: str
    number: int
    wrong: str


def attempts(job: Job, every: int = 1, offset: int = 0) -> Iterator[Tried]:
    """Each fault at each request of a job, in turn; at one request in `every`, but at one of a job at least.
    Then the faults strike at different ones, spread over the job.

    Killed before a request, or after the one before it: the same was carried out, so that it is tried once.
    """
    with tempfile.TemporaryDirectory() as folder:
        template, whole = Path(folder) / "template", Path(folder) / "whole"
        job.prepare(template)
        shutil.copytree(template, whole)
        requests = _count(job, Site(whole))
        expected = picture(Site(whole))
        died: dict[int, str] = {}
        step = min(every, requests)
        for place, fault in enumerate(FAULTS):
            first = 1 + (offset + place * step // len(FAULTS)) % step
            for number in range(first, requests + 1, step):
                carried_out = number - (fault == "killed-before")
                if fault in KILLED and carried_out in died:
                    yield Tried(job.name, str(fault), number, died[carried_out])
                    continue
                home = Path(folder) / f"{fault}-{number}"
                shutil.copytree(template, home)
                wrong = _tried(job, Site(home), fault, number, expected)
                shutil.rmtree(home)
                if fault in KILLED:
                    died[carried_out] = wrong
                yield Tried(job.name, str(fault), number, wrong)


def _count(job: Job, site: Site) -> int:
    """How many requests the job takes undisturbed."""
    with counted() as seen:
        assert job.apply(site).outcome.exit == Exit.DONE
    assert 5 < len(seen) < _MOST
    return len(seen)


def _tried(job: Job, site: Site, fault: str, number: int, expected: object) -> str:
    try:
        with _disturbed(site, fault, number):
            job.apply(site)
    except Killed:
        with site.open() as world:  # elsewhere nobody knows that it died, so its lease has to end
            world.clock.advance(LEASE.total_seconds() + 1)
    except DataverseError:  # told to the user; the next run counts
        pass
    try:
        run = job.apply(site)
    except DataverseError as error:
        return str(error)
    if run.outcome.exit:
        return run.outcome.sentence
    # A run that found nothing to do has seen it already.
    manifest = site.home / "mig.yaml"
    if run.outcome_word != "nothing" and (left := work(site.plan(manifest, prune=job.prune))):
        return f"left to do: {left}"
    found = picture(site)
    if not run.results:  # without work nothing is written: a dead run's lock stays until it is in the way
        found["locked"] = False
    return "" if found == expected else f"not as undisturbed: {difference(expected, found)}"


@contextmanager
def _disturbed(site: Site, fault: str, number: int) -> Iterator[None]:
    if fault in KILLED:
        with killed(number, after=fault == "killed-after"):
            yield
        return
    with site.open() as world:
        faults.add(world, Fault("* *", Deed(fault), nth=number))
    yield
    with site.open() as world:
        faults.clear(world)


@contextmanager
def killed(number: int, *, after: bool) -> Iterator[None]:
    """The process dies at that request: before it is sent on, or after it was carried out."""
    send = httpx.ASGITransport.handle_async_request
    seen = 0

    async def handle(self: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        nonlocal seen
        seen += 1
        if seen < number or (after and seen == number):
            response = await send(self, request)
        if seen >= number:
            raise Killed
        return response

    with mock.patch.object(httpx.ASGITransport, "handle_async_request", handle):
        yield


@contextmanager
def counted() -> Iterator[list[httpx.Request]]:
    send = httpx.ASGITransport.handle_async_request
    seen: list[httpx.Request] = []

    async def handle(self: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return await send(self, request)

    with mock.patch.object(httpx.ASGITransport, "handle_async_request", handle):
        yield seen


_COLUMNS: Final = {
    "msdynmkt_segment": ("msdynmkt_segmentid", "msdynmkt_displayname", "statuscode", "statecode"),
    "msdynmkt_segmentdefinition": (
        "msdynmkt_segmentdefinitionid",
        "msdynmkt_name",
        "msdynmkt_segmentquery",
        "statuscode",
    ),
    "msevtmgt_event": ("msevtmgt_eventid", "msevtmgt_name", "msevtmgt_publishstatus"),
    "msevtmgt_session": ("msevtmgt_sessionid", "msevtmgt_event", "msevtmgt_publishstatus"),
    "msevtmgt_pass": ("msevtmgt_passid", "msevtmgt_eventid", "msevtmgt_name"),
    "msevtmgt_eventregistration": (
        "msevtmgt_eventregistrationid",
        "msevtmgt_name",
        "msevtmgt_eventid",
        "msevtmgt_contactid",
        "msevtmgt_iscanceled",
        "msevtmgt_qrcode",
    ),
    "msevtmgt_sessionregistration": (
        "msevtmgt_sessionregistrationid",
        "msevtmgt_registrationid",
        "msevtmgt_sessionid",
    ),
    "msevtmgt_attendeepass": (
        "msevtmgt_attendeepassid",
        "msevtmgt_eventregistrationid",
        "msevtmgt_pass",
    ),
    "msevtmgt_registrationresponse": (
        "msevtmgt_registrationresponseid",
        "msevtmgt_eventregistration",
        "msevtmgt_response",
    ),
}


_ANY_TIME: Final = {"run_id": "", "at": ""}


def picture(site: Site) -> dict[str, Any]:
    """What a job brings about: rows, members, ledger, the registration jobs that were begun, and no lock."""
    rows = {
        table: [{name: row[name] for name in columns} for row in site.rows(table)]
        for table, columns in _COLUMNS.items()
    }
    with site.open() as world:
        members = world.connection.execute('SELECT count(*), min("member"), max("member") FROM _static')
        held = members.fetchone()
        begun = world.connection.execute("SELECT source, target, state FROM _jobs ORDER BY number").fetchall()
    notes = {row["subject"]: json.loads(row["notetext"]) for row in site.rows("annotation")}
    entries = [entry for name, note in notes.items() if "ledger" in name for entry in note["entries"]]
    ledger = sorted(({**entry, **_ANY_TIME} for entry in entries), key=lambda one: one["address"])
    for entry in ledger:
        if entry.get("job"):
            entry["job"] |= {"began": "", "ended": ""}
    return {**rows, "members": list(held), "ledger": ledger, "jobs": begun, "locked": "mig:lock" in notes}


def difference(expected: Any, found: Any) -> str:
    return "; ".join(
        f"{key}: {found[key]}, not {expected[key]}" for key in expected if expected[key] != found[key]
    )


def main() -> int:
    """Try all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="each nth request only")
    every = parser.parse_args().every
    wrong: list[Tried] = []
    for job in JOBS:
        line: dict[str, str] = {}
        with redirect_stderr(io.StringIO()):
            for one in attempts(job, every):
                line[one.fault] = line.get(one.fault, "") + ("x" if one.wrong else ".")
                wrong += [one] if one.wrong else []
        for fault, marks in line.items():
            print(f"{job.name:12} {fault:28} {marks} {marks.count('.')} of {len(marks)}", flush=True)
    for one in wrong:
        print(f"{one.job} {one.fault} at {one.number}: {one.wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
