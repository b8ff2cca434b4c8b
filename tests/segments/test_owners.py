"""Owners and business units across two environments, and that nothing of persons shows."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import Site, mig

ANN, BOB, GONE = (f"1a000000-0000-0000-0000-00000000000{number}" for number in (1, 2, 3))
SIGN_IN = {ANN: "ann@contoso.example", BOB: "bob@contoso.example", GONE: "gone@contoso.example"}


def _world(prefix: str, users: list[str], units: list[str]) -> dict[str, Any]:
    """Users and a team of the root unit, and units below it; ids differ by their first digit between worlds.

    The root unit is the one that every world has, with the world's name.
    """
    return {
        "businessunit": [
            {"businessunitid": f"{prefix}b000000-0000-0000-0000-00000000000{number}", "name": name}
            for number, name in enumerate(units, 1)
        ],
        "systemuser": [{"systemuserid": prefix + user[1:], "domainname": SIGN_IN[user]} for user in users],
        "team": [{"teamid": f"{prefix}e000000-0000-0000-0000-000000000001", "name": "Marketing"}],
    }


def _segment(name: str, owner: dict[str, str], unit: int = 0) -> dict[str, Any]:
    """Without a unit it belongs to the root unit."""
    own = {"owningbusinessunit": f"1b000000-0000-0000-0000-00000000000{unit}"} if unit else {}
    return {
        **own,
        "msdyncrm_segmentname": name,
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentquery": "PROFILE(contact)",
        "ownerid": owner,
    }


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A source and a target that know the same people by other ids."""
    site = Site(tmp_path)
    tables = _world("1", [ANN, BOB, GONE], ["EMEA", "APAC"])
    tables["msdyncrm_segment"] = [
        _segment("Of Ann", {"systemuser": ANN}),
        _segment("Of Bob", {"systemuser": BOB}, 1),
        _segment("Of the team", {"team": "1e000000-0000-0000-0000-000000000001"}, 1),
        _segment("Of one who left", {"systemuser": GONE}),
        _segment("In a unit of old", {"systemuser": ANN}, 2),
    ]
    site.make({"tables": tables}, "test")
    site.make({"tables": _world("2", [ANN, BOB], ["EMEA"])}, "prod")
    return site


def _manifest(site: Site, mappings: dict[str, Any] | None = None) -> Path:
    prod: dict[str, Any] = {"sandbox": "prod", "source": "test"}
    environments = {
        "test": {"sandbox": "test"},
        "prod": {**prod, **({"mappings": mappings} if mappings else {})},
    }
    return site.manifest({"environments": environments, "segments": [{"select": {"name": "*"}}]})


def _plan(site: Site, manifest: Path) -> dict[str, Any]:
    ran = mig("plan", "-f", manifest, "--env", "prod", "--home", site.home, "--format", "json")
    return {change["address"]: change for change in ran.document["changes"]}


def test_the_same_owner_and_unit_are_found_by_name(site: Site) -> None:
    changes = _plan(site, _manifest(site))
    found = {key: (one["after"] or {}).get("ownerid") for key, one in changes.items()}
    assert found == {
        "segment.of_ann": "systemusers(2a000000-0000-0000-0000-000000000001)",
        "segment.of_bob": "systemusers(2a000000-0000-0000-0000-000000000002)",
        "segment.of_the_team": "teams(2e000000-0000-0000-0000-000000000001)",
        "segment.of_one_who_left": None,
        "segment.in_a_unit_of_old": None,
    }
    units = {key: (one["after"] or {}).get("owningbusinessunit") for key, one in changes.items()}
    (root,) = (row for row in site.rows("businessunit", "prod") if row["parentbusinessunitid"] is None)
    assert units["segment.of_ann"] == f"businessunits({root['businessunitid']})"
    assert units["segment.of_bob"] == "businessunits(2b000000-0000-0000-0000-000000000001)"
    codes = {key: [finding["code"] for finding in one["findings"]] for key, one in changes.items()}
    assert codes["segment.of_one_who_left"] == ["SEG043"]
    assert codes["segment.in_a_unit_of_old"] == ["SEG044"]


def test_what_differs_is_mapped_and_a_second_apply_has_nothing_to_do(site: Site) -> None:
    mappings = {"owners": {"gone@contoso.example": "team:Marketing"}, "business_units": {"APAC": "EMEA"}}
    manifest = _manifest(site, mappings)
    options = ("-f", manifest, "--env", "prod", "--home", site.home)
    assert {one["action"] for one in _plan(site, manifest).values()} == {"create"}
    assert mig("apply", *options, "--auto-approve").code == 0
    assert {one["action"] for one in _plan(site, manifest).values()} == {"unchanged"}
    (left,) = (
        row for row in site.rows("msdynmkt_segment", "prod") if "who left" in row["msdynmkt_displayname"]
    )
    assert (left["ownerid"], left["owninguser"]) == ("2e000000-0000-0000-0000-000000000001", None)


def test_sign_in_names_are_nowhere_to_be_seen(site: Site) -> None:
    options = ("-f", _manifest(site), "--env", "prod", "--home", site.home)
    for arguments in (
        ("plan", "--explain", "-v"),
        ("plan", "--format", "json"),
        ("apply", "--auto-approve", "-v"),
    ):
        ran = mig(arguments[0], *options, *arguments[1:])
        assert (ran.code in (0, 3), "contoso.example" in ran.text) == (True, False)
