"""`mig init`: a first manifest, which plans exactly what it lists."""

import re
from pathlib import Path

import pytest

from tests.data import load
from tests.support import Site, blocked, mig


def written(site: Site, name: str = "first.yaml") -> Path:
    file = site.home / name
    ran = mig("init", "--sandbox", "stock", "--out", file)
    assert (ran.code, ran.err) == (0, "")
    assert "7 of 12 outbound segments" in ran.out
    return file


def test_a_plan_of_it_has_exactly_what_it_lists(stocked: Site) -> None:
    file = written(stocked)
    plan = stocked.plan(file)
    listed = load(file)["segments"]
    assert len(plan.changes) == len(listed) == 7
    assert (blocked(plan), plan.findings, plan.outcome.exit) == ([], (), 2)
    assert stocked.apply(file).outcome.exit == 0
    assert stocked.plan(file).outcome.exit == 0


def test_the_used_come_first_with_what_they_are_made_of_then_the_last_changed(stocked: Site) -> None:
    listed = load(written(stocked))["segments"]
    names = [entry["source"] for entry in listed]
    odd = "null: # 'x' \"y\"\u2028- z\x1b[31m"
    assert names == ["berlin", "Berlin", "Not Berlin", '=Fair + "booth"', "In Berlin", "Copied", odd]
    assert listed[0]["key"] != listed[1]["key"]


def test_comments_say_what_is_alike_and_what_cannot_move(stocked: Site) -> None:
    text = written(stocked).read_text(encoding="utf-8")
    assert "  # Means the same as 'Berlin' above.\n  - source: In Berlin\n" in text
    assert "  # Used by no journey.\n" in text
    assert "  # Used by journeys: 1.\n  # SEG003: behavioural" in text
    assert "  # - source: Clickers\n" in text
    # It could only refer to a copy that is itself in doubt.
    assert "  # SEG024: refers to the segment 'Edited', which is not in the manifest; add it" in text
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if len(line) > 110]


def test_what_is_commented_out_is_an_entry_all_the_same(stocked: Site) -> None:
    file = written(stocked)
    everything = re.sub(
        "^  # (- source|  key)", r"  \1", file.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    file.write_text(everything, encoding="utf-8")
    plan = stocked.plan(file)
    assert (len(plan.changes), len(blocked(plan))) == (12, 4)


def test_several_of_one_name_are_told_apart(stocked: Site) -> None:
    name = "Berlin"
    stocked.sql(
        "UPDATE msdyncrm_segment SET msdyncrm_segmentname = ? WHERE msdyncrm_segmentname = 'Copied'",
        name,
        name="stock",
    )
    file = stocked.home / "twins.yaml"
    assert mig("init", "--sandbox", "stock", "--out", file).code == 0
    text = file.read_text(encoding="utf-8")
    assert "SEG013" in text
    assert blocked(stocked.plan(file)) == []


def test_names_without_letters_are_told_apart(tmp_path: Path) -> None:
    site = Site(tmp_path)
    berlin = "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')"
    segment = {"msdyncrm_segmenttype": 192350000, "statuscode": 192350001, "msdyncrm_segmentquery": berlin}
    rows = [{"msdyncrm_segmentname": name, **segment} for name in ("!!!", "😀", "***")]
    site.make({"tables": {"msdyncrm_segment": rows}}, "stock")
    file = tmp_path / "signs.yaml"
    assert mig("init", "--sandbox", "stock", "--out", file, "--home", tmp_path).code == 0
    assert mig("validate", "-f", file).code == 0
    assert len(site.plan(file).changes) == 3


def test_an_existing_file_stays(stocked: Site) -> None:
    file = stocked.home / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    ran = mig("init", "--sandbox", "stock", "--out", file)
    assert (ran.code, "exists already" in ran.err) == (1, True)
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("options", [[], ["--sandbox", "a", "--url", "https://a.example"]])
def test_one_environment_is_meant(options: list[str], tmp_path: Path) -> None:
    ran = mig("init", *options, "--out", tmp_path / "first.yaml")
    assert (ran.code, "--sandbox NAME, --url URL and --snapshot FILE" in ran.err) == (64, True)


@pytest.mark.parametrize("url", ["", "http://[", "ftp://contoso.example", "https://", "contoso"])
def test_what_is_no_url(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIG_TOKEN", "secret")
    ran = mig("init", "--url", url, "--out", tmp_path / "first.yaml")
    assert (ran.code, "MAN009" in ran.err) == (1, True)
    assert not list(tmp_path.iterdir())


def test_without_a_token_it_signs_in_as_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MIG_TOKEN", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = mig("init", "--url", "https://contoso.example", "--out", tmp_path / "first.yaml")
    assert (ran.code, "the command `az` is not there" in " ".join(ran.err.split())) == (8, True)
    assert not list(tmp_path.iterdir())
