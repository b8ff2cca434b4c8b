"""Making, listing and removing sandboxes; running queries on them."""

import asyncio
from pathlib import Path

import pytest
import yaml

from mig.engine.probed import OWN_IDS, Answer, Probed, save_probed
from tests.cli.test_lock_command import held  # noqa: F401 -- a fixture
from tests.support import PEOPLE, SMALL, WORLD, Site, mig


def test_new_list_remove(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    assert mig("sandbox", "list", *home).out == ""
    made = mig("sandbox", "new", "little", "--contacts", "5", "--segments", "3", "--phase", "live", *home)
    assert (made.code, "little" in made.out, "live" in made.out) == (0, True, True)
    assert mig("sandbox", "list", *home).out == "little\n"
    again = mig("sandbox", "new", "little", "--events", "1", *home)
    assert (again.code, "exists already" in " ".join(again.err.split())) == (1, True)
    asked = mig("sandbox", "remove", "little", *home)
    assert (asked.code, "--yes" in asked.err) == (64, True)
    assert mig("sandbox", "remove", "little", "--yes", *home).code == 0
    assert mig("sandbox", "list", *home).out == ""
    assert mig("sandbox", "remove", "little", "--yes", *home).code == 1


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "x" * 65])
def test_a_name_that_no_sandbox_can_have(name: str, tmp_path: Path) -> None:
    ran = mig("sandbox", "new", name, "--contacts", "0", "--segments", "0", "--home", tmp_path)
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert not list(tmp_path.iterdir())


def test_from_a_world_file_and_a_query_on_it(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "tables": {"contact": PEOPLE}}), encoding="utf-8")
    home = ("--home", str(tmp_path))
    assert mig("sandbox", "new", "small", "--from", file, *home).code == 0
    query = "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')"
    ran = mig("query", "run", query, "--world", "small", "--format", "json", *home)
    assert ran.document["member_table"] == "contact"
    assert ran.document["ids"] == [PEOPLE[0]["contactid"], PEOPLE[2]["contactid"]]
    absent = mig("query", "run", query, "--world", "none", *home)
    assert (absent.code, "none" in absent.err) == (1, True)


TAKES = "PROFILE(contact, c).TAKE(3)"
TAKING = {
    "msdyncrm_segmentname": "Taking",
    "msdyncrm_segmenttype": 192350000,
    "statuscode": 192350001,
    "msdyncrm_segmentqueryname": "TAKING",
    "msdyncrm_segmentquery": TAKES,
}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (TAKES, "1:21: TAKE is not evaluated [QRY034]"),
        ("PROFILE(contact, c)\n.FILTER(c.nonsense == 1)", "2:9: contact has no column nonsense [QRY034]"),
        (
            "PROFILE(contact) UNION SEGMENT(TAKING)",
            "1:24: the segment TAKING is not evaluated: TAKE is not evaluated [QRY034]",
        ),
    ],
)
def test_a_query_that_is_not_evaluated_is_pointed_at(query: str, told: str, site: Site) -> None:
    site.make({"tables": {"msdyncrm_segment": [TAKING]}}, "taking")
    ran = mig("query", "run", query, "--world", "taking")
    first, line, mark, advice = ran.err.splitlines()
    place = told.split(":")
    assert (ran.code, first) == (1, f"Error: {told}")
    assert line == f"  {query.splitlines()[int(place[0]) - 1]}"
    assert mark == " " * (int(place[1]) + 1) + "^"
    assert advice.startswith("Correct what is marked, or leave it out")


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (["sandbox", "new", "w"], "take another name, or remove that one with `mig sandbox remove`"),
        (["sandbox", "new", "../w"], "use up to 64 letters, digits"),
        (["sandbox", "remove", "none", "--yes"], "`mig sandbox list` names those there are"),
        (["sandbox", "export", "empty"], "remove it with `mig sandbox remove`, and make it anew"),
        (["sandbox", "new", "v", "--home", "{home}/a file/in"], "see that the disk has room"),
    ],
)
def test_what_to_do_about_a_sandbox_that_cannot_be_used(arguments: list[str], fix: str, site: Site) -> None:
    (site.home / "a file").touch()
    (site.home / "worlds" / "empty.world").touch()
    ran = mig(*(word.format(home=site.home) for word in arguments))
    told = " ".join(ran.err.split())
    assert (ran.code, "[ENV011]" in told, f"fix {fix}" in told) == (1, True, True), told


def test_the_same_seed_makes_the_same_world(tmp_path: Path) -> None:
    query = ("query", "run", "PROFILE(contact, c).FILTER(c.address1_city CONTAINS 'a')", "--format", "json")
    found = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        size = ("--contacts", "40", "--segments", "0", "--seed", seed)
        assert mig("sandbox", "new", name, *size, "--home", tmp_path).code == 0
        found.append(mig(*query, "--world", name, "--home", tmp_path).document["ids"])
    assert found[0] == found[1] != found[2]


