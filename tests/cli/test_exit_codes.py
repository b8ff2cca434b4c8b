"""What each command ends with, and the sentence that goes with it."""

import re
import socket
from pathlib import Path

import pytest

from tests.support import Ran, Site, mig, told, valid

ABSENT = "11111111-2222-3333-4444-555555555555"


def one_sentence(ran: Ran) -> str:
    """The error, which is all there is: no result, no traceback."""
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert ran.err.count("error[") == 1
    return " ".join(ran.err.split())


# --- done, pending, refused -------------------------------------------------------------------------------


def test_plan_apply_verify_and_again(site: Site, manifest: Path) -> None:
    assert mig("plan", "-f", manifest).code == 0
    assert mig("plan", "-f", manifest, "--detailed-exitcode").code == 2
    before = site.everything()
    applied = mig("apply", "-f", manifest, "--auto-approve")
    assert (applied.code, "Applied: 9 done." in applied.out) == (0, True)
    assert site.everything() != before
    assert mig("verify", "-f", manifest).code == 0
    again = mig("apply", "-f", manifest)  # nothing to ask for
    assert (again.code, "Nothing to do" in again.out) == (0, True)
    assert mig("plan", "-f", manifest, "--detailed-exitcode").code == 0


def test_plan_writes_nothing(site: Site, manifest: Path) -> None:
    before = site.everything()
    mig("plan", "-f", manifest)
    assert site.everything() == before


def test_only_and_except(site: Site, manifest: Path) -> None:
    some = mig(
        "plan", "-f", manifest, "--only", "segment.berlin", "--only", "segment.graz", "--format", "json"
    )
    assert {change["address"] for change in some.document["changes"]} == {"segment.berlin", "segment.graz"}
    assert some.document["complete"] is False
    rest = mig("plan", "-f", manifest, "--except", "segment.berlin", "--format", "json")
    assert "segment.berlin" not in {change["address"] for change in rest.document["changes"]}


def test_no_publish_leaves_it_for_another_day(site: Site, manifest: Path) -> None:
    assert mig("apply", "-f", manifest, "--auto-approve", "--no-publish").code == 0
    left = mig("plan", "-f", manifest, "--format", "json").document
    assert left["summary"] == {**left["summary"], "create": 0, "update": 0, "publish": 3, "unchanged": 6}


def test_prune_deletes_only_when_asked(site: Site, manifest: Path) -> None:
    mig("apply", "-f", manifest, "--auto-approve")
    fewer = site.manifest({"segments": [{"source": "Berlin"}, {"source": "Graz"}]})
    before = site.everything()
    assert mig("apply", "-f", fewer, "--auto-approve").code == 0
    assert site.everything() == before
    plan = mig("plan", "-f", fewer, "--prune")
    assert "- segment.not_berlin" in plan.out
    assert "Migrated – Not Berlin" in plan.out
    document = mig("plan", "-f", fewer, "--prune", "--format", "json").document
    valid(document, "plan")
    assert document["summary"]["delete"] == 2
    assert document["quota"]["after"] == document["quota"]["used"] - 2
    assert mig("apply", "-f", fewer, "--prune", "--auto-approve").code == 0
    left = {row["msdynmkt_displayname"] for row in site.rows("msdynmkt_segment")}
    # What was there before stays.
    assert left == {f"Migrated – {name}" for name in ("Berlin", "Graz", "Copied", "Outdated")}


def test_a_plan_reads_with_few_requests(site: Site, manifest: Path) -> None:
    """design 12: twelve, and the pages of the rows; here each of the six tables has one."""
    log = re.findall(r"^\d{3}  (\S+ \S+)", mig("plan", "-f", manifest, "-v").err, re.MULTILINE)
    pages = [
        "msdyncrm_segments",
        "msdynmkt_segments",
        "msdynmkt_segmentdefinitions",
        "msdynmkt_segmentusages",
        "msdynmkt_journeys",
        "msdyncrm_customerjourneys",
    ]
    assert [log.count(f"GET {table}") for table in pages] == [1] * len(pages)
    assert len(log) - len(pages) <= 12


def test_a_named_entry_that_is_blocked_is_a_refusal_and_stops_nothing(site: Site) -> None:
    manifest = site.manifest({"segments": [{"source": "Berlin"}, {"source": "Cities"}]})  # Graz is missing
    assert mig("plan", "-f", manifest).code == 3
    ran = mig("apply", "-f", manifest, "--auto-approve")
    assert (ran.code, "blocked" in ran.out) == (3, True)
    assert told(site.plan(manifest).changes) == [
        ("segment.berlin", "unchanged"),
        ("segment.cities", "blocked"),
    ]


def test_what_only_a_selection_brought_in_and_is_blocked_changes_no_code(site: Site) -> None:
    manifest = site.manifest({"segments": [{"source": "Berlin"}, {"select": {"name": "Cit*"}}]})
    ran = mig("plan", "-f", manifest)
    assert (ran.code, "segment.cities" in ran.out) == (0, True)
    assert mig("apply", "-f", manifest, "--auto-approve").code == 0


def test_verify_with_nothing_live(site: Site, manifest: Path) -> None:
    ran = mig("verify", "-f", manifest)
    assert (ran.code, "Nothing to verify" in ran.out) == (1, True)


