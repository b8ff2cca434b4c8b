"""What a translation promises: whoever was a member is one, and nobody else, under every rule."""

import pytest

from mig.query.rewrite.rules import RULES
from tests.oracle.proof import proof

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
