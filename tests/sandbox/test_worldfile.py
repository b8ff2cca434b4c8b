import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mig.model.bundled import bundled
from mig.model.tables import ColumnType, bundled_schema
from mig.sandbox.maker import make_world
from mig.sandbox.spec import Deed, Fault, Phase
from mig.sandbox.switches import Switches
from mig.sandbox.worldfile import WorldFileError, load_world_file, parse_world
from tests.data import load

CASES = Path(__file__).parents[1] / "cases" / "worlds"
EXAMPLE = CASES / "example.yaml"
SCHEMA = json.loads(bundled("schemas", "world.schema.json").read_text(encoding="utf-8"))


class EditorsLoader(yaml.SafeLoader):
    """YAML as editors read it, version 1.2: dates are text, `on` and `no` are words."""


EditorsLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorsLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))


def read_cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = load(CASES / name)
    return cases


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in read_cases(name)]


def schema_errors(text: str) -> list[str]:
    # By way of JSON, because the schema is about JSON, where keys are text.
    document = json.loads(json.dumps(EditorsLoader(text).get_single_data()))
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def findings_of(text: str) -> list[Any]:
    with pytest.raises(WorldFileError) as caught:
        parse_world(text, "world.yaml")
    return list(caught.value.findings)


def test_the_example_of_the_design() -> None:
    spec = load_world_file(EXAMPLE)
    assert (spec.phase, spec.now.isoformat()) == (Phase.REMOVED, "2026-11-22T09:00:00+00:00")
    assert {table: len(rows) for table, rows in spec.rows.items()} == {
        "account": 1,
        "contact": 1,
        "msdyncrm_segment": 1,
    }
    assert spec.rows["contact"][0]["parentcustomerid@type"] == "account"
    assert [(column.name, column.options) for column in spec.columns["contact"]] == [
        ("new_tier", {1: "Gold", 2: "Silver"})
    ]
    assert spec.faults == (Fault("POST */$batch", Deed.DROP_RESPONSE_AFTER_COMMIT, nth=3),)
    assert schema_errors(EXAMPLE.read_text(encoding="utf-8")) == []


def test_json_of_any_letter() -> None:
    world = {"version": 1, "tables": {"contact": [{"lastname": "Ann 😀😀", "firstname": "\\ud83d\\ude00"}]}}
    (contact,) = parse_world(json.dumps(world), "world.json").rows["contact"]
    assert (contact["lastname"], contact["firstname"]) == ("Ann 😀😀", "\\ud83d\\ude00")


@pytest.mark.parametrize("case", cases("completed.yaml"))
def test_what_is_left_out_is_completed(case: dict[str, Any]) -> None:
    spec = parse_world(case["world"], "world.yaml")
    for table, expected in case["rows"].items():
        assert len(spec.rows[table]) == len(expected)
        for row, wanted in zip(spec.rows[table], expected, strict=True):
            assert {name: row.get(name) for name in wanted} == wanted
    assert schema_errors(case["world"]) == []


@pytest.mark.parametrize("case", cases("mistakes.yaml"))
def test_mistakes_are_reported_at_their_place_all_at_once(case: dict[str, Any]) -> None:
    found = findings_of(case["world"])
    lines = case["world"].splitlines()
    assert [str(finding.place) for finding in found] == [f"world.yaml:{at}" for at, _, _ in case["findings"]]
    for finding, (_, message, fix) in zip(found, case["findings"], strict=True):
        assert finding.code == "ENV012"
        assert message in finding.message
        assert fix in finding.fix
        assert finding.place.text == (lines[finding.place.line - 1] if lines else "")


def test_made_ids_depend_on_table_and_position() -> None:
    rows = parse_world("{version: 1, tables: {contact: [{}, {}], lead: [{}]}}", "w").rows
    namespace = uuid5(NAMESPACE_DNS, "mig.world")
    assert [row["contactid"] for row in rows["contact"]] == [
        str(uuid5(namespace, f"contact:{position}")) for position in (1, 2)
    ]
    assert rows["lead"][0]["leadid"] == str(uuid5(namespace, "lead:1"))


def test_every_bundled_table_takes_an_empty_row() -> None:
    tables = ", ".join(f"{table.name}: [{{}}]" for table in bundled_schema())
    rows = parse_world(f"{{version: 1, tables: {{{tables}}}}}", "w").rows
    for table in bundled_schema():
        (row,) = rows[table.name]
        assert row[table.primary_id]
        if status := table.columns.get("statuscode"):
            assert row["statuscode"] in status.options
            assert row["statecode"] == status.state_of[int(str(row["statuscode"]))]


def test_switches_are_read() -> None:
    text = "{nesting: 2, refuse: [dates], migration_checks: false, migration_status: html}"
    given = parse_world(f"{{version: 1, switches: {text}}}", "w").switches
    expected = Switches(nesting=2, refuse=("dates",), migration_checks=False, migration_status="html")
    assert given == expected


def test_the_schema_knows_what_the_loader_knows() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["column"]["properties"]["type"]["enum"] == [str(one) for one in ColumnType]
    assert SCHEMA["properties"]["phase"]["enum"] == [str(phase) for phase in Phase]
    for deed in SCHEMA["$defs"]["fault"]["properties"]["do"]["enum"]:
        (fault,) = parse_world(
            f'{{version: 1, faults: [{{on: "GET /*", do: {deed}, every: 2}}]}}', "w"
        ).faults
        assert fault == Fault("GET /*", Deed(deed), every=2)
    switches = SCHEMA["properties"]["switches"]["properties"]
    assert {name: switches[name].get("default", []) for name in switches} == {
        one.name: list(one.default) if isinstance(one.default, tuple) else one.default
        for one in fields(Switches)
    }


@pytest.mark.parametrize("name", ["many mistakes in one go", "faults", "declared columns", "no version"])
def test_the_schema_refuses_what_the_loader_refuses(name: str) -> None:
    (text,) = [case["world"] for case in read_cases("mistakes.yaml") if case["name"] == name]
    assert schema_errors(text)


def test_a_made_world_can_be_stated_as_a_file() -> None:
    made = make_world(contacts=40, segments=20)
    tables = {
        table: [
            {
                name: {row[f"{name}@type"]: value} if row.get(f"{name}@type") else value
                for name, value in row.items()
                if "@" not in name
            }
            for row in rows
        ]
        for table, rows in made.rows.items()
    }
    text = json.dumps({"version": 1, "tables": tables}, ensure_ascii=False)
    stated = parse_world(text, "made.json")
    assert (stated.phase, stated.now) == (made.phase, made.now)
    for table, rows in made.rows.items():
        for row, given_row in zip(stated.rows[table], rows, strict=True):
            assert {name: row.get(name) for name in given_row} == dict(given_row)


@pytest.mark.parametrize(
    ("content", "message"), [(b"version: 1\nphase: \xff", "not UTF-8"), (None, "cannot be read")]
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "world.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WorldFileError) as caught:
        load_world_file(path)
    (finding,) = caught.value.findings
    assert message in finding.message
    assert str(finding.place) == f"{path}:1:1"


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_bytes(b"\xef\xbb\xbfversion: 1\r\nphase: live\r\n")
    assert load_world_file(path).phase is Phase.LIVE


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.text(alphabet="{}[]:,- \n\t'\"&*!|>#version1tables:contact", max_size=60))
def test_any_text_is_a_world_or_findings(text: str) -> None:
    try:
        parse_world(text, "w")
    except WorldFileError as error:
        assert error.findings
