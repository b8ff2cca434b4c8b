"""What a translation promises: whoever was a member is one, and nobody else, under every rule.

The proof is worth what it notices: every rule, broken on purpose, must be caught by one of its cases. All in
one file, so that one process makes the cases for all.
"""

import pytest

from mig.query.rewrite.rules import RULES
from tests.oracle.mutants import MUTANTS, Mutant
from tests.oracle.proof import proof
from tests.oracle.tally import TRIED
from tests.oracle.trial import after, translated

FEWEST = 10
"""Cases in which a rule was used and the members were compared, for each rule."""


def test_members_are_the_same_before_and_after() -> None:
    """Both evaluators, on both texts; a failure prints an entry for tests/cases/oracle/failures.yaml."""
    complaints = proof().complaints
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_was_put_to_the_proof(rule: str) -> None:
    assert proof().rules[rule] >= FEWEST


def test_the_cases_say_something() -> None:
    """Most are translated and evaluated by all, and many have members."""
    made = proof()
    assert made.compared > 0.6 * len(made.cases)
    assert made.not_evaluated < 0.2 * len(made.cases)
    assert made.with_members > 0.3 * made.compared


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
