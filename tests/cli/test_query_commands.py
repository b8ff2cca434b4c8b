"""`mig query`, as people and programs call it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from mig.cli.main import run
from mig.model.outcome import Exit
from tests.data import load
from tests.support import CASES, valid

OSLO = "PROFILE(contact, c).FILTER(c.address1_city == 'Oslo')"
ON_ITS_WAY = (
    "PROFILE(account, account_1).FILTER(account_1.accountid == '1cc00a15-37ef-e911-a81d-000d3a6d200c')"
    ".TRAVERSE(contact_account_parentcustomerid, contact_1).FILTER(ISNOTNULL(contact_1.emailaddress1))"
)
BROKEN = "PROFILE(contact"
SCHEMAS = {
    "check": "query-check",
    "format": "query-format",
    "explain": "query-explanation",
    "translate": "query-translation",
}


class Console:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        code = run(["query", *arguments])
        self.out, self.err = self.capsys.readouterr()
        return code

    def document(self, *arguments: str) -> Any:
        """What a command prints as JSON, which goes to standard output alone."""
        self(*arguments, "--format", "json")
        assert self.err == ""
        return json.loads(self.out)


@pytest.fixture
def query(capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(capsys)


# --- one query --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", SCHEMAS)
@pytest.mark.parametrize(
    "text", [OSLO, ON_ITS_WAY, BROKEN, "SEGMENT(a) EXCEPT (SEGMENT(b) INTERSECT SEGMENT(c))"]
)
def test_documents_are_as_their_schemas_say(query: Console, command: str, text: str) -> None:
    valid(query.document(command, text), SCHEMAS[command])


def test_explain_says_draws_and_translates(query: Console) -> None:
    assert query("explain", OSLO) == Exit.DONE
    words, tree, before, after, how = query.out.strip().split("\n\n")
    assert words == "Contacts whose city is Oslo"
    assert tree.splitlines() == ["PROFILE(contact, c)", "└─ FILTER c.address1_city == 'Oslo'"]
    assert before == f"before:\n  {OSLO}"
    assert after == "after:\n  PROFILE(contact).FILTER(address1_city == 'Oslo')"
    assert how.splitlines()[0] == "status: exact"
    assert "drop-alias" in how


def test_explain_names_every_rule_before_and_after(query: Console) -> None:
    found = query.document("explain", ON_ITS_WAY)
    translation = query.document("translate", ON_ITS_WAY)
    rules = found["translation"]["rules"]
    assert [{"id": rule["id"], "why": rule["why"]} for rule in rules] == translation["rules"]
    assert all(rule["before"] != rule["after"] for rule in rules)
    assert found["translation"]["status"] == translation["status"] == "rewritten"
    assert "RELATE" in found["translation"]["after"]
    assert "TRAVERSE" in found["translation"]["before"]


def test_explain_shows_what_each_rule_changed(query: Console) -> None:
    assert (
        query("explain", "PROFILE(contact, c).FILTER(c.a == 1 && c.b STARTSWITH 'x').DISTINCT()") == Exit.DONE
    )
    rules = query.out.split("status: unproven\n")[1].split("warning[")[0]
    assert rules.splitlines() == [
        "  drop-distinct  a set of members has no repetitions",
        "    before  DISTINCT()",
        "    after   nothing: it is left out",
        "  drop-alias (3 times)  the alias names the operand's own table, whose columns",
        "                        need none",
        "    before  PROFILE(contact, c)",
        "    after   PROFILE(contact)",
        "  inherited-form  kept word for word: both languages inherit the form",
        "    kept    c.b STARTSWITH 'x'",
    ]


def test_explain_of_what_cannot_move_says_why(query: Console) -> None:
    assert query("explain", "INTERACTION(Opened, l).HAVING(COUNT() > 1)") == Exit.DONE
    assert "nothing: it is refused" in query.out
    assert "QRY021" in query.out


def test_explain_of_a_real_time_query_translates_nothing(query: Console) -> None:
    found = query.document("explain", "--dialect", "rtm", "PROFILE(contact).FILTER(a IN [1, 2])")
    valid(found, "query-explanation")
    assert found["translation"] is None
    assert found["words"] == ["Contacts whose a is one of 1, 2"]


def test_explain_takes_an_organisations_metadata(query: Console, tmp_path: Path) -> None:
    tier = {"type": "Picklist", "options": {"1": "Gold"}}
    table = {"entity_set": "contacts", "primary_id": "contactid", "columns": {"new_tier": tier}}
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"tables": {"contact": table}}), encoding="utf-8")
    found = query.document("explain", "--schema", str(schema), "PROFILE(contact).FILTER(new_tier == 1)")
    assert found["words"] == ["Contacts whose tier is 1 (Gold)"]


@pytest.mark.parametrize("command", ["format", "explain", "translate"])
def test_what_does_not_parse_is_pointed_at_on_standard_error(query: Console, command: str) -> None:
    assert query(command, BROKEN) == Exit.FAILED
    assert query.out == ""
    assert query.err == (
        "Error: 1:8: this parenthesis is never closed: a ) is missing after it\n"
        "  PROFILE(contact\n"
        "         ^\n"
    )


def test_nothing_that_moves_the_cursor_is_printed(query: Console) -> None:
    query("explain", "PROFILE(contact).FILTER(a == 'x\x1b[2Jy')")
    assert "\x1b" not in query.out


def test_a_query_comes_from_exactly_one_place(query: Console, tmp_path: Path) -> None:
    assert query("check") == Exit.USAGE
    assert query("check", OSLO, "--file", str(tmp_path / "q")) == Exit.USAGE
    assert query("check", "--file", str(tmp_path / "nothing.txt")) == Exit.FAILED


# --- many queries -----------------------------------------------------------------------------------------


FILES = {
    "list.yaml": f'- "{OSLO}"\n- "{BROKEN}"\n',
    "mapping.yml": f'"1": "{OSLO}"\n2: "{BROKEN}"\n',
    "corpus.yaml": f'- {{id: 1, query: "{OSLO}", kind: dynamic}}\n- {{query: "{BROKEN}"}}\n',
    "list.json": json.dumps([OSLO, BROKEN]),
    "plain.txt": f"---\n{OSLO}\n---\n{BROKEN}\n",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", SCHEMAS)
def test_a_file_may_hold_many(query: Console, tmp_path: Path, command: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    found = query.document(command, "--file", str(path))
    valid(found, SCHEMAS[command])
    assert [document["id"] for document in found] == ["1", "2"]
    alone = query.document(command, OSLO)
    assert found[0] == {"id": "1", **alone}
    assert query(command, "--file", str(path)) == Exit.FAILED
    assert query.out.startswith("1\n  ")
    assert "never closed" in query.out


def test_a_file_with_one_query_is_one_query(query: Console, tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text(f"{OSLO}\n", encoding="utf-8")
    assert query.document("check", "--file", str(path)) == query.document("check", OSLO)


def test_standard_input_may_hold_many(query: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{OSLO}\n---\n{OSLO}\n"))
    assert [document["id"] for document in query.document("format", "-")] == ["1", "2"]


@pytest.mark.parametrize("content", ["- 5\n", "a: {b: c}\n", "5\n", "- [\n", "[" * 5000])
def test_a_file_without_queries_is_refused(query: Console, tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(content, encoding="utf-8")
    assert query("check", "--file", str(path)) == Exit.FAILED
    assert query.err.startswith(f"Error: {path}")


@pytest.mark.parametrize("dialect", ["outbound", "rtm"])
def test_the_corpora_are_read_as_they_are(query: Console, dialect: str) -> None:
    path = CASES / "corpus" / f"{dialect}-queries.yaml"
    entries = load(path)
    found = query.document("check", "--dialect", dialect, "--file", str(path))
    valid(found, "query-check")
    assert [document["id"] for document in found] == [entry["id"] for entry in entries]
    for document, entry in zip(found, entries, strict=True):
        if not entry["expect"].get("disputed"):
            assert document["parses"] == entry["expect"]["parses"], entry["id"]
    valid(query.document("explain", "--dialect", dialect, "--file", str(path)), "query-explanation")


# --- two queries ------------------------------------------------------------------------------------------


def test_diff_says_what_changes(query: Console) -> None:
    assert query("diff", OSLO, OSLO.replace("Oslo", "Bergen")) == Exit.DONE
    assert query.out == "changed: city is Oslo → city is Bergen\n"
    assert query("diff", OSLO, OSLO.replace("c.", "").replace(", c", "")) == Exit.DONE
    assert query.out == "The two mean the same.\n"


def test_diff_for_machines(query: Console) -> None:
    found = query.document("diff", "SEGMENT(a) UNION PROFILE(contact)", f"SEGMENT(a) UNION {OSLO}")
    valid(found, "query-diff")
    assert found["same"] is False
    assert found["changes"] == [
        {
            "kind": "added",
            "where": "step 1 (add contacts)",
            "before": None,
            "after": "city is Oslo",
            "text": "added in step 1 (add contacts): city is Oslo",
        }
    ]
    same = query.document("diff", OSLO, OSLO)
    valid(same, "query-diff")
    assert same["same"] is True


def test_diff_of_what_does_not_parse(query: Console) -> None:
    assert query("diff", OSLO, BROKEN) == Exit.FAILED
    assert query.err.startswith("Error: OTHER: 1:8: this parenthesis")
    found = query.document("diff", BROKEN, "SEGMENT(")
    valid(found, "query-diff")
    assert [error["query"] for error in found["errors"]] == ["one", "other"]
    assert found["same"] is None


def test_diff_of_two_files(query: Console, tmp_path: Path) -> None:
    for name, text in (
        ("a.txt", OSLO),
        ("b.txt", "PROFILE(contact)"),
        ("many.txt", "SEGMENT(a)\n---\nSEGMENT(b)"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    one, other, many = (["--file", str(tmp_path / name)] for name in ("a.txt", "b.txt", "many.txt"))
    assert query("diff", *one, *other) == Exit.DONE
    assert query.out == "removed: city is Oslo\n"
    assert query("diff", *one, *many) == Exit.FAILED
    assert "holds 2 queries" in query.err
    for wrong in ((OSLO,), (OSLO, *one), one, ("-", "-"), (OSLO, OSLO, OSLO)):
        assert query("diff", *wrong) == Exit.USAGE


def test_diff_reads_one_of_them_from_standard_input(query: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(OSLO))
    assert query("diff", "-", OSLO) == Exit.DONE
    assert query.out == "The two mean the same.\n"
