"""What goes to which stream: one JSON document, no escape sequences off a terminal, nothing about persons."""

import io
import json
import sys
from pathlib import Path

import pytest

from mig.cli.main import run
from tests.support import SECRETS_OF_PEOPLE, Site, mig, valid

ESCAPE = "\x1b"
QUERY = "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')"


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


# --- JSON -------------------------------------------------------------------------------------------------


def test_plan_apply_verify_as_json(site: Site, manifest: Path) -> None:
    plan = mig("plan", "-f", manifest, "--format", "json")
    valid(plan.document, "plan")
    applied = mig("apply", "-f", manifest, "--auto-approve", "--format", "json")
    valid(applied.document, "run")
    assert applied.document["outcome"] == "done"
    assert {line["outcome"] for line in applied.document["results"]} == {"done"}
    verified = mig("verify", "-f", manifest, "--format", "json")
    valid(verified.document, "verification")
    assert verified.document["outcome"] == "match"
    assert len(verified.document["segments"]) == 3
    again = mig("apply", "-f", manifest, "--auto-approve", "--format", "json")
    valid(again.document, "run")
    assert (again.document["outcome"], again.document["results"]) == ("nothing", [])


def test_json_of_what_is_refused_or_empty(site: Site) -> None:
    refused = site.manifest({"segments": [{"source": "Cities"}]})
    plan = mig("plan", "-f", refused, "--format", "json")
    valid(plan.document, "plan")
    run_of_nothing = mig("apply", "-f", refused, "--auto-approve", "--format", "json")
    valid(run_of_nothing.document, "run")
    assert (plan.code, run_of_nothing.code, run_of_nothing.document["outcome"]) == (3, 3, "refused")
    verified = mig("verify", "-f", refused, "--format", "json")
    valid(verified.document, "verification")
    assert verified.code == 1
    wrong = mig("plan", "-f", site.manifest({"segments": [{"source": "None"}]}), "--format", "json")
    valid(wrong.document, "plan")
    assert (wrong.code, wrong.document["applyable"]) == (1, False)


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (("query", "check", QUERY), "query-check"),
        (("query", "check", "PROFILE("), "query-check"),
        (
            ("query", "check", "--dialect", "rtm", "PROFILE(contact).FILTER(address1_city == 'Berlin')"),
            "query-check",
        ),
        (("query", "translate", QUERY), "query-translation"),
        (("query", "translate", "INTERACTION(EmailOpened, EmailOpenedLeadLink)"), "query-translation"),
        (("query", "translate", "SEGMENT(SOMEBODY)"), "query-translation"),
        (("query", "run", "--world", "w", QUERY), "query-run"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_queries_as_json(arguments: tuple[str, ...], schema: str, site: Site) -> None:
    ran = mig(*arguments, "--format", "json")
    valid(ran.document, schema)
    assert ran.err == ""


def test_an_apply_that_never_begins_is_a_document_too(site: Site, manifest: Path) -> None:
    plan = site.home / "plan.json"
    assert mig("plan", "-f", manifest, "--out", plan).code == 0
    assert mig("apply", plan, "-f", manifest).code == 0
    used = mig("apply", plan, "-f", manifest, "--format", "json")
    wrong = site.home / "wrong.yaml"
    wrong.write_text("version: 1\nsegmentz: []\n", encoding="utf-8")
    invalid = mig("apply", "-f", wrong, "--auto-approve", "--format", "json")
    assert [(ran.code, ran.document["outcome"]) for ran in (used, invalid)] == [(4, "failed"), (1, "failed")]
    for ran, code in ((used, "ENV018"), (invalid, "MAN005")):
        valid(ran.document, "run")
        assert ran.document["results"] == []
        assert ran.document["told"] == ran.document["stopped_by"] != ""
        assert code in ran.err  # with what to do


def test_events_of_a_run_that_has_nothing_to_do_but_is_refused(site: Site) -> None:
    file = site.home / "events.jsonl"
    manifest = site.manifest({"segments": [{"source": "Cities"}]}, name="refused.yaml")
    ran = mig("apply", "-f", manifest, "--auto-approve", "--events", file, "--format", "json")
    assert (ran.code, ran.document["outcome"]) == (3, "refused")
    (line,) = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (line["event"], line["detail"]) == ("run-ended", "refused")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
def test_events_that_cannot_be_written_change_nothing(site: Site, manifest: Path) -> None:
    ran = mig("apply", "-f", manifest, "--auto-approve", "--events", "/dev/full", "--format", "json")
    assert (ran.code, ran.document["outcome"]) == (0, "done")
    assert "Progress can no longer be written" in ran.err


def test_events_file(site: Site, manifest: Path) -> None:
    file = site.home / "events.jsonl"
    ran = mig("apply", "-f", manifest, "--auto-approve", "--events", file)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        valid(line, "event")
    assert ran.code == 0
    assert [lines[0]["event"], lines[-1]["event"]] == ["run-started", "run-ended"]
    assert sum(line["event"] == "change-done" for line in lines) == 9
    assert len({line["run_id"] for line in lines}) == 1


# --- colour, bars, questions ------------------------------------------------------------------------------


def test_no_escape_sequence_off_a_terminal(site: Site, manifest: Path) -> None:
    for command in ("plan", "apply", "verify"):
        flags = ("--auto-approve",) if command == "apply" else ()
        assert ESCAPE not in mig(command, "-f", manifest, "-v", *flags).text


def on_screen(
    monkeypatch: pytest.MonkeyPatch, *arguments: str | Path, answer: str = ""
) -> tuple[int, str, str]:
    out, err = Screen(), Screen()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setattr(sys, "stdin", Screen(answer))
        code = run([str(argument) for argument in arguments])
    return int(code), out.getvalue(), err.getvalue()


def test_colour_on_a_terminal_only_as_long_as_nobody_minds(
    site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ESCAPE in on_screen(monkeypatch, "plan", "-f", manifest)[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in on_screen(monkeypatch, "plan", "-f", manifest)[1]


def test_no_bars_in_continuous_integration(
    site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CI", "true")
    code, out, err = on_screen(monkeypatch, "apply", "-f", manifest, "--auto-approve")
    assert (code, ESCAPE in out + err) == (0, False)


@pytest.mark.parametrize(("answer", "applied"), [("y\n", True), ("n\n", False)])
def test_the_question_of_apply(
    answer: str, applied: bool, site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = site.everything()
    code, out, err = on_screen(monkeypatch, "apply", "-f", manifest, answer=answer)
    assert code == 0
    assert "Apply these 9 changes" in err
    assert ("Applied: 9 done." in out, site.everything() != before) == (applied, applied)
    assert ("Nothing was applied." in out) is not applied


def test_the_question_for_one_change(site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = {"segments": [{"source": "Graz"}]}
    asked = on_screen(monkeypatch, "apply", "-f", site.manifest(segments), answer="y\n")
    assert (asked[0], "Apply this change to w?" in asked[2]) == (0, True)


def test_what_was_not_approved_is_no_failure(
    site: Site, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = on_screen(monkeypatch, "apply", "-f", manifest, "--format", "json", answer="n\n")
    run = json.loads(out)
    assert (code, run["outcome"], run["told"]) == (0, "nothing", "Nothing was applied.")


def test_a_name_with_control_characters_does_nothing_to_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    name = "\x1b]0;owned\a\x1b[2J\u202e \u3000\U0001f469\u200d\U0001f680"
    segment = {"msdyncrm_segmentname": name, "msdyncrm_segmenttype": 192350000}
    site.make({"tables": {"msdyncrm_segment": [segment]}})
    manifest = site.manifest({"segments": []}, name="bare.yaml")
    command = ("inventory", "-f", manifest, "--home", tmp_path, "--format", "csv")
    _, shown, _ = on_screen(monkeypatch, *command)
    assert "]0;owned" in shown
    assert name[-4:] in shown  # a wide blank, and a letter of several
    assert not {ESCAPE, "\a", "\u202e"} & set(shown)
    assert segment["msdyncrm_segmentname"] in mig(*command).out  # a file gets it as it is


# --- persons ----------------------------------------------------------------------------------------------


def test_no_person_appears_anywhere(site: Site, manifest: Path) -> None:
    file = site.home / "events.jsonl"
    shown = [
        mig("plan", "-f", manifest, "-v", "--explain").text,
        mig("plan", "-f", manifest, "--format", "json").text,
        mig("apply", "-f", manifest, "-v", "--auto-approve", "--events", file).text,
        mig("verify", "-f", manifest, "-v").text,
        mig("verify", "-f", manifest, "--format", "json").text,
        file.read_text(encoding="utf-8"),
    ]
    ledger = "".join(str(row["notetext"]) for row in site.rows("annotation"))
    assert len(ledger) > 1000
    for text in (*shown, ledger):
        assert not [secret for secret in SECRETS_OF_PEOPLE if secret in text]
        assert "c0000000-0000-0000" not in text


def test_the_request_log_holds_neither_query_strings_nor_the_token(site: Site, manifest: Path) -> None:
    ran = mig("plan", "-f", manifest, "-v")
    with site.open() as world:
        token = world.token
    assert "GET msdynmkt_segments" in ran.err
    assert not [line for line in ran.err.splitlines() if "$select" in line or "$filter" in line]
    assert token not in ran.text
