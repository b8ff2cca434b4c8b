"""`docs/queries.md` says what the rules and the switches are: all of them, and nothing else."""

import re
from dataclasses import fields
from pathlib import Path

from mig.query.evaluate import SERVICE, Semantics, alternatives
from mig.query.rewrite.rules import RULES
from mig.query.translate import Status

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = re.split(r"^## ", PAGE.split(f"## {heading}\n")[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_rule_is_explained() -> None:
    assert [(row[0], row[1]) for row in rows("Rules")] == [
        (f"`{name}`", str(status)) for name, (status, _) in RULES.items()
    ]
    assert all(len(row) == 4 and all(row) for row in rows("Rules"))


def test_every_status_is_explained() -> None:
    assert [row[0] for row in rows("Status")] == [str(status) for status in Status]


def test_every_switch_is_explained() -> None:
    assert [row[0] for row in rows("What queries are taken to mean")] == [
        f"`{switch.name}`" for switch in fields(Semantics)
    ]


def test_the_other_readings_differ_in_what_is_open() -> None:
    found = alternatives()
    assert len(set(found)) == 7
    assert SERVICE not in found
    assert {one.optional_not_is_none for one in found} == {True}
    changed = [
        {switch.name for switch in fields(one) if getattr(one, switch.name) != getattr(SERVICE, switch.name)}
        for one in found
    ]
    assert changed[:3] == [{"inactive_rows"}, {"ignore_case"}, {"empty_is_unknown"}]
    assert changed[-1] == {"inactive_rows", "ignore_case", "empty_is_unknown"}
