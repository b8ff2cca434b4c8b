"""What holds for any world: order does not matter, and a plan that was applied leaves nothing to do."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig.engine.plan import Action, Plan
from mig.engine.run import Fate
from mig.report.plan_json import plan_document
from tests.support import Site, blocked, work

# Each example makes a world and talks to it, which takes a tenth of a second.
FEW = settings(max_examples=7, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

PLAIN = (
    "PROFILE(contact)",
    "PROFILE(contact, c).FILTER(c.address1_city == 'Berlin')",
    "PROFILE(contact, c).FILTER(c.donotbulkemail == false && (ISNULL(c.jobtitle) || c.jobtitle == 'Buyer'))",
    "PROFILE(lead)",
    "PROFILE(account)",
    "PROFILE(contact).FILTER(",
    "INTERACTION(EmailOpened, EmailOpenedLeadLink)",
    "",
)
OPERATORS = ("UNION", "EXCEPT", "INTERSECT")


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Outbound segments, some made of others, earlier or later in the list."""
    number = draw(st.integers(1, 6))
    rows = []
    for one in range(number):
        parts = [draw(st.sampled_from(PLAIN))]
        if draw(st.booleans()):
            named = draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=2))
            parts = [f"SEGMENT(S{other})" for other in named]
        rows.append(
            {
                "msdyncrm_segmentid": f"5e000000-0000-0000-0000-{one:012}",
                "msdyncrm_segmentname": draw(st.sampled_from(["Berlin", f"Segment {one}", f"É{one} – x"])),
                "msdyncrm_segmenttype": 192350002 if "SEGMENT(" in parts[0] else 192350000,
                "msdyncrm_segmentqueryname": f"S{one}",
                "msdyncrm_segmentquery": f" {draw(st.sampled_from(OPERATORS))} ".join(parts),
                "statuscode": draw(st.sampled_from([192350000, 192350001, 192350004])),
                "modifiedon": f"2024-01-{draw(st.integers(1, 28)):02}T00:00:00Z",
            }
        )
    return rows


@st.composite
def entries(draw: st.DrawFn, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some of the rows one by one, and perhaps a selection of the rest."""
    chosen = [row for row in rows if draw(st.booleans())]
    found: list[dict[str, Any]] = [
        {
            "source": {"id": row["msdyncrm_segmentid"]},
            "key": row["msdyncrm_segmentqueryname"].lower(),
            "publish": draw(st.booleans()),
        }
        for row in chosen
    ]
    return [*found, {"select": {"name": "*"}}] if draw(st.booleans()) else found


def _planned(rows: Sequence[Any], segments: Sequence[Any], quota: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        site = Site(Path(home))
        site.make({"tables": {"msdyncrm_segment": list(rows)}})
        manifest = site.manifest({"policy": {"quota": quota}, "segments": list(segments)})
        document = plan_document(site.plan(manifest))
    del document["manifest_digest"], document["digest"]
    placeless: dict[str, Any] = _without_places(document)
    return placeless


def _without_places(value: Any) -> Any:
    """Lines and columns are those of the manifest, which is what was shuffled."""
    if isinstance(value, dict):
        return {key: _without_places(item) for key, item in value.items() if key not in {"line", "column"}}
    return [_without_places(item) for item in value] if isinstance(value, list) else value


@FEW
@given(st.data())
def test_the_order_of_rows_and_entries_does_not_change_the_plan(data: st.DataObject) -> None:
    rows = data.draw(worlds())
    segments = data.draw(entries(rows))
    quota = data.draw(st.integers(0, 6))
    shuffled = _planned(data.draw(st.permutations(rows)), data.draw(st.permutations(segments)), quota)
    assert _planned(rows, segments, quota) == shuffled


@FEW
@given(st.data())
def test_a_plan_that_was_applied_leaves_nothing_to_do(data: st.DataObject) -> None:
    rows = data.draw(worlds())
    segments = data.draw(entries(rows))
    with tempfile.TemporaryDirectory() as home:
        site = Site(Path(home))
        site.make({"tables": {"msdyncrm_segment": rows}})
        manifest = site.manifest({"segments": segments})
        before = site.plan(manifest)
        run = site.apply(manifest)
        after = site.plan(manifest)
    assert not [result for result in run.results if result.fate is not Fate.DONE]
    assert (work(after), blocked(after)) == ([], blocked(before))
    assert _created(before) == _unchanged(after)


def _created(plan: Plan) -> set[str]:
    return {change.source_id for change in plan.changes if change.action is Action.CREATE}


def _unchanged(plan: Plan) -> set[str]:
    return {change.source_id for change in plan.changes if change.action is Action.UNCHANGED}
