"""Segments that refer to each other in long chains."""

from pathlib import Path

import pytest

from mig.engine.plan import Action
from tests.support import Site


@pytest.mark.parametrize("length", [60, 1200])
def test_a_long_chain_is_planned_in_order(tmp_path: Path, length: int) -> None:
    site = Site(tmp_path)
    site.make({"tables": {"msdyncrm_segment": [_segment(number) for number in range(length)]}})
    plan = site.plan(site.manifest({"segments": [{"select": {"name": "*"}}]}))
    assert {change.action for change in plan.changes} == {Action.CREATE}
    depth = {change.id: len(change.depends_on) for change in plan.changes}
    assert sorted(depth.values()) == [0, *[1] * (length - 1)]


def test_members_of_a_long_chain_are_compared(tmp_path: Path) -> None:
    site = Site(tmp_path)
    length = 40
    site.make({"tables": {"msdyncrm_segment": [_segment(number) for number in range(length)]}})
    manifest = site.manifest({"segments": [{"select": {"name": "*"}, "publish": True}]})
    assert site.apply(manifest).outcome_word == "done"
    verification = site.verify(manifest)
    assert verification.outcome.exit == 0
    assert len(verification.comparisons) == length


def _segment(number: int) -> dict[str, object]:
    query = f"SEGMENT(s{number - 1}) UNION SEGMENT(s{number - 1})" if number else "PROFILE(contact)"
    return {
        "msdyncrm_segmentname": f"Number {number}",
        "msdyncrm_segmentqueryname": f"s{number}",
        "msdyncrm_segmenttype": 192350002 if number else 192350000,
        "statuscode": 192350001,
        "msdyncrm_segmentquery": query,
    }
