"""What each rule changed, and how it is shown."""

from typing import Any

import pytest

from mig.model.tables import bundled_schema
from mig.query.parser import parse
from mig.query.pieces import piece
from mig.query.rewrite.rules import RULES
from mig.query.translate import translate
from mig.report.shortening import shortened
from tests.data import load
from tests.support import CASES

PIECES = load(CASES / "query" / "pieces.yaml")
IDS = {"known": "1a" * 16}
INNER = {"inner": parse("PROFILE(contact).FILTER(firstname == 'A') UNION SEGMENT(known)")}


@pytest.mark.parametrize("case", PIECES, ids=[case["query"][:70] for case in PIECES])
def test_before_and_after_each_rule(case: dict[str, Any]) -> None:
    rules = translate(parse(case["query"]), bundled_schema(), IDS.get, INNER.get).rules
    pieces = [piece(case["query"], rule) for rule in rules]
    assert [[one.rule.id, one.rule.times, one.before, one.after] for one in pieces] == case["rules"]


def test_every_rule_has_a_case() -> None:
    assert {rule for case in PIECES for rule, *_ in case["rules"]} == set(RULES)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("a  ==\n1", "a == 2", ("a == 1", "a == 2")),
        (
            f"{'before ' * 20}old{' after' * 20}",
            f"{'before ' * 20}new{' after' * 20}",
            (
                "… before before before old after after after …",
                "… before before before new after after after …",
            ),
        ),
        (
            "all",
            f"{'one ' * 20}{'two ' * 20}",
            ("all", "one one one one one one one … two two two two two two two"),
        ),
        ("x" * 200, "y", (f"{'x' * 28} … {'x' * 28}", "y")),
    ],
)
def test_what_changed_stays_when_it_is_shortened(one: str, other: str, shown: tuple[str, str]) -> None:
    assert shortened(one, other, 60) == shown
