"""A plan for people: read the expected text in tests/cases/report/plan.txt."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.engine.plan import Action, Change, Plan
from mig.engine.planner import in_order
from mig.model.address import Address, key_of
from mig.report.plan_text import plan_text
from tests.report.plans import BANKING, CHANGES, NEWSLETTER, NEWSLETTER_LIVE, OPENED, PLAN, VIPS, state

EXPECTED = Path(__file__).parents[1] / "cases" / "report" / "plan.txt"
LONG = "an extraordinarily long name of a segment that somebody once gave it, of a hundred characters at most"


def too_long(text: str, width: int = 80) -> list[str]:
    """Lines beyond the width, but for an address of its own length that has at most a sign in front."""
    return [line for line in text.splitlines() if len(line) > width and len(line.split()) > 2]


def named(change: Change, name: str) -> Change:
    """The same change of a segment of another name, wherever the name shows."""
    found = [replace(one, message=f"{name}: {one.message}", found=name) for one in change.findings]
    return replace(
        change,
        address=Address("segment", key_of(name)),
        source_name=name,
        reason=f"{name} has changed",
        before=change.before and state(name),
        after=change.after and state(name, f"PROFILE(contact).FILTER(lastname == '{name}')"),
        query_diff=change.query_diff and f"added: last name is {name}",
        findings=tuple(found),
    )


def plan_about(name: str) -> Plan:
    """The plan with that name in every place where a name can be."""
    changes = [named(change, name) for change in (VIPS, BANKING, OPENED)]
    changes = [
        replace(change, address=Address("segment", f"{n}_{key_of(name)}")) for n, change in enumerate(changes)
    ]
    creates = [named(change, name) for change in (NEWSLETTER, replace(NEWSLETTER_LIVE, depends_on=()))]
    drift = [
        replace(
            one, address=Address("segment", key_of(name)), columns=(replace(one.columns[0], before=name),)
        )
        for one in PLAN.drift
    ]
    told = [replace(one, message=f"{one.message}: {name}", found=name, fix=name) for one in PLAN.findings]
    return replace(
        PLAN,
        source=replace(PLAN.source, evidence=name),
        changes=in_order([*changes, *creates]),
        drift=tuple(drift),
        findings=tuple(told),
    )


def test_a_plan_as_people_see_it() -> None:
    assert plan_text(PLAN) + "\n" == EXPECTED.read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [{}, {"steps": True}, {"brief": True}, {"width": 100}, {"width": 60}])
def test_nothing_runs_over_the_edge(options: dict[str, Any]) -> None:
    width = options.get("width", 80)
    for plan in (PLAN, plan_about(LONG), plan_about(LONG[:60]), plan_about("x" * 100)):
        assert too_long(plan_text(plan, **options), width) == []


NAMES = st.text(st.characters(codec="utf-8"), max_size=100)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(NAMES)
def test_no_name_can_move_the_cursor_or_colour_the_screen(name: str) -> None:
    told = plan_text(plan_about(name), steps=True)
    assert not re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", told)
    assert too_long(told) == []


def test_a_control_sequence_is_dropped_and_the_name_stays() -> None:
    told = plan_text(plan_about("bad\x1b[31m\x07 na\x9bme\r"))
    assert "\x1b" not in told
    assert "bad[31m name" in told


def test_colour_is_only_paint() -> None:
    painted = plan_text(PLAN, color=True)
    assert "\x1b[32m" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plan_text(PLAN)


def test_steps_are_shown_when_asked_for() -> None:
    assert "- write together: POST msdynmkt_segments(1)" in plan_text(PLAN, steps=True)
    assert "- call msdynmkt_PublishSegmentDefinition" in plan_text(PLAN, steps=True)
    assert "- write together" not in plan_text(PLAN)


def test_what_is_blocked_shows_what_would_change() -> None:
    blocked = replace(VIPS, action=Action.BLOCKED)
    text = plan_text(replace(PLAN, changes=(blocked,)), width=80)
    assert "added: new tier is 1\n        would be: PROFILE(contact).FILTER(new_tier == 1)" in text


def test_what_is_refused_has_a_copy_that_stays() -> None:
    refused = replace(VIPS, action=Action.BLOCKED, after=None)
    text = plan_text(replace(PLAN, changes=(refused,)), width=80)
    assert "→ nothing" not in text
    assert "would be" not in text


def test_brief_leaves_out_what_selections_brought_in() -> None:
    told = plan_text(PLAN, brief=True)
    assert "old_roadshow" not in told
    assert "and 3 more that selections bring in, 3 of them blocked" in told
    assert "segment.opened_last_mail" in told


def test_what_was_dropped_is_told_once_sorted_and_with_its_reasons() -> None:
    (dropped,) = PLAN.findings
    fix = "`--prune` deletes it where mig made it and nothing uses it"
    alike = [replace(dropped, address=Address("segment", key), fix=fix) for key in ("of_c", "of_a", "of_b")]
    used = replace(
        dropped, address=Address("segment", "of_d"), message=f"{dropped.message}: it is used by journey 'J'"
    )
    told = plan_text(replace(PLAN, findings=(alike[0], used, *alike[1:]), drift=()))
    assert told.partition("old_roadshow\n")[2].splitlines()[:12] == [
        "",
        "  no longer in the manifest: 4",
        "  info[SEG023] no longer in the manifest; its copy stays in the target",
        "      segment.of_a, segment.of_b, segment.of_c",
        "    fix    `--prune` deletes it where mig made it and nothing uses it",
        "  info[SEG023] no longer in the manifest; its copy stays in the target: it is",
        "               used by journey 'J'",
        "      segment.of_d",
        "",
        "Quota: 40 → 41 of 2000; platform: dynamic 52 → 53 of 3000; static 7 of 10000",
        "Plan: 1 to create, 1 to update, 1 to adopt, 1 to publish; 1 unchanged, 4",
        "      blocked.",
    ]
    assert too_long(told) == []


def test_two_organisations_are_both_shown() -> None:
    target = replace(PLAN.target, name="prod", organization_id="another")
    told = plan_text(replace(PLAN, target=target))
    assert re.search(r"^  source  test, organisation 6f1c0a52", told, re.MULTILINE)
    assert re.search(r"^  target  prod, organisation another", told, re.MULTILINE)


def test_a_plan_with_nothing_to_do() -> None:
    unchanged = tuple(change for change in CHANGES if change.action is Action.UNCHANGED)
    told = plan_text(replace(PLAN, changes=unchanged, drift=(), findings=(), quota=None))
    assert told.splitlines()[-1] == "Plan: nothing to do; 1 unchanged, 0 blocked."
    assert "segment." not in told
