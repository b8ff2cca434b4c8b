"""`mig inventory`: every outbound segment, picked, sorted, and shown in three formats."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import STOCK
from tests.support import SECRETS_OF_PEOPLE, Site, mig, valid

ID = "5e000000-0000-0000-0000-00000000000"
JOURNEY = "0c000000-0000-0000-0000-000000000001"
TEAM = "Marketing"


def listed(manifest: Path, *options: str) -> list[dict[str, Any]]:
    ran = mig("inventory", "-f", manifest, "--format", "json", *options)
    assert ran.code == 0
    valid(ran.document, "inventory")
    items: list[dict[str, Any]] = ran.document["items"]
    return items


def numbers(manifest: Path, *options: str) -> str:
    """The last digits of the ids that are listed, in order."""
    return "".join(item["id"][-1] for item in listed(manifest, *options))


def test_a_row_has_all_there_is_to_know(bare: Path) -> None:
    items = {item["name"]: item for item in listed(bare)}
    assert items["Berlin"] == {
        "address": "segment.berlin_5e000000000000000000000000000001",
        "id": f"{ID}1",
        "name": "Berlin",
        "kind": "dynamic",
        "status": "live",
        "created": "2024-01-02T03:04:05Z",
        "modified": "2026-01-01T00:00:00Z",
        "size": 2,
        "size_age": 3600,
        "ids_stored": None,
        "nesting": 0,
        "depth": 0,
        "usage": {"used": True, "journeys": []},
        "owner": TEAM,
        "business_unit": "stock",
        "migrated": None,
        "verdicts": {"documented": "eligible", "extended": "eligible"},
        "eligible": True,
        "findings": [],
        "link": None,
    }
    copy = {"id": "9e000000-0000-0000-0000-000000000001", "name": "Migrated – Copied", "link": None}
    assert items["Copied"]["migrated"] == copy
    assert items["Not Berlin"]["nesting"] == 1
    journey = {"id": JOURNEY, "name": "Old news", "state": "stopped", "outbound": True}
    assert items["Not Berlin"]["usage"] == {"used": True, "journeys": [journey]}
    assert items["In Berlin"]["usage"] == {"used": False, "journeys": []}
    assert items["Not Berlin"]["verdicts"] == {"documented": "refused", "extended": "eligible"}
    stored = {name: item["ids_stored"] for name, item in items.items() if item["kind"] == "static"}
    assert stored == {'=Fair + "booth"': 2, "Empty list": 0, "Odd list": None}


def test_what_the_manifest_asks_for_does_not_matter(stocked: Site, bare: Path) -> None:
    head = {"environments": {"stock": {"sandbox": "stock"}}}
    asking = stocked.manifest({**head, "segments": [{"source": "Berlin", "retire": "gone"}]}, "asking.yaml")
    assert listed(asking) == listed(bare)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--search", "BERLIN"], "1c23"),
        (["--type", "compound"], "3a"),
        (["--type", "compound", "--type", "static"], "5637a"),
        (["--status", "stopped", "--status", "expired"], "c2"),
        (["--blocked"], "4967"),
        (["--eligible", "--search", "e"], "1c823a"),
        (["--migrated"], "89"),
        (["--used"], "1c43"),
        (["--unused", "--search", "berlin"], "2"),
        (["--used", "--sort", "journeys"], "c431"),
        (["--not-migrated", "--eligible", "--search", "berlin"], "1c23"),
        (["--search", "berlin", "--sort", "modified"], "132c"),
        (["--search", "berlin", "--sort", "size"], "13c2"),
        (["--search", "nobody has this"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_picked_and_sorted(options: list[str], found: str, bare: Path) -> None:
    assert numbers(bare, *options) == found


def test_the_table_fits_the_terminal_and_hides_nothing_that_counts(bare: Path) -> None:
    ran = mig("inventory", "-f", bare)
    assert (ran.code, ran.err) == (0, "")
    assert not [line for line in ran.out.splitlines() if len(line) > 80 or "\x1b" in line]
    rows = {line.split("  ")[0]: line.split() for line in ran.out.splitlines()}
    assert rows["Berlin"] == ["Berlin", "dynamic", "live", "2", "part", "no", "both"]
    assert rows["Edited"][-2:] == ["yes", "SEG016"]
    assert rows["Not Berlin"][-3:] == ["1", "no", "extended"]
    assert ran.out.endswith("12 of 12 outbound segments: 8 eligible, 2 with a copy.\n")


def test_nothing_found_is_one_sentence(bare: Path) -> None:
    ran = mig("inventory", "-f", bare, "--search", "nobody has this")
    assert (ran.code, ran.out) == (0, "0 of 12 outbound segments: 0 eligible, 0 with a copy.\n")


def test_csv_is_read_back_whole_and_starts_no_formula(bare: Path) -> None:
    ran = mig("inventory", "-f", bare, "--format", "csv")
    assert ran.out.count("\r\n") == 13
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(ran.out, newline=""))}
    assert rows[f"{ID}5"]["name"] == '\'=Fair + "booth"'
    assert rows[f"{ID}8"]["migrated_name"] == "Migrated – Copied"
    assert (rows[f"{ID}4"]["findings"], rows[f"{ID}4"]["eligible"]) == ("SEG003", "false")
    assert rows[f"{ID}5"]["ids_stored"] == "2"
    assert (rows[f"{ID}3"]["used"], rows[f"{ID}3"]["journeys"]) == ("true", "1")


def test_use_that_cannot_be_read_is_not_known(stocked: Site) -> None:
    fault = {"on": "GET msdyncrm_customerjourneys", "do": "drop-privilege", "every": 1}
    stocked.make({**STOCK["world"], "faults": [fault]}, "closed")
    closed = stocked.manifest({"environments": {"closed": {"sandbox": "closed"}}}, "closed.yaml")
    assert {item["usage"]["used"] for item in listed(closed)} == {None}
    assert listed(closed, "--used") == listed(closed, "--unused") == []
    ran = mig("inventory", "-f", closed)
    assert "JRN020" in ran.err
    assert next(line for line in ran.out.splitlines() if line.startswith("Berlin ")).split()[4] == "?"


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_no_person_is_named(output: str, bare: Path) -> None:
    shown = mig("inventory", "-f", bare, "--format", output, "-v").text
    assert not [secret for secret in SECRETS_OF_PEOPLE if secret in shown]
    assert "c0000000-0000-0000" not in shown
