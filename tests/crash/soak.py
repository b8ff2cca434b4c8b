"""An hour of an organisation's time in which one request in twenty goes wrong, and nothing is lost.

`python -m tests.crash.soak` plans, applies and verifies over and over, while the manifest and the sources
change, and prints what happened. In the end, undisturbed, all must be as if nothing had ever gone wrong: the
same rows, members and ledger as where the last manifest was applied at once. A seed tells the whole course.
"""

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mig.dataverse.errors import DataverseError
from mig.engine.lock import LEASE, LockHeld
from mig.sandbox import faults
from mig.sandbox.spec import Deed, Fault
from tests.crash.harness import difference, picture, segment
from tests.support import PEOPLE, Site, work

SHARE: Final = 0.05  # of the requests
DEEDS: Final = (
    Deed.THROTTLE,
    Deed.ERROR_5XX,
    Deed.TIMEOUT_AFTER_COMMIT,
    Deed.DROP_RESPONSE_AFTER_COMMIT,
    Deed.RESET_BEFORE,
    Deed.TRUNCATE,
    Deed.SLOW,
)
_CITIES: Final = ("Berlin", "Graz", "Gent", "Porto", "Bath")
_DYNAMIC: Final = tuple(f"Guests_{number}" for number in range(8))
_COMPOUND: Final = {f"Both_{number}": _DYNAMIC[number : number + 2] for number in range(3)}
_STATIC: Final = "Invited"
_EDITED: Final = _DYNAMIC[4:]  # the others are live in use by compound ones, where an edit is refused
_ALL: Final = (*_DYNAMIC, *_COMPOUND, _STATIC)
_POLICY: Final = {
    "on_live": "republish",
    "on_drift": "overwrite",
    "brakes": {"updates": "100%", "deletes": "100%", "publishes": 500, "people": "100%"},
}


@dataclass
class Course:
    """What happened: runs by what they came to, faults that struck by kind, and what was wrong in the end."""

    cycles: int = 0
    seconds: float = 0.0
    requests: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"{'cycles':32} {self.cycles:6}"
        yield f"{'minutes of the world':32} {self.seconds / 60:6.0f}"
        yield f"{'requests':32} {self.requests:6}"
        struck = self.struck.total()
        yield f"{'faults':32} {struck:6}   {struck / max(self.requests, 1):.1%}"
        for title, counts in (("", self.struck), ("run: ", self.runs)):
            yield from (f"  {title + name:30} {count:6}" for name, count in sorted(counts.items()))
        yield f"{'in the end':32} {'; '.join(self.wrong) or 'all converged, nothing lost, nothing twice'}"


def query(chance: random.Random) -> str:
    city = chance.choice(_CITIES)
    return f"PROFILE(contact, c).FILTER(c.address1_city == '{city}')"


def world(chance: random.Random) -> Mapping[str, Any]:
    """Sources that name cities, some that put two of those together, and a list of persons."""
    dynamic = [segment(name, query(chance)) for name in _DYNAMIC]
    compound = [
        segment(name, f"SEGMENT({a.upper()}) UNION SEGMENT({b.upper()})", msdyncrm_segmenttype=192350002)
        for name, (a, b) in _COMPOUND.items()
    ]
    ids = "[" + ", ".join(f'"{person["contactid"]}"' for person in PEOPLE) + "]"
    static = segment(_STATIC, None, msdyncrm_segmentmemberids=ids)
    return {"tables": {"msdyncrm_segment": [*dynamic, *compound, static]}}


def manifest(names: Sequence[str], published: Callable[[str], bool]) -> Mapping[str, Any]:
    entries = [{"source": name, "publish": published(name)} for name in names]
    return {"policy": _POLICY, "segments": entries}


def soak(home: Path, seed: int, seconds: float) -> Course:
    """The whole course, in a folder of its own."""
    chance = random.Random(seed)
    random.seed(seed)  # how long the client waits before it tries again
    site, course = Site(home / "disturbed"), Course()
    site.make(world(chance))
    start = _moment(site)
    with site.open() as opened:
        for number, deed in enumerate(DEEDS):
            fault = Fault("* *", deed, probability=SHARE / len(DEEDS), seed=seed * 100 + number)
            faults.add(opened, fault)
        faults.add(opened, Fault("POST */$batch", Deed.THROTTLE_LAST_PART, probability=SHARE, seed=seed))
    while _moment(site) - start < seconds:
        _cycle(site, chance, course)
    course.seconds = _moment(site) - start
    with site.open() as opened:
        kept = faults.kept(opened)
        course.requests = max(one.met for one in kept)
        course.struck = Counter({str(one.fault.do): one.struck for one in kept})
        faults.clear(opened)
        opened.clock.advance(LEASE.total_seconds())  # the last run's lock, where giving it back was lost
    course.wrong = list(_wrong(site, Site(home / "undisturbed")))
    return course


def _cycle(site: Site, chance: random.Random, course: Course) -> None:
    """Somebody changes the manifest or a source, and applies until it has got somewhere."""
    course.cycles += 1
    if chance.random() < 0.5:
        _edit(site, query(chance), chance.choice(_EDITED))
    listed = {name for name in _ALL if chance.random() < 0.8}
    listed |= {part for name in listed for part in _COMPOUND.get(name, ())}
    names = [name for name in _ALL if name in listed]
    published = {name for name in names if chance.random() < 0.5}
    path = site.manifest(manifest(names, published.__contains__))
    prune = chance.random() < 0.3
    for job in (
        lambda: site.apply(path, prune=prune).outcome_word,
        lambda: f"verified: {site.verify(path).outcome.exit.name.lower()}",
    ):
        course.runs[_told(site, job)] += 1
    with site.open() as opened:
        opened.clock.advance(chance.randrange(30))


def _told(site: Site, job: Callable[[], str]) -> str:
    try:
        return job()
    except LockHeld as error:  # the one before could not give it back: its lease has to end
        with site.open() as opened:
            opened.clock.advance(LEASE.total_seconds())
        return f"refused: {error.code}"
    except DataverseError as error:
        return f"failed: {error.code}"


def _edit(site: Site, text: str, name: str) -> None:
    site.sql(
        "UPDATE msdyncrm_segment SET msdyncrm_segmentquery = ? WHERE msdyncrm_segmentname = ?", text, name
    )


def _wrong(site: Site, other: Site) -> Iterator[str]:
    """What is not as in an organisation where the last manifest was applied to the same sources at once."""
    everything = manifest(_ALL, lambda name: True)
    other.make(world(random.Random(0)))
    for row in site.rows("msdyncrm_segment"):
        if row["msdyncrm_segmentname"] in _DYNAMIC:
            _edit(other, row["msdyncrm_segmentquery"], row["msdyncrm_segmentname"])
    found = []
    for one in (site, other):
        path = one.manifest(everything)
        run = one.apply(path, prune=True)
        if run.outcome.exit:
            yield f"the last run: {run.outcome.sentence}"
        if left := work(one.plan(path, prune=True)):
            yield f"left to do: {left}"
        if one.verify(path).outcome.exit:
            yield "the members differ"
        found.append(picture(one))
    if found[0] != found[1]:
        yield f"not as undisturbed: {difference(found[1], found[0])[:500]}"


def _moment(site: Site) -> float:
    with site.open() as opened:
        return opened.clock.now().timestamp()


def main() -> int:
    """Soak and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="of the world's clock")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        course = soak(Path(folder), given.seed, given.minutes * 60)
    print(f"{'seed':32} {given.seed:6}", *course.lines(), sep="\n")
    return 1 if course.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