def test_faults_of_a_world_file_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    fault = {"on": "GET *", "do": "throttle", "nth": 3}
    file.write_text(yaml.safe_dump({"version": 1, "faults": [fault]}), encoding="utf-8")
    ran = mig("sandbox", "new", "odd", "--from", file, "--home", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    listed = mig("sandbox", "fault", "odd", "--home", tmp_path)
    assert (listed.code, listed.out) == (0, "GET *  throttle  nth 3  (met 0, struck 0)\n")


def test_faults_are_added_and_taken_away(tmp_path: Path) -> None:
    def fault(*options: str) -> str:
        ran = mig("sandbox", "fault", "w", *options, "--home", tmp_path)
        assert (ran.code, ran.err) == (0, "")
        return ran.out

    mig("sandbox", "new", "w", "--contacts", "1", "--segments", "1", "--home", tmp_path)
    assert fault() == ""
    fault("--on", "POST */$batch", "--do", "reset-before", "--probability", "0.5", "--seed", "7")
    assert fault("--on", "* *", "--do", "truncate").splitlines() == [
        "POST */$batch  reset-before  probability 0.5  (met 0, struck 0)",
        "* *  truncate  (met 0, struck 0)",
    ]
    assert fault("--clear") == "Took 2 faults away from w.\n"
    assert fault() == ""
    fault("--on", "* *", "--do", "truncate")
    assert fault("--clear") == "Took 1 fault away from w.\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--on", "POST", "--do", "throttle"], "--on takes a method"),
        (["--on", "* *"], "--do is missing"),
        (["--on", "* *", "--do", "explode"], "'explode' is none of throttle"),
        (["--on", "* *", "--do", "truncate", "--nth", "2", "--every", "2"], "--nth and --every exclude"),
        (["--on", "* *", "--do", "truncate", "--seed", "2"], "--seed draws"),
        (["--clear", "--nth", "2"], "--clear stands alone"),
    ],
)
def test_faults_that_cannot_be_meant(tmp_path: Path, options: list[str], told: str) -> None:
    ran = mig("sandbox", "fault", "w", *options, "--home", tmp_path)
    assert (ran.code, ran.out, told in ran.err) == (64, "", True)


def test_time_passes(tmp_path: Path) -> None:
    mig("sandbox", "new", "w", "--contacts", "1", "--segments", "1", "--home", tmp_path)
    assert (
        mig("sandbox", "advance", "w", "30d", "--home", tmp_path).out == "In w it is 2026-12-22T09:00:00Z.\n"
    )
    assert (
        mig("sandbox", "advance", "w", "1.5h", "--home", tmp_path).out == "In w it is 2026-12-22T10:30:00Z.\n"
    )
    ran = mig("sandbox", "advance", "w", "tomorrow", "--home", tmp_path)
    assert (ran.code, "is no duration, such as 100ms" in ran.err) == (64, True)


def test_export_and_from_give_the_same_file(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    for name in ("a", "b"):
        mig("sandbox", "new", name, "--contacts", "30", "--segments", "20", "--seed", "7", *home)
    file = tmp_path / "a.json"
    written = mig("sandbox", "export", "a", "--out", file, *home)
    assert (written.code, written.out, "a.json" in written.err) == (0, "", True)
    shown = mig("sandbox", "export", "b", *home)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.encode() == file.read_bytes()
    assert mig("sandbox", "new", "c", "--from", file, *home).code == 0
    assert mig("sandbox", "export", "c", *home).out == shown.out


def test_an_export_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    home = ("--home", str(tmp_path))
    mig("sandbox", "new", "a", "--contacts", "0", "--segments", "0", *home)
    ran = mig("sandbox", "export", "a", "--out", tmp_path / "none" / "a.json", *home)
    assert (ran.code, "none" in ran.err) == (1, True)
    assert mig("sandbox", "export", "b", "--out", tmp_path / "b.json", *home).code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["worlds"]


def test_a_copy_is_told_from_its_original_by_the_ledger(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.make(SMALL["world"])
    manifest = site.manifest(SMALL["manifest"])
    assert site.apply(manifest).outcome.exit == 0
    copied = mig("sandbox", "new", "copy", "--copy-of", WORLD, "--home", tmp_path)
    assert (copied.code, f"a copy of {WORLD}" in copied.out) == (0, True)
    there = site.manifest({**SMALL["manifest"], "environments": {"copy": {"sandbox": "copy"}}}, "copy.yaml")
    with site.open() as original:
        organization = original.organization_id
    [found] = [finding for finding in site.plan(there).findings if finding.code == "ENV008"]
    assert f"a copy of organisation {organization}" in found.message


@pytest.mark.usefixtures("held")
def test_what_came_with_a_copy_is_history_there(
    site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ledger, lock, past runs and answers; the original's run goes on meanwhile."""
    with site.open() as original:
        organization = original.organization_id
    answer = Answer(accepted=False, at="2026-11-22T09:00:00Z", version="9.2", organization=organization)
    refused = Probed(organization).with_answers({OWN_IDS: answer})
    asyncio.run(_leave(site, manifest, refused))
    mig("sandbox", "new", "copy", "--copy-of", WORLD)
    there = site.manifest({**SMALL["manifest"], "environments": {"copy": {"sandbox": "copy"}}}, "copy.yaml")
    assert mig("apply", "-f", manifest, "--auto-approve").code == 5
    assert mig("lock", "show", "-f", there).out == "Nobody holds the lock.\n"
    found = mig("doctor", "-f", there, "--format", "json").document
    assert (found["outcome"], {one["answer"] for one in found["answers"]}) == ("well", {"not asked"})
    assert mig("apply", "-f", there, "--auto-approve").code == 0
    assert mig("plan", "-f", there, "--detailed-exitcode").code == 0


async def _leave(site: Site, manifest: Path, probed: Probed) -> None:
    async with site.session(manifest) as session:
        await save_probed(session.target.notes.writable(), probed)


@pytest.mark.parametrize("more", [("--seed", "2"), ("--from", "world.yaml")])
def test_a_copy_takes_everything_from_its_original(more: tuple[str, str], tmp_path: Path) -> None:
    ran = mig("sandbox", "new", "copy", "--copy-of", "w", *more, "--home", tmp_path)
    assert (ran.code, more[0] in ran.err) == (64, True)