def test_verify_with_a_difference(site: Site, manifest: Path) -> None:
    mig("apply", "-f", manifest, "--auto-approve")
    site.sql("UPDATE contact SET address1_city = 'Berlin' WHERE fullname = 'Bob Berg'")
    ran = mig("verify", "-f", manifest)
    assert (ran.code, "Members differ: 1 of 3" in ran.out) == (7, True)


# --- wrong usage ------------------------------------------------------------------------------------------


def test_unknown_option(manifest: Path) -> None:
    ran = mig("plan", "-f", manifest, "--frobnicate")
    assert (ran.code, ran.out) == (64, "")
    assert "--frobnicate" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("query",),
        ("plan", "--only", "newsletter"),
        ("apply", "--parallelism", "0"),
        ("query", "check"),
        ("query", "check", "PROFILE(contact)", "--file", "x.txt"),
        ("sandbox", "new"),
        ("sandbox", "new", "x", "--phase", "gone"),
        ("sandbox", "new", "x", "--from", "world.yaml", "--seed", "2"),
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: tuple[str, ...], site: Site) -> None:
    ran = mig(*arguments)
    assert (ran.code, "Traceback" in ran.text) == (64, False)
    assert ran.text


def test_unknown_environment(manifest: Path) -> None:
    ran = mig("plan", "-f", manifest, "--env", "prdo")
    assert ran.code == 64
    assert "prdo" in one_sentence(ran)


def test_several_environments_and_none_named(site: Site) -> None:
    environments = {"w": {"sandbox": "w"}, "other": {"sandbox": "other"}}
    manifest = site.manifest({"environments": environments, "segments": [{"source": "Berlin"}]})
    ran = mig("plan", "-f", manifest)
    assert ran.code == 64
    assert "--env" in one_sentence(ran)
    assert mig("plan", "-f", manifest, "--env", "w").code == 0
    assert not (site.home / "worlds" / "other.world").exists()


def test_apply_without_a_terminal_and_without_a_flag(site: Site, manifest: Path) -> None:
    before = site.everything()
    ran = mig("apply", "-f", manifest)
    assert (ran.code, "--auto-approve" in ran.err) == (64, True)
    assert "segment.berlin" in ran.out  # the plan is shown all the same
    assert site.everything() == before


# --- what cannot be reached or used -----------------------------------------------------------------------


def test_no_manifest(tmp_path: Path) -> None:
    ran = mig("plan", "-f", tmp_path / "none.yaml")
    assert ran.code == 1
    assert "none.yaml" in one_sentence(ran)


def test_a_source_name_that_nobody_has(site: Site) -> None:
    manifest = site.manifest({"segments": [{"source": "Berlim"}, {"source": "Graz"}]})
    before = site.everything()
    ran = mig("plan", "-f", manifest)
    assert ran.code == 1
    assert "MAN013" in ran.out
    assert "did you mean `Berlin`" in ran.out
    assert mig("apply", "-f", manifest, "--auto-approve").code == 1
    assert site.everything() == before


def test_unreachable_url(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("T", "a-secret-token")
    manifest = site.manifest(
        {
            "environments": {
                "far": {
                    "url": f"http://127.0.0.1:{port}",
                    "auth": {"method": "token", "token": "${T}"},
                }
            },
            "segments": [{"source": "Berlin"}],
        }
    )
    for command in ("plan", "verify", "apply"):
        ran = mig(command, "-f", manifest)
        assert ran.code == 1
        assert "cannot be reached" in one_sentence(ran)
        assert "a-secret-token" not in ran.text


def test_a_variable_that_is_not_set(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    far = {"url": "https://contoso.example", "auth": {"method": "token", "token": "${NO_SUCH_TOKEN}"}}
    ran = mig("plan", "-f", site.manifest({"environments": {"far": far}}))
    assert ran.code == 1
    assert "NO_SUCH_TOKEN" in one_sentence(ran)


def test_another_organisation_than_the_one_pinned(site: Site) -> None:
    pinned = {"w": {"sandbox": "w", "organization": ABSENT}}
    manifest = site.manifest({"environments": pinned, "segments": [{"source": "Berlin"}]})
    before = site.everything()
    ran = mig("apply", "-f", manifest, "--auto-approve")
    assert ran.code == 1
    assert ABSENT in one_sentence(ran)
    assert site.everything() == before


def test_a_corrupted_sandbox_file_is_left_as_it_is(site: Site, manifest: Path) -> None:
    path = site.home / "worlds" / "w.world"
    whole = path.read_bytes()
    for broken in (b"not a database at all", whole[:50], whole[:4096] + b"\xff" * (len(whole) - 4096)):
        path.write_bytes(broken)
        ran = mig("plan", "-f", manifest)
        assert ran.code == 1
        assert "w.world" in one_sentence(ran)
        assert path.read_bytes() == broken
        assert [found.name for found in path.parent.iterdir()] == ["w.world"]


def test_a_sandbox_that_never_had_outbound_marketing_says_so_by_finding_nothing(site: Site) -> None:
    site.make({}, "bare")
    manifest = site.manifest(
        {"environments": {"bare": {"sandbox": "bare"}}, "segments": [{"source": "Berlin"}]}
    )
    assert mig("plan", "-f", manifest).code == 1
