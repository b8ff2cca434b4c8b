"""Applies that die or go unheard where segments may not take our ids: nothing is made twice or lost.

Struck is one of the requests while rows are made; all with `MIG_EVERY_REQUEST=1 pytest tests/crash`.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mig.model.outcome import Exit
from mig.segments.rows import DefinitionStatus, SegmentStatus
from tests.crash.driver import at_request, killed_at
from tests.crash.test_killed import STEP
from tests.support import PEOPLE, Site, blocked, mig, work

GIVEN: Any = {"own_ids": True}
REFUSED: Any = {"own_ids": False, "untaken_ids": "refused"}
IGNORED: Any = {"own_ids": False, "untaken_ids": "ignored"}

ANN, _, ZOE = (row["contactid"] for row in PEOPLE)
SEGMENTS = [
    {
        "msdyncrm_segmentname": "Graz",
        "msdyncrm_segmenttype": 192350000,
        "msdyncrm_segmentqueryname": "GRAZ",
        "msdyncrm_segmentquery": "PROFILE(contact, c).FILTER(c.address1_city == 'Graz')",
        "msdyncrm_description": "Of one city",
    },
    {
        "msdyncrm_segmentname": "Guests",
        "msdyncrm_segmenttype": 192350001,
        "msdyncrm_segmentqueryname": "GUESTS",
        "msdyncrm_segmentmemberids": f'["{ANN}", "{ZOE}"]',
    },
    {
        "msdyncrm_segmentname": "Both",
        "msdyncrm_segmenttype": 192350002,
        "msdyncrm_segmentquery": "SEGMENT(GRAZ) UNION SEGMENT(GUESTS)",
    },
]
NAMES = ["Migrated – Both", "Migrated – Graz", "Migrated – Guests"]
MANIFEST = {"segments": [{"source": name, "publish": True} for name in ("Graz", "Guests", "Both")]}


def _site(home: Path, switches: Any) -> Site:
    site = Site(home)
    rows = [{**row, "statuscode": 192350001} for row in SEGMENTS]
    site.make({"switches": switches, "tables": {"msdyncrm_segment": rows}})
    site.manifest(MANIFEST)
    return site


@pytest.mark.parametrize("switches", [REFUSED, IGNORED], ids=["refused", "ignored"])
def test_an_apply_killed_while_it_makes_rows_converges(switches: Any, tmp_path: Path) -> None:
    template = _site(tmp_path / "template", switches)
    for number in _struck(_making(template, tmp_path / "counted")):
        home = _copy(template, tmp_path / str(number))
        assert not killed_at(number, "after", home / "mig.yaml", home)
        _goes_on(Site(home))


@pytest.mark.parametrize("switches", [GIVEN, REFUSED, IGNORED], ids=["taken", "refused", "ignored"])
def test_an_answer_that_nobody_heard_makes_nothing_twice(switches: Any, tmp_path: Path) -> None:
    template = _site(tmp_path / "template", switches)
    for number in _struck(_making(template, tmp_path / "counted")):
        home = _copy(template, tmp_path / str(number))
        with at_request(number, "after", _break):
            ran = mig("apply", "-f", home / "mig.yaml", "--home", home, "--auto-approve")
        assert "Traceback" not in ran.text
        _goes_on(Site(home))


def _struck(making: range) -> Sequence[int]:
    """One of them, between the first rows and the last; with `MIG_EVERY_REQUEST` all."""
    return making if STEP == 1 else making[len(making) // 2 :][:1]


def _break() -> None:
    raise ConnectionResetError


def _copy(template: Site, home: Path) -> Path:
    shutil.copytree(template.home, home)
    return home


def _making(template: Site, home: Path) -> range:
    """The numbers of the requests from the last that reads for the plan to the first that publishes."""
    _copy(template, home)
    ran = mig("apply", "-f", home / "mig.yaml", "--home", home, "--auto-approve", "-v", "--parallelism", "1")
    sent = re.findall(r"^\d{3}  (\S+ \S+)", ran.err, re.MULTILINE)
    read = len(sent) - sent[::-1].index("GET msdyncrm_segments")  # one batch follows
    return range(read + 2, sent.index("POST msdynmkt_PublishSegmentDefinition") + 1)


def _goes_on(site: Site) -> None:
    assert site.apply(site.home / "mig.yaml").outcome.exit is Exit.DONE
    _converged(site)


def _converged(site: Site) -> None:
    definitions = {
        row["msdynmkt_segmentdefinitionid"]: row for row in site.rows("msdynmkt_segmentdefinition")
    }
    segments = {row["msdynmkt_displayname"]: row for row in site.rows("msdynmkt_segment")}
    assert sorted(row["msdynmkt_displayname"] for row in site.rows("msdynmkt_segment")) == NAMES
    assert sorted(row["msdynmkt_name"] for row in definitions.values()) == NAMES
    for name, row in segments.items():
        definition = definitions[row["msdynmkt_sourcesegmentuid"]]
        assert (definition["msdynmkt_name"], definition["statuscode"]) == (name, DefinitionStatus.LIVE)
        assert row["statuscode"] == SegmentStatus.ACTIVE
    manifest = site.home / "mig.yaml"
    plan = site.plan(manifest)
    assert (work(plan), blocked(plan)) == ([], [])
    compared = {str(one.address): one.actual for one in site.verify(manifest).comparisons}
    assert compared == {"segment.both": 3, "segment.graz": 1, "segment.guests": 2}
    assert site.owned() == ["segment.both", "segment.graz", "segment.guests"]
