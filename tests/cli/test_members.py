"""`mig members`: ids of members, and nothing else of them."""

from pathlib import Path

import pytest

from tests.support import PEOPLE, Site, mig

ANN, BOB, ZOE = (str(person["contactid"]) for person in PEOPLE)


@pytest.fixture
def asking(stocked: Site) -> Path:
    names = ["Berlin", "Not Berlin", '=Fair + "booth"', "Empty list", "Odd list", "Clickers"]
    head = {"environments": {"stock": {"sandbox": "stock"}}}
    entries = [{"source": name, "publish": name == "Not Berlin"} for name in names]
    entries[0]["publish"] = True
    return stocked.manifest({**head, "segments": entries}, "asking.yaml")


def csv_of(*ids: str) -> str:
    return "".join(f"{line}\r\n" for line in ("contactid", *ids))


@pytest.mark.parametrize(
    ("address", "ids"),
    [("segment.berlin", [ANN, ZOE]), ("segment.not_berlin", [BOB]), ("segment._fair_booth_", [ANN, BOB])],
)
def test_of_an_outbound_segment(address: str, ids: list[str], asking: Path) -> None:
    ran = mig("members", address, "-f", asking)
    assert (ran.code, ran.out, ran.err) == (0, csv_of(*ids), "")


def test_of_a_copy(asking: Path) -> None:
    before = mig("members", "segment.berlin", "-f", asking, "--side", "target")
    assert (before.code, before.out, "has no copy" in before.err) == (1, "", True)
    assert mig("apply", "-f", asking, "--auto-approve").code == 3
    ran = mig("members", "segment.berlin", "-f", asking, "--side", "target")
    assert (ran.code, ran.out) == (0, csv_of(ANN, ZOE))


def test_of_a_query_that_stands_alone(stocked: Site) -> None:
    entry = {"name": "All", "query": "PROFILE(contact)", "publish": True}
    head = {"environments": {"stock": {"sandbox": "stock"}}}
    manifest = stocked.manifest({**head, "segments": [entry]}, "alone.yaml")
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0
    ran = mig("members", "segment.all", "-f", manifest)
    assert (ran.code, ran.out, "`--side target` lists its copy" in ran.err) == (1, "", True)
    ran = mig("members", "segment.all", "-f", manifest, "--side", "target")
    assert (ran.code, ran.out) == (0, csv_of(ANN, BOB, ZOE))


def test_to_a_file(asking: Path, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    ran = mig("members", "segment.berlin", "-f", asking, "--out", file)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"Wrote 2 ids of members to {file}.\n"
    assert file.read_bytes().decode() == csv_of(ANN, ZOE)
    elsewhere = mig("members", "segment.berlin", "-f", asking, "--out", tmp_path / "none" / "members.csv")
    assert (elsewhere.code, "ENV014" in elsewhere.err) == (1, True)


@pytest.mark.parametrize(
    ("address", "code", "told"),
    [
        ("segment.empty_list", 1, "stores no ids of members"),
        ("segment.odd_list", 1, "in a form nobody knows"),
        ("segment.clickers", 1, "QRY034"),
        ("segment.berln", 64, "did you mean segment.berlin?"),
        ("event.fair", 64, "only segments have"),
        ("berlin", 64, "is not an address"),
    ],
)
def test_what_has_no_list(address: str, code: int, told: str, asking: Path) -> None:
    ran = mig("members", address, "-f", asking)
    assert (ran.code, ran.out) == (code, "")
    assert told in " ".join(ran.err.split())
