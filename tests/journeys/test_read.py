"""Who uses which segment, as read from an organisation, in states and shapes that no source describes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mig.cli.session import open_session
from mig.journeys.read import read_outbound_usage, read_real_time_usage
from mig.journeys.usage import Usage, Usages
from tests.support import Site

SEGMENT = "0a000000-0000-0000-0000-000000000001"
SUPPRESSED = "0a000000-0000-0000-0000-000000000002"


def journey(number: int, **columns: Any) -> Mapping[str, Any]:
    text = f'{{"trigger": {{"audience": "{SEGMENT}"}}}}'
    row = {"msdynmkt_journeyid": journey_id(number), "msdynmkt_name": f"J{number}", "statuscode": 2}
    return {**row, "msdynmkt_journeyjson": text, **columns}


def journey_id(number: int) -> str:
    return f"10000000-0000-0000-0000-{number:012}"


def indexed(**columns: Any) -> Mapping[str, Any]:
    return {"msdynmkt_name": "u", "msdynmkt_segmentid": SEGMENT, "msdynmkt_usage": 1, **columns}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def usages(site: Site, *faults: Mapping[str, Any], **tables: Any) -> Usages:
    site.make({"tables": tables, "faults": list(faults)})
    return read(site)


def read(site: Site) -> Usages:
    manifest = site.manifest({"segments": []})

    async def job() -> Usages:
        async with open_session(manifest, None, home=site.home, verbose=False) as session:
            client = session.target.client
            return Usages(await read_real_time_usage(client), await read_outbound_usage(client))

    return asyncio.run(job())


def told(usage: Usage, segment_id: str = SEGMENT) -> list[str]:
    """`journey: roles by evidence` of each use."""
    return [
        f"{use.journey}: {', '.join(sorted(use.roles))} by {', '.join(sorted(use.evidence))}"
        for use in usage.of(segment_id)
    ]


def test_index_and_definition_tell_of_one_use(site: Site) -> None:
    by_index = indexed(msdynmkt_journeyid={"msdynmkt_journey": journey_id(1)}, msdynmkt_usage=3)
    found = usages(site, msdynmkt_journey=[journey(1)], msdynmkt_segmentusage=[by_index]).real_time
    assert told(found) == ["journey 'J1' (live): audience, exclusion by definition, index"]
    assert (found.whole, list(found.findings({SEGMENT: "S"}))) == (True, [])


def test_older_versions_count_only_while_people_are_under_way(site: Site) -> None:
    older = {"msdynmkt_issupersededbylaterversion": True}
    rows = [journey(1, statuscode=3, **older), journey(2, statuscode=5, **older), journey(3, statuscode=3)]
    found = usages(site, msdynmkt_journey=rows).real_time
    assert [line.partition(":")[0] for line in told(found)] == [
        "journey 'J2' (draining)",
        "journey 'J3' (stopped)",
    ]


def test_a_state_that_no_source_names_is_one_that_runs(site: Site) -> None:
    site.make({"tables": {"msdynmkt_journey": [journey(1)]}})
    site.sql("UPDATE msdynmkt_journey SET statuscode = 77")
    [use] = read(site).real_time.of(SEGMENT)
    assert str(use.journey) == "journey 'J1' (77)"
    assert (use.journey.running, use.journey.ended) == (True, False)


def test_users_that_cannot_be_seen_count(site: Site) -> None:
    rows = [
        indexed(msdynmkt_dependententityid={"msdynmkt_segment": journey_id(9)}, msdynmkt_usage=4),
        indexed(msdynmkt_segmentusageid=journey_id(8)),
        indexed(msdynmkt_segmentusageid=journey_id(7), statuscode=2),
    ]
    found = usages(site, msdynmkt_segmentusage=rows).real_time
    assert told(found) == [
        f"journey '{journey_id(8)}' (not visible): audience by index",
        f"journey '{journey_id(9)}' (not visible): branch by index",
    ]
    assert list(found.findings({SEGMENT: "S"})) == []


def test_a_definition_nobody_can_read_counts_and_is_told(site: Site) -> None:
    broken = journey(1, msdynmkt_journeyjson=f'{{"trigger": {SEGMENT}')
    found = usages(site, msdynmkt_journey=[broken]).real_time
    assert told(found) == ["journey 'J1' (live): elsewhere by definition"]
    assert [finding.code for finding in found.findings({})] == ["JRN022"]


def test_outbound_journeys_use_what_they_suppress_too(site: Site) -> None:
    tile = f'[{{"ActivityTypeId": "SegmentItem", "ItemId": "{SEGMENT}", "ContainmentMethod": "Inclusion"}}]'
    row = {
        "msdyncrm_name": "Old",
        "statuscode": 192350003,
        "msdyncrm_workflowdefinition": tile,
        "msdyncrm_suppressionsegmentid": {"msdyncrm_segment": SUPPRESSED},
    }
    found = usages(site, msdyncrm_customerjourney=[row]).outbound
    assert told(found) == ["outbound journey 'Old' (live-editable): audience by definition"]
    assert told(found, SUPPRESSED) == ["outbound journey 'Old' (live-editable): exclusion by definition"]


@pytest.mark.parametrize("table", ["msdynmkt_segmentusage", "msdynmkt_journey", "msdyncrm_customerjourney"])
def test_a_table_that_may_not_be_read_leaves_a_gap(site: Site, table: str) -> None:
    fault = {"on": f"GET {table}s", "do": "drop-privilege", "every": 1}
    found = usages(site, fault, msdynmkt_journey=[journey(1)])
    assert not found.whole
    assert [gap.table for gap in (*found.real_time.gaps, *found.outbound.gaps)] == [table]


def test_many_journeys_are_read_by_pages(site: Site) -> None:
    found = usages(site, msdynmkt_journey=[journey(number) for number in range(300)]).real_time
    assert len(found.of(SEGMENT)) == 300
