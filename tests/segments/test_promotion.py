"""Ids across two environments: what a plan proposes can be taken, costs what it must, and names nobody."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.data import load
from tests.support import WORLD, Site, mig

FABRIKAM, EVE, ANN = (f"{digit}0000000-0000-0000-0000-000000000001" for digit in "ace")
HERE = f"b{FABRIKAM[1:]}"
SECRETS = ("Elsewhere", "ann@contoso.example", "bob@contoso.example")


def _segment(name: str, condition: str) -> dict[str, Any]:
    return {
        "msdyncrm_segmentname": name,
        "msdyncrm_segmenttype": 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentquery": f"PROFILE(contact, c).FILTER({condition})",
    }


SOURCE = {
    "account": [{"accountid": FABRIKAM, "name": 'O\'Neil "& Sons"'}],
    "contact": [
        {"contactid": EVE, "fullname": "Eve Elsewhere", "parentcustomerid": {"account": FABRIKAM}},
    ],
    "systemuser": [{"systemuserid": ANN, "domainname": "ann@contoso.example", "fullname": "Ann Elsewhere"}],
    "msdyncrm_segment": [
        _segment("At Fabrikam", f"c.parentcustomerid == '{FABRIKAM}'"),
        _segment("Eve", f"c.contactid == '{EVE}'"),
        _segment("Of Ann", f"c.ownerid == '{ANN}'"),
    ],
}
TARGET = {"account": [{"accountid": HERE, "name": 'o\'neil "& sons"'}], "contact": []}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.make({"tables": SOURCE}, "test")
    site.make({"tables": TARGET})
    return site


def _manifest(site: Site, ids: dict[str, str], *sources: str) -> Path:
    world = {"sandbox": WORLD, "source": "test", "mappings": {"ids": ids}}
    environments = {"test": {"sandbox": "test"}, WORLD: world}
    entries = [{"source": name} for name in sources or ("At Fabrikam", "Eve", "Of Ann")]
    return site.manifest({"environments": environments, "segments": entries})


def _run(site: Site, command: str, manifest: Path, *options: str) -> Any:
    return mig(*command.split(), "-f", manifest, "--env", WORLD, "--home", site.home, *options)


def _findings(site: Site, manifest: Path) -> dict[str, dict[str, Any]]:
    changes = _run(site, "plan", manifest, "--format", "json").document["changes"]
    return {change["address"]: change["findings"][0] for change in changes if change["findings"]}


def test_the_mapping_that_a_plan_proposes_is_the_one_it_needs(site: Site) -> None:
    fix = _findings(site, _manifest(site, {}))["segment.at_fabrikam"]["fix"]
    line = yaml.safe_load(fix[fix.index("ids: ") :])
    assert line == {"ids": {FABRIKAM: "accounts(name='O''Neil \"& Sons\"')"}}
    found = _findings(site, _manifest(site, line["ids"], "At Fabrikam"))["segment.at_fabrikam"]
    assert (found["code"], HERE in found["message"]) == ("QRY050", True)


def test_persons_are_told_by_table_and_id(site: Site) -> None:
    found = _findings(site, _manifest(site, {}))
    assert found["segment.eve"]["message"].endswith("in test it is a row of contact")
    assert found["segment.of_ann"]["message"].endswith("in test it is a row of systemuser")
    assert "under `mappings.ids` of the environment" in found["segment.eve"]["fix"]


@pytest.mark.parametrize("user", ["ann", "bob"])
@pytest.mark.parametrize("table", ["systemusers", "systemuser"])
def test_nothing_of_persons_is_shown(site: Site, user: str, table: str) -> None:
    ids = {ANN: f"{table}(domainname='{user}@contoso.example')", HERE: "contacts(fullname='Eve Elsewhere')"}
    manifest = _manifest(site, ids)
    for command in ("plan --explain -v", "plan --format json", "apply --auto-approve -v"):
        ran = _run(site, command, manifest)
        assert ran.code in (0, 3)
        assert not [secret for secret in SECRETS if secret in ran.text]


def _recorded(site: Site, ids: dict[str, str]) -> Path:
    """The manifest with both environments recorded, and a third that is planned from the files."""
    both = load(_manifest(site, ids))
    mapped = {"mappings": {"ids": ids}}
    both["environments"] |= {"review": {"snapshot": "here.migsnap", "source": "test.migsnap", **mapped}}
    manifest = site.manifest(both)
    for name, file in (("test", "test.migsnap"), (WORLD, "here.migsnap")):
        assert (
            mig(
                "snapshot", "-f", manifest, "--env", name, "--home", site.home, "--out", site.home / file
            ).code
            == 0
        )
    return manifest


def test_nothing_of_persons_is_recorded(site: Site) -> None:
    ids = {ANN: "systemusers(domainname='ann@contoso.example')", EVE: "contacts(fullname='Eve Elsewhere')"}
    _recorded(site, ids)
    texts = [
        gzip.decompress((site.home / f"{name}.migsnap").read_bytes()).decode() for name in ("test", "here")
    ]
    assert [json.dumps(SOURCE["account"][0]["name"]) in text for text in texts] == [True, False]
    assert not [secret for secret in SECRETS for text in texts if secret in text]


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("systemusers(domainname='bob@contoso.example')", "which systemuser a mapping means"),
        (HERE, f"whether a systemuser has the id {HERE}"),
    ],
    ids=["key", "id"],
)
def test_a_mapping_that_was_not_there_when_it_was_recorded(site: Site, to: str, told: str) -> None:
    content = load(_recorded(site, {}))
    content["environments"]["review"]["mappings"] = {"ids": {ANN: to}}
    ran = mig("plan", "-f", site.manifest(content), "--env", "review", "--home", site.home)
    shown = " ".join(ran.err.split())
    assert (ran.code, ran.out, "ENV021" in shown, told in shown) == (1, "", True, True)
    assert not [secret for secret in SECRETS if secret in shown]


def test_a_mapping_that_a_plan_of_snapshots_proposes_is_known_to_them(site: Site) -> None:
    content = load(_recorded(site, {}))
    content["environments"]["review"]["mappings"] = {"ids": {FABRIKAM: "accounts(name='O''Neil \"& Sons\"')"}}
    manifest = site.manifest(content)
    planned = mig("plan", "-f", manifest, "--env", "review", "--home", site.home, "--format", "json")
    found = {change["address"]: change["action"] for change in planned.document["changes"]}
    assert found == {"segment.at_fabrikam": "create", "segment.eve": "blocked", "segment.of_ann": "blocked"}


def _requests(site: Site, manifest: Path) -> int:
    return len(_run(site, "plan", manifest, "-v").err.splitlines())


def test_a_mapping_costs_no_request_and_a_missing_row_at_most_two(site: Site) -> None:
    least = _requests(site, _manifest(site, {FABRIKAM: HERE, EVE: HERE, ANN: HERE}))
    by_key = {FABRIKAM: "accounts(name='x')", EVE: "accounts(name='y')", ANN: "accounts(name='z')"}
    assert _requests(site, _manifest(site, by_key)) == least
    assert _requests(site, _manifest(site, {})) == least + 2


def test_members_of_the_source_are_those_of_its_own_query(site: Site) -> None:
    manifest = _manifest(site, {FABRIKAM: HERE})
    assert _run(site, "members segment.at_fabrikam", manifest).out.split() == ["contactid", EVE]


def test_where_rows_are_read_where_they_are_written_nothing_is_mapped(site: Site) -> None:
    environments = {"test": {"sandbox": "test", "mappings": {"ids": {FABRIKAM: HERE}}}}
    manifest = site.manifest({"environments": environments, "segments": [{"source": "At Fabrikam"}]})
    ran = mig("plan", "-f", manifest, "--home", site.home, "--format", "json")
    (change,) = ran.document["changes"]
    assert FABRIKAM in change["after"]["msdynmkt_segmentquery"]
    assert [finding["code"] for finding in ran.document["findings"]] == ["MAN023"]
