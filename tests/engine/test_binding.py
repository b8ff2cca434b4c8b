"""What makes a plan stale, and what does not."""

import pytest

from mig.engine.binding import PlanStale, check_holds
from mig.engine.plan import Action, Change
from tests.engine.conftest import change, plan_of


def blocked(after: str) -> Change:
    return change("a", Action.BLOCKED, before={"name": "found"}, after={"name": after})


def test_what_something_blocked_would_become_changes_nothing() -> None:
    check_holds(plan_of(blocked("one")), plan_of(blocked("other")))


def test_what_was_blocked_when_it_was_reviewed_is_not_done_by_a_plan_that_is_resumed() -> None:
    now = change("a", Action.UPDATE, before={"name": "found"}, after={"name": "one"})
    with pytest.raises(PlanStale, match="was blocked, is update"):
        check_holds(plan_of(blocked("one")), plan_of(now), resumed=True)
