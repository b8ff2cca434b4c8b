"""Applies that die or go unheard where segments may not take our ids: nothing is made twice, nothing is lost.

Every third request is tried; all of them with `MIG_EVERY_REQUEST=1 pytest tests/crash`.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mig.model.outcome import Exit
from mig.segments.rows import DefinitionStatus, SegmentStatus
from tests.crash.driver import killed_at
from tests.crash.test_killed import MOST_REQUESTS, STEP
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


def _site(home: Path, **world: Any) -> Site:
    site = Site(home)
    rows = [{**row, "statuscode": 192350001} for row in SEGMENTS]
    site.make({"tables": {"msdyncrm_segment": rows}, **world})
    site.manifest(MANIFEST)
    return site


@pytest.mark.parametrize("switches", [REFUSED, IGNORED], ids=["refused", "ignored"])
@pytest.mark.parametrize(("when", "first"), [("before", 2), ("after", 1)])
def test_an_apply_killed_at_any_request_converges(
    switches: Any, when: str, first: int, tmp_path: Path
) -> None:
    template = _site(tmp_path / "template", switches=switches)
    for number in range(first, MOST_REQUESTS, STEP):
        home = tmp_path / str(number)
        shutil.copytree(template.home, home)
        ended = killed_at(number, when, home / "mig.yaml", home)
        assert Site(home).apply(home / "mig.yaml").outcome.exit is Exit.DONE
        _converged(Site(home))
        if ended:
            break
    assert 10 < number < MOST_REQUESTS - 1


@pytest.mark.parametrize("switches", [GIVEN, REFUSED, IGNORED], ids=["taken", "refused", "ignored"])
@pytest.mark.parametrize("number", range(1, 10))
def test_an_unheard_answer_makes_nothing_twice(switches: Any, number: int, tmp_path: Path) -> None:
    unheard = {"on": "POST */$batch", "nth": number, "do": "drop-response-after-commit"}
    site = _site(tmp_path, switches=switches, faults=[unheard])
    first = mig("apply", "-f", tmp_path / "mig.yaml", "--home", tmp_path, "--auto-approve")
    assert "Traceback" not in first.text
    assert site.apply(tmp_path / "mig.yaml").outcome.exit is Exit.DONE
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
