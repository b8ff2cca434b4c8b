"""The proof is worth what it notices: every rule, broken on purpose, must be caught by one of its cases."""

import pytest

from mig.query.rewrite.rules import RULES
from tests.oracle.mutants import MUTANTS, Mutant
from tests.oracle.proof import proof
from tests.oracle.tally import TRIED
from tests.oracle.trial import after, translated


def counter_example() -> str | None:
    """The first outbound text whose translation now has other members, or is no query any more."""
    for case in proof().cases:
        if case.expected is None:
            continue
        text = translated(case.query).text
        if text is None or text == case.translation:
            continue
        if after(text, case.expected, case.world, lambda query: None):
            return case.text
    return None


def test_every_rule_has_a_mutant() -> None:
    assert {mutant.rule for mutant in MUTANTS} == set(RULES)


def test_nothing_is_found_against_the_rules_as_they_are() -> None:
    assert counter_example() is None


@pytest.mark.parametrize("mutant", MUTANTS, ids=[f"{one.rule}-{one.name}" for one in MUTANTS])
def test_a_broken_rule_is_noticed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    proof()
    mutant.apply(monkeypatch)
    TRIED["broken rules"] += 1
    assert counter_example() is not None
