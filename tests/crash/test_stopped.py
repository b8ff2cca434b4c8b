"""An apply killed while a live copy is stopped, changed and published again: the next one brings it back.

Some requests are tried; all of them with `MIG_EVERY_REQUEST=1 pytest tests/crash`.
"""

import re
import shutil
from pathlib import Path

from mig.model.outcome import Exit
from mig.segments.rows import DefinitionStatus, SegmentStatus
from tests.crash.driver import killed_at
from tests.crash.test_killed import STEP
from tests.support import Site, mig, work

WORLD = {
    "tables": {
        "msdyncrm_segment": [
            {
                "msdyncrm_segmentname": "Berlin",
                "msdyncrm_segmenttype": 192350000,
                "statuscode": 192350001,
                "msdyncrm_segmentquery": "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')",
            }
        ]
    }
}
OTHER = "PROFILE(contact).FILTER(address1_city == 'Graz')"


def test_a_copy_is_never_left_stopped(tmp_path: Path) -> None:
    template, manifest = _changed(tmp_path / "template")
    first, last = _requests(template, manifest, tmp_path / "counted")
    for number in range(first, last + 1, STEP):
        home = tmp_path / str(number)
        shutil.copytree(template.home, home)
        site = Site(home)
        assert not killed_at(number, "after", home / "mig.yaml", home)
        assert site.apply(home / "mig.yaml").outcome.exit is Exit.DONE
        _as_asked(site, home / "mig.yaml")


def test_what_the_entry_does_not_speak_of_is_left_as_it_was_adopted(tmp_path: Path) -> None:
    template, manifest = _adopted(tmp_path / "template")
    first, last = _requests(template, manifest, tmp_path / "counted")
    for number in range(first, last + 1, min(STEP, 5)):
        home = tmp_path / str(number)
        shutil.copytree(template.home, home)
        site = Site(home)
        assert not killed_at(number, "after", home / "mig.yaml", home)
        assert site.apply(home / "mig.yaml").outcome.exit is Exit.DONE
        [segment] = site.rows("msdynmkt_segment")
        assert segment["msdynmkt_displayname"] == "Migrated – Berliners"
        assert (segment["msdynmkt_description"], segment["statuscode"]) == ("By hand", SegmentStatus.ACTIVE)
        assert work(site.plan(home / "mig.yaml")) == []


def _adopted(home: Path) -> tuple[Site, Path]:
    """A live copy that no ledger knows, which means the same and has another name than the entry says."""
    site = Site(home)
    site.make(WORLD)
    manifest = site.manifest({"segments": [{"source": "Berlin", "publish": True}]})
    site.apply(manifest)
    by_hand = {"msdynmkt_description": "By hand"}
    site.edit(manifest, [{"in": "msdynmkt_segments", "where": "statuscode eq 1", "set": by_hand}])
    site.edit(manifest, [{"in": "annotations", "where": "startswith(subject,'mig:ledger')", "delete": True}])
    manifest = site.manifest(
        {"segments": [{"source": "Berlin", "name": "Berliners", "on_live": "republish"}]}
    )
    assert work(site.plan(manifest)) == [("segment.berlin", "publish"), ("segment.berlin", "update")]
    return site, manifest


def _changed(home: Path) -> tuple[Site, Path]:
    """A live copy that is not flagged and whose source has changed since."""
    site = Site(home)
    site.make(WORLD)
    site.apply(site.manifest({"segments": [{"source": "Berlin", "publish": True}]}))
    manifest = site.manifest({"policy": {"on_live": "republish"}, "segments": [{"source": "Berlin"}]})
    changed = {"msdyncrm_segmentquery": OTHER}
    site.edit(manifest, [{"in": "msdyncrm_segments", "where": "statuscode ne 0", "set": changed}])
    assert work(site.plan(manifest)) == [("segment.berlin", "publish"), ("segment.berlin", "update")]
    return site, manifest


def _requests(template: Site, manifest: Path, home: Path) -> tuple[int, int]:
    """The numbers of the request that stops and of the last but one: giving the lock back is the last."""
    shutil.copytree(template.home, home)
    ran = mig("apply", "-f", home / manifest.name, "--home", home, "--auto-approve", "-v")
    sent = re.findall(r"^\d{3}  (\S+ \S+)", ran.err, re.MULTILINE)
    return sent.index("POST msdynmkt_StopSegments"), len(sent) - 1


def _as_asked(site: Site, manifest: Path) -> None:
    [definition] = site.rows("msdynmkt_segmentdefinition")
    [segment] = site.rows("msdynmkt_segment")
    assert definition["msdynmkt_segmentquery"] == OTHER
    assert definition["statuscode"] == DefinitionStatus.LIVE
    assert segment["statuscode"] == SegmentStatus.ACTIVE
    assert work(site.plan(manifest)) == []
