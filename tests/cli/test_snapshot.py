"""`mig snapshot`, and what can be done with the file. That plans are the same is played in tests/segments."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import STOCK
from tests.data import load
from tests.recorded import REVIEW, SNAPSHOT
from tests.support import CASES, SECRETS_OF_PEOPLE, SMALL, WORLD, Site, mig, valid

SIGN_IN = "Ann.Mueller@fabrikam.example"
ANN = "1a000000-0000-0000-0000-000000000001"
STATIC = {
    "msdyncrm_segmentname": "Fair",
    "msdyncrm_segmenttype": 192350001,
    "statuscode": 192350001,
    "msdyncrm_segmentmemberids": '["crmc0000000-0000-0000-0000-000000000001"]',
}
OWNED = {
    "msdyncrm_segmentname": "Of Ann",
    "msdyncrm_segmenttype": 192350000,
    "statuscode": 192350001,
    "msdyncrm_segmentquery": "PROFILE(contact)",
    "ownerid": {"systemuser": ANN},
}
USERS = [{"systemuserid": ANN, "domainname": SIGN_IN, "fullname": "Ann Mueller"}]


def world(*segments: dict[str, Any]) -> dict[str, Any]:
    return {"tables": {"systemuser": USERS, "msdyncrm_segment": list(segments)}}


def environments(**more: Any) -> dict[str, Any]:
    return {"environments": {WORLD: {"sandbox": WORLD}, REVIEW: {"snapshot": SNAPSHOT, **more}}}


def record(site: Site, manifest: Path, *options: str) -> Path:
    file = site.home / SNAPSHOT
    ran = mig("snapshot", "-f", manifest, "--env", WORLD, "--out", file, *options)
    assert (ran.code, ran.err) == (0, "")
    return file


@pytest.fixture
def reviewed(site: Site) -> Path:
    """The manifest of the small world, with its snapshot, which is taken."""
    manifest = site.manifest({**SMALL["manifest"], **environments()})
    record(site, manifest)
    return manifest


# --- the file ---------------------------------------------------------------------------------------------


def test_the_same_environment_gives_the_same_bytes(site: Site, reviewed: Path) -> None:
    before = (site.home / SNAPSHOT).read_bytes()
    assert record(site, reviewed).read_bytes() == before


def test_nothing_of_persons_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    site.make(world(STATIC, OWNED))
    manifest = site.manifest({"segments": [{"source": "Fair", "publish": True}]} | environments())
    assert mig("apply", "-f", manifest, "--env", WORLD, "--auto-approve").code == 0
    text = gzip.decompress(record(site, manifest).read_bytes()).decode()
    assert "sha256" in text
    assert ANN in text
    for secret in (*SECRETS_OF_PEOPLE, SIGN_IN, SIGN_IN.lower(), "Mueller", "c0000000-0000-0000"):
        assert secret not in text


def test_its_name_says_what_it_is(manifest: Path, tmp_path: Path) -> None:
    ran = mig("snapshot", "-f", manifest, "--out", tmp_path / "prod.json")
    assert (ran.code, ".migsnap" in ran.err) == (64, True)


def _edited(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def edit(raw: bytes) -> bytes:
        document = json.loads(gzip.decompress(raw))
        change(document)
        return gzip.compress(json.dumps(document).encode())

    return edit


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda raw: b"", "damaged"),
        (lambda raw: raw[: len(raw) // 2], "damaged"),
        (lambda raw: raw[:50] + bytes([raw[50] ^ 1]) + raw[51:], "damaged"),
        (lambda raw: gzip.decompress(raw), "damaged"),
        (lambda raw: gzip.compress(b"[]"), "no saved snapshot"),
        (_edited(lambda document: document["organization"].update(phase="live")), "edited"),
        (_edited(lambda document: document.update(format_version=2)), "newer mig"),
    ],
    ids=["empty", "cut", "flipped", "unpacked", "another", "edited", "newer"],
)
def test_a_file_that_cannot_be_used(
    damage: Callable[[bytes], bytes], told: str, site: Site, reviewed: Path
) -> None:
    file = site.home / SNAPSHOT
    file.write_bytes(damage(file.read_bytes()))
    ran = mig("plan", "-f", reviewed, "--env", REVIEW)
    assert (ran.code, ran.out, "ENV022" in ran.err, told in ran.err) == (1, "", True, True)


def test_a_file_that_is_not_there(site: Site, reviewed: Path) -> None:
    (site.home / SNAPSHOT).unlink()
    ran = mig("plan", "-f", reviewed, "--env", REVIEW)
    assert (ran.code, "ENV022" in ran.err) == (1, True)


# --- commands ---------------------------------------------------------------------------------------------


def test_a_plan_of_it_is_for_review_only(site: Site, reviewed: Path) -> None:
    before = site.everything()
    planned = mig("plan", "-f", reviewed, "--env", REVIEW, "--format", "json")
    valid(planned.document, "plan")
    here = mig("plan", "-f", reviewed, "--env", WORLD, "--format", "json")
    assert (here.code, planned.code, planned.document["applyable"]) == (0, 0, False)
    assert {**planned.document, "applyable": True} == here.document
    shown = " ".join(mig("plan", "-f", reviewed, "--env", REVIEW).out.split())
    assert "a snapshot of 2026-11-22T09:00:00+00:00" in shown
    assert "review is a snapshot: this plan cannot be applied." in shown
    applied = mig("apply", "-f", reviewed, "--env", REVIEW, "--auto-approve")
    assert (applied.code, applied.out, "ENV020" in applied.err) == (3, "", True)
    assert site.everything() == before


ITSELF = "review is a snapshot, and this command needs the environment itself fix name the environment itself"


@pytest.mark.parametrize(
    "command",
    [
        ("verify",),
        ("verify", "--waitlist", "nobody.csv"),
        ("members", "segment.berlin"),
        ("status",),
        ("history",),
        ("lock", "show"),
        ("lock", "release", "--yes"),
    ],
    ids=" ".join,
)
def test_what_needs_the_environment_itself(command: tuple[str, ...], reviewed: Path) -> None:
    ran = mig(*command, "-f", reviewed, "--env", REVIEW)
    told = " ".join(ran.err.split())
    assert (ran.code, ran.out, told) == (1, "", f"error[ENV021] {ITSELF}")


def test_a_snapshot_is_not_examined(reviewed: Path) -> None:
    ran = mig("doctor", "-f", reviewed, "--env", REVIEW)
    told = " ".join(ran.out.split())
    assert (ran.code, ran.err, ITSELF in told, "There is one thing to put right." in told) == (
        1,
        "",
        True,
        True,
    )


def test_an_inventory_and_a_first_manifest_of_it(stocked: Site) -> None:
    both = {"stock": {"sandbox": "stock"}, REVIEW: {"snapshot": "stock.migsnap"}}
    manifest = stocked.manifest({"environments": both})
    file = stocked.home / "stock.migsnap"
    assert mig("snapshot", "-f", manifest, "--env", "stock", "--out", file).code == 0
    listed = [
        mig("inventory", "-f", manifest, "--env", name, "--format", "json").document
        for name in ("stock", REVIEW)
    ]
    assert listed[0] == listed[1]
    assert len(listed[0]["items"]) == len(STOCK["world"]["tables"]["msdyncrm_segment"])
    first = stocked.home / "below" / "first.yaml"
    first.parent.mkdir()
    assert mig("init", "--snapshot", file, "--out", first).code == 0
    assert "snapshot: ../stock.migsnap" in first.read_text(encoding="utf-8")
    assert mig("plan", "-f", first).code == 0


# --- one side of two --------------------------------------------------------------------------------------


def test_rows_from_a_file_are_applied_elsewhere(site: Site, reviewed: Path) -> None:
    site.make({}, "prod")
    manifest = site.manifest(
        {
            "environments": {"prod": {"sandbox": "prod", "source": SNAPSHOT}},
            "segments": [{"source": "Berlin", "publish": True}, {"source": "Graz"}],
        },
        "elsewhere.yaml",
    )
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0
    assert [len(rows) for rows in site.everything("prod").values()][:2] == [2, 2]
    assert mig("plan", "-f", manifest, "--detailed-exitcode").code == 0


@pytest.mark.parametrize("word", [{}, {"owner": SIGN_IN}, {"owner": f"user:{SIGN_IN.lower()}"}])
def test_a_user_is_found_by_sign_in_name_across_environments(
    word: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    site.make(world(OWNED))
    there = {"systemuserid": ANN.replace("1a", "2a"), "domainname": SIGN_IN.upper()}
    site.make({"tables": {"systemuser": [there]}}, "prod")
    record(site, site.manifest(environments()))
    prod = {"environments": {"prod": {"sandbox": "prod", "source": SNAPSHOT}}}
    (found,) = site.plan(site.manifest({**prod, "segments": [{"source": "Of Ann", **word}]})).changes
    assert (found.after or {})["ownerid"] == f"systemusers({there['systemuserid']})"


@pytest.mark.parametrize("recorded", ["source", "target"])
def test_static_members_are_not_known_with_one_side_only(
    recorded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    site.make(world(STATIC))
    site.make({}, "prod")
    both = {
        "source": {WORLD: {"sandbox": WORLD}, "prod": {"sandbox": "prod", "source": SNAPSHOT}},
        "target": {"prod": {"sandbox": "prod"}, WORLD: {"sandbox": WORLD}, REVIEW: {"snapshot": SNAPSHOT}},
    }[recorded]
    if recorded == "target":
        both[REVIEW]["source"] = WORLD
    manifest = site.manifest({"environments": both, "segments": [{"source": "Fair"}]})
    taken = WORLD if recorded == "source" else "prod"
    assert mig("snapshot", "-f", manifest, "--env", taken, "--out", site.home / SNAPSHOT).code == 0
    planned = mig("plan", "-f", manifest, "--env", "prod" if recorded == "source" else REVIEW)
    assert (planned.code, "SEG060" in planned.out, "number, 1," in planned.out) == (3, True, True)


@pytest.fixture
def from_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Site, Path]:
    """A segment and an event, planned from a snapshot: for another organisation, and for the one it is of."""
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    summit = load(CASES / "events" / "summit.yaml")
    site.make({**summit, "tables": {**summit["tables"], **world(OWNED)["tables"]}})
    site.make({"tables": {"systemuser": USERS}}, "prod")
    here = {WORLD: {"sandbox": WORLD}, "again": {"sandbox": WORLD, "source": SNAPSHOT}}
    manifest = site.manifest(
        {
            "environments": {**here, "prod": {"sandbox": "prod", "source": SNAPSHOT}, REVIEW: PROD_REVIEW},
            "segments": [{"source": "Of Ann"}],
            "events": [{"source": "Spring Summit"}],
        }
    )
    record(site, manifest)
    return site, manifest


PROD_REVIEW = {"snapshot": "prod.migsnap", "source": SNAPSHOT}


@pytest.mark.parametrize(("name", "code"), [("prod", "EVT009"), (REVIEW, "EVT009"), ("again", "ENV021")])
def test_an_event_does_not_come_out_of_a_file(name: str, code: str, from_file: tuple[Site, Path]) -> None:
    site, manifest = from_file
    assert mig("snapshot", "-f", manifest, "--env", "prod", "--out", site.home / "prod.migsnap").code == 0
    ran = mig("plan", "-f", manifest, "--env", name, "--format", "json")
    event, segment = ran.document["changes"]
    assert (ran.code, segment["action"]) == (3, "create")
    assert (event["action"], event["source"]["name"]) == ("blocked", "Spring Summit")
    (found,) = event["findings"]
    assert (found["code"], found["fix"]) == (code, TO_MOVE_IT)


TO_MOVE_IT = "name the environment that has the event as the target, without a `source:`"


def test_what_else_can_be_asked_where_the_source_is_a_file(from_file: tuple[Site, Path]) -> None:
    site, manifest = from_file
    for command in ("status", "history", "doctor"):
        ran = mig(command, "-f", manifest, "--env", "prod")
        assert (ran.code, ran.err) == (0, ""), ran.text
    examined = " ".join(ran.out.split())
    assert "version None" not in examined
    assert f"source {SNAPSHOT}, sandbox:w organisation" in examined
    assert "a snapshot of 2026-11-22T09:00:00+00:00" in examined
    ran = mig("doctor", "-f", manifest, "--env", "prod", "--format", "json")
    valid(ran.document, "diagnosis")
    assert ran.document["source"]["version"] is None
    assert mig("apply", "-f", manifest, "--env", "prod", "--auto-approve").code == 3
    body = {"msevtmgt_name": "Spring Summit", "msevtmgt_sourcesystem": 100000002}
    site.edit(
        site.manifest({"environments": {"prod": {"sandbox": "prod"}}}, "prod.yaml"),
        [{"create": "msevtmgt_events", "set": body}],
    )
    ran = mig("verify", "-f", manifest, "--env", "prod", "--format", "json")
    (event,) = ran.document["events"]
    assert (ran.code, event["outcome"]) == (1, "unverified")
    listed = mig("members", "segment.of_ann", "-f", manifest, "--env", "prod")
    assert f"{SNAPSHOT} is a snapshot, and this command needs the environment itself" in " ".join(
        listed.err.split()
    )


# --- what was not asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("PROFILE(account).FILTER(name == 'a')", "what the table account looks like"),
        ("PROFILE(contact).FILTER(preferredcontactmethodcode == 2)", "preferredcontactmethodcode"),
        ("PROFILE(contact).FILTER(parentcustomerid == 'a0000000-0000-0000-0000-000000000001')", "what the"),
    ],
    ids=["table", "choice", "id"],
)
def test_a_manifest_that_asks_for_more(query: str, told: str, tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(world(OWNED))
    manifest = site.manifest(environments())
    record(site, manifest, "--home", str(tmp_path))
    more = site.manifest({**environments(), "segments": [{"source": "Of Ann", "query": query}]})
    ran = mig("plan", "-f", more, "--env", REVIEW, "--home", tmp_path)
    assert (ran.code, ran.out, "ENV021" in ran.err, told in " ".join(ran.err.split())) == (1, "", True, True)


def test_a_file_of_members_that_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    site.make(world(STATIC))
    members = site.home / "fair.csv"
    members.write_text("contactid\nc0000000-0000-0000-0000-000000000001\n", encoding="utf-8")
    entry = {"source": "Fair", "members": {"from": "csv", "file": "fair.csv", "key": "contactid"}}
    manifest = site.manifest({"segments": [entry], **environments()})
    record(site, manifest)
    assert mig("plan", "-f", manifest, "--env", REVIEW).code == 0
    members.write_text("contactid\nc0000000-0000-0000-0000-000000000002\n", encoding="utf-8")
    changed = mig("plan", "-f", manifest, "--env", REVIEW)
    assert (changed.code, "SEG060" in changed.out) == (3, True)


def test_a_marketing_list_that_nobody_had_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_HOME", str(tmp_path))
    site = Site(tmp_path)
    site.make(world(STATIC))
    manifest = site.manifest(environments())
    record(site, manifest)
    entry = {"source": "Fair", "members": {"from": "list", "list": "Guests of the fair"}}
    more = site.manifest({**environments(), "segments": [entry]})
    ran = mig("plan", "-f", more, "--env", REVIEW)
    told = " ".join(ran.err.split())
    assert (ran.code, "ENV021" in told, "the marketing list Guests of the fair" in told) == (1, True, True)
