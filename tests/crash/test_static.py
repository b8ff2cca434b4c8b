"""An apply killed while members are being added to a static copy: the next one sends what is missing."""

import re
import shutil
from pathlib import Path
from uuid import UUID

import pytest

from mig.model.outcome import Exit
from tests.crash.driver import killed_at
from tests.support import Site, mig, work

CONTACTS = [{"contactid": str(UUID(int=number)), "fullname": str(number)} for number in range(1, 2501)]
STORED = "[" + ", ".join(f'"crm{row["contactid"]}"' for row in CONTACTS) + "]"
WORLD = {
    "tables": {
        "contact": CONTACTS,
        "msdyncrm_segment": [
            {
                "msdyncrm_segmentname": "Guests",
                "msdyncrm_segmenttype": 192350001,
                "statuscode": 192350001,
                "msdyncrm_segmentmemberids": STORED,
            }
        ],
    }
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("template"))
    site.make(WORLD)
    site.manifest({"segments": [{"source": "Guests"}]})
    return site


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_was_added_stays_and_the_rest_follows(
    call: int, when: str, template: Site, tmp_path: Path
) -> None:
    counted, home = tmp_path / "counted", tmp_path / "killed"
    adding = _requests(template, counted)
    assert len(adding) == 3  # a thousand ids a call
    shutil.copytree(template.home, home)
    assert not killed_at(adding[call], when, home / "mig.yaml", home)
    site = Site(home)
    assert site.rows("msdynmkt_segment")
    before = _held(site)
    assert 0 < before < len(CONTACTS) or (call, when) == (2, "after")
    assert work(site.plan(home / "mig.yaml")) == [
        ("segment.guests", "adopt" if before == len(CONTACTS) else "update")
    ]
    assert site.apply(home / "mig.yaml").outcome.exit is Exit.DONE
    assert _held(site) == len(CONTACTS)
    assert work(site.plan(home / "mig.yaml")) == []


def test_nobody_s_id_is_shown_or_kept_in_the_ledger(template: Site, tmp_path: Path) -> None:
    home = tmp_path / "shown"
    shutil.copytree(template.home, home)
    place = ("-f", home / "mig.yaml", "--home", home)
    planned = mig("plan", *place, "--format", "json")
    explained = mig("plan", *place, "--explain")
    applied = mig("apply", *place, "--auto-approve", "-v")
    notes = "".join(str(row["notetext"]) for row in Site(home).rows("annotation"))
    for text in (planned.text, explained.text, applied.text, notes):
        assert CONTACTS[1999]["contactid"] not in text
    assert planned.document["changes"][0]["after"]["msdynmkt_staticlistmembers"]["members"] == len(CONTACTS)
    assert "2,500 static members, sha256 " in explained.out
    assert '"members": 2500' in notes


def _requests(template: Site, home: Path) -> list[int]:
    """The numbers of the requests that add members, from 1."""
    shutil.copytree(template.home, home)
    ran = mig("apply", "-f", home / "mig.yaml", "--home", home, "--auto-approve", "-v", "--parallelism", "1")
    sent = re.findall(r"^\d{3}  (\S+ \S+)", ran.err, re.MULTILINE)
    return [number for number, one in enumerate(sent, 1) if one == "POST msdynmkt_AddStaticMembers"]


def _held(site: Site) -> int:
    with site.open() as world:
        (count,) = world.connection.execute("SELECT count(*) FROM _static").fetchone()
    return int(count)
