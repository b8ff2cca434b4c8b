"""`mig query`: where texts come from, what is printed, what it ends with."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import mig

GOOD = "PROFILE(contact,c).FILTER(c.address1_city=='Berlin'&&ISNOTNULL(c.emailaddress1))"
BAD = "PROFILE(contact, c).FILTER(c.address1_city = )"


def test_check() -> None:
    assert mig("query", "check", GOOD).code == 0
    ran = mig("query", "check", BAD)
    assert (ran.code, "^" in ran.text) == (1, True)


@pytest.mark.parametrize("command", ["format", "translate"])
def test_a_text_that_does_not_parse(command: str) -> None:
    ran = mig("query", command, BAD)
    assert (ran.code, ran.out, "Traceback" in ran.err) == (1, "", False)
    assert "^" in ran.err


def test_translate() -> None:
    ran = mig("query", "translate", GOOD)
    expected = "PROFILE(contact).FILTER(address1_city == 'Berlin' && ISNOTNULL(emailaddress1))"
    assert (ran.code, expected in ran.out) == (0, True)
    refused = mig("query", "translate", "INTERACTION(EmailOpened, EmailOpenedLeadLink)", "--format", "json")
    assert (refused.code, refused.document["status"], refused.document["text"]) == (1, "refused", None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("PROFILE(contac)", "QRY010"),
        ("PROFILE(contact, c).FILTER(c.firstnam == 'Ann')", "QRY011"),
        ("PROFILE(contact, c).FILTER(c.statecode == '99')", "QRY012"),
    ],
)
def test_a_translation_says_which_names_nobody_knows(query: str, code: str) -> None:
    ran = mig("query", "translate", query, "--format", "json")
    assert ran.code == 0  # there is a text; what the organisation has beyond the bundled tables is not known
    assert [finding["code"] for finding in ran.document["findings"]] == [code]
    assert code in mig("query", "translate", query).out


def test_format_twice_is_format_once() -> None:
    once = mig("query", "format", GOOD).out
    assert mig("query", "format", once).out == once


def test_from_a_file_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "query.txt"
    file.write_text(GOOD, encoding="utf-8")
    marked = tmp_path / "marked.txt"
    marked.write_text(GOOD, encoding="utf-8-sig")
    monkeypatch.setattr(sys, "stdin", io.StringIO(GOOD))
    given = mig("query", "format", GOOD).out
    assert mig("query", "format", "--file", file).out == given
    assert mig("query", "format", "--file", marked).out == given
    assert mig("query", "format", "-").out == given
    absent = mig("query", "format", "--file", tmp_path / "none.txt")
    assert (absent.code, "none.txt" in absent.err) == (1, True)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_standard_input_is_read_as_a_file_is(mark: bytes) -> None:
    query = "PROFILE(contact, c).FILTER(c.address1_city == 'Zürich')"
    ran = piped(mark + query.encode())
    assert (ran.returncode, "Zürich" in ran.stdout.decode()) == (0, True)


def test_standard_input_that_is_no_text() -> None:
    ran = piped("PROFILE(contact, c).FILTER(c.address1_city == 'Zürich')".encode("latin-1"))
    assert (ran.returncode, b"standard input cannot be read" in ran.stderr) == (1, True)


def piped(given: bytes) -> "subprocess.CompletedProcess[bytes]":
    """`mig query format -` where the system's code page is not UTF-8."""
    command = [sys.executable, "-m", "mig", "query", "format", "-"]
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    return subprocess.run(command, input=given, capture_output=True, env=env, check=False)


def test_other_metadata(tmp_path: Path) -> None:
    schema = tmp_path / "schema.yaml"
    schema.write_text(
        "tables:\n  contact:\n    entity_set: contacts\n    primary_id: contactid\n"
        "    columns: {contactid: {type: Uniqueidentifier}, new_tier: {type: String}}\n",
        encoding="utf-8",
    )
    own = "PROFILE(contact, c).FILTER(c.new_tier == 'gold')"
    assert mig("query", "translate", own, "--schema", schema).code == 0
    schema.write_text("tables: [contact]", encoding="utf-8")
    ran = mig("query", "translate", own, "--schema", schema)
    told = "".join(ran.err.split())  # a long path is wrapped
    assert (ran.code, "schema.yaml" in told, "Traceback" in told) == (1, True, False)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\ntables: {contact: {columns: {c: {type: String, options: {1: *b}}}}}\n"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("s.yaml", "tables: &t {contact: *t}", "the alias *t"),
        ("s.yaml", "tables: {contact: &c {columns: *c}}", "the alias *c"),
        ("s.yaml", BOMB, "the alias *a"),
        ("s.yaml", "tables: " + "[" * 1_000 + "]" * 1_000, "nested too deeply"),
        ("s.json", '{"tables": ' + "[" * 100_000, "nested too deeply"),
        ("s.yaml", "tables: {}\n" + "#" * 5_000_000, "larger than the 5,000,000 bytes"),
        (
            "s.yaml",
            "tables: {contact: {columns: {c: {type: String, options: {.inf: x}}}}}",
            "hold table metadata",
        ),
    ],
)
def test_metadata_out_of_bounds(tmp_path: Path, name: str, text: str, told: str) -> None:
    schema = tmp_path / name
    schema.write_text(text, encoding="utf-8")
    ran = mig("query", "translate", GOOD, "--schema", schema)
    said = " ".join(ran.err.split())
    assert (ran.code, told in said, "Traceback" in said) == (1, True, False), said[:500]
