"""A plan that touches much is refused until somebody says that it is meant."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.support import Ran, Site, mig, valid

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
    assert refused.document["outcome"] == "refused"
    assert refused.document["told"].startswith("Held by updates, people: nothing is applied. If this is")
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


def meant(ran: Ran) -> list[str]:
    """The words of the command that goes on though brakes hold."""
    line = ran.out.splitlines()[-1]
    assert "nothing is applied. If this is meant: mig apply " in line, ran.text
    return shlex.split(line.partition(": mig ")[2])


def test_the_hint_releases_what_holds_and_keeps_what_was_given(site: Site) -> None:
    path = manifest(site, on_live="republish").rename(site.home / "my manifest.yaml")
    mig("apply", "-f", path, "--auto-approve")
    change_sources(site, path, 5, size=3)
    given = ("-f", path, "--except", "segment.city_1", "--prune")
    held = mig("apply", *given, "--auto-approve", "--release-brake", "updates")
    assert meant(held)[-2:] == ["--release-brake", "people"]
    assert meant(mig("plan", *given))[-4:] == ["--release-brake", "updates", "--release-brake", "people"]
    assert "Applied: 5 done." in mig(*meant(held)).out


def test_the_hint_for_a_saved_plan_names_it(site: Site) -> None:
    path, file = manifest(site), site.home / "plan.json"
    mig("apply", "-f", path, "--auto-approve", "--no-publish")
    change_sources(site, path, 5)
    mig("plan", "-f", path, "--out", file, "--except", "segment.city_0")
    held = mig("apply", file, "-f", path, "--no-publish")
    assert meant(held) == [
        "apply", str(file), "-f", str(path), "--no-publish", "--release-brake", "updates"
    ]  # fmt: skip
    assert meant(mig("show", file)) == ["apply", str(file), "--release-brake", "updates"]
    assert mig(*meant(held)).code == 0


def test_fewer_than_ten_copies_are_never_held(site: Site) -> None:
    path = site.manifest({"segments": [{"source": city} for city in CITIES[:9]]})
    mig("apply", "-f", path, "--auto-approve")
    change_sources(site, path, 9)
    assert mig("plan", "-f", path).code == 0


def test_an_unknown_brake(site: Site) -> None:
    ran = mig("apply", "-f", manifest(site), "--release-brake", "update")
    assert (ran.code, "updates" in ran.err) == (64, True)
