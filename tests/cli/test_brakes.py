"""A plan that touches much is refused until somebody says that it is meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import Site, mig, valid

CITIES = [f"City {number}" for number in range(10)]


def segment(number: int, **columns: Any) -> dict[str, Any]:
    return {
        "msdyncrm_segmentid": f"5e000000-0000-0000-0000-{number:012}",
        "msdyncrm_segmentname": CITIES[number],
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentqueryname": f"CITY_{number}",
        "msdyncrm_segmentquery": f"PROFILE(contact, c).FILTER(c.address1_city == '{CITIES[number]}')",
        **columns,
    }


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    site = Site(tmp_path)
    site.make({"tables": {"msdyncrm_segment": [segment(number) for number in range(10)]}})
    return site


def manifest(site: Site, **policy: Any) -> Path:
    entries = [{"source": city, "publish": city == CITIES[0]} for city in CITIES]
    return site.manifest({"policy": policy, "segments": entries})


def change_sources(site: Site, path: Path, count: int, size: int | None = None) -> None:
    wanted: dict[str, Any] = {"msdyncrm_segmentquery": "PROFILE(contact)"}
    if size is not None:
        wanted["msdyncrm_segmentsize"] = size
    site.edit(
        path,
        [
            {"in": "msdyncrm_segments", "where": f"msdyncrm_segmentname eq '{city}'", "set": wanted}
            for city in CITIES[:count]
        ],
    )


def test_many_updates(site: Site) -> None:
    path = manifest(site, on_live="republish")
    assert mig("apply", "-f", path, "--auto-approve").code == 0
    change_sources(site, path, 4, size=3)
    before = site.everything()
    planned = mig("plan", "-f", path)
    assert planned.code == 3
    assert "Brake updates holds: 4 of 10 (40%), limit 30%" in planned.out
    refused = mig("apply", "-f", path, "--auto-approve", "--format", "json")
    assert (refused.code, refused.document["results"]) == (3, [])
    assert site.everything() == before
    applied = mig(
        "apply", "-f", path, "--auto-approve", "--release-brake", "updates", "--release-brake", "people"
    )
    assert (applied.code, "Brake updates released" in applied.out) == (0, True)
    assert mig("plan", "-f", path, "--detailed-exitcode").code == 0


def test_people_of_a_live_copy(site: Site) -> None:
    path = manifest(site, on_live="republish")
    mig("apply", "-f", path, "--auto-approve")
    change_sources(site, path, 1, size=3)
    planned = mig("plan", "-f", path, "--format", "json")
    valid(planned.document, "plan")
    assert planned.code == 3
    assert {brake["name"]: brake["held"] for brake in planned.document["brakes"]} == {
        "updates": False,
        "deletes": False,
        "publishes": False,
        "people": True,
    }


def test_people_that_nobody_counted(site: Site) -> None:
    path = manifest(site, on_live="republish")
    mig("apply", "-f", path, "--auto-approve")
    change_sources(site, path, 1)
    planned = json.loads(mig("plan", "-f", path, "--format", "json").out)
    assert [one["code"] for change in planned["changes"] for one in change["findings"]] == ["SEG070"]
    assert not any(brake["held"] for brake in planned["brakes"])


def test_a_part_of_the_plan_counts_what_it_does(site: Site) -> None:
    path = manifest(site)
    mig("apply", "-f", path, "--auto-approve", "--no-publish")
    change_sources(site, path, 4)
    assert mig("plan", "-f", path).code == 3
    assert mig("plan", "-f", path, "--only", "segment.city_1").code == 0
    assert mig("plan", "-f", manifest(site, brakes={"updates": 4})).code == 0


def test_fewer_than_ten_copies_are_never_held(site: Site) -> None:
    path = site.manifest({"segments": [{"source": city} for city in CITIES[:9]]})
    mig("apply", "-f", path, "--auto-approve")
    change_sources(site, path, 9)
    assert mig("plan", "-f", path).code == 0


def test_an_unknown_brake(site: Site) -> None:
    ran = mig("apply", "-f", manifest(site), "--release-brake", "update")
    assert (ran.code, "updates" in ran.err) == (64, True)
