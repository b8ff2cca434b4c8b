"""Live segments over the clock: refresh and expiry."""

from datetime import timedelta
from typing import Any

import pytest

from mig.sandbox.worlds import Worlds
from tests.sandbox.conftest import ANN, BOB, CONTACTS, NOW, ZOE, Api, MakeWorld, spec
from tests.sandbox.segments import (
    DEFINITION,
    PUBLISH,
    SEGMENT,
    definition,
    members,
    publish,
    reference,
    segment,
    segment_of,
)
from tests.sandbox.test_stopping import make_journey, statuses, stop

BERGS = "PROFILE(contact).FILTER(lastname == 'berg')"
HOUR, DAY = 3600, 86_400


def evaluated(api: Api, number: int = 1) -> str:
    moment: str = segment(api, number)["msdynmkt_lastevaluated"]
    return moment


def test_a_refresh_changes_counts_times_and_versions(api: Api) -> None:
    publish(api, BERGS)
    before, of_definition = segment(api), definition(api)
    api.patch(f"contacts({ANN})", {"lastname": "Berg"})
    assert members(api)["members"] == [BOB, ZOE]
    api.world.clock.advance(HOUR)
    after = segment(api)
    assert members(api)["members"] == [ANN, BOB, ZOE]
    assert (before["msdynmkt_membercount"], after["msdynmkt_membercount"]) == (2, 3)
    assert after["versionnumber"] > before["versionnumber"]
    assert after["msdynmkt_lastevaluated"] == after["modifiedon"] == "2026-11-22T10:00:00Z"
    assert definition(api)["versionnumber"] > of_definition["versionnumber"]
    assert statuses(api) == (723270000, 0, 1)


def test_a_refresh_finds_what_was_deleted_and_what_was_added(api: Api) -> None:
    publish(api, BERGS)
    for _ in range(2):
        api.world.clock.advance(HOUR)
        assert members(api)["members"] == [BOB, ZOE]
    api.delete(f"contacts({BOB})")
    api.world.clock.advance(HOUR)
    assert members(api)["members"] == [ZOE]
    new = "c0000000-0000-0000-0000-000000000009"
    api.post("contacts", {"contactid": new, "lastname": "Berg"})
    api.world.clock.advance(HOUR)
    assert members(api)["members"] == [ZOE, new]


def test_a_relative_date_moves_with_the_clock(api: Api) -> None:
    api.patch(f"contacts({ANN})", {"new_called": "2026-11-22T09:00:00Z"})
    publish(api, "PROFILE(contact).FILTER(DATEDIFF(hour, new_called, DATETIMEUTCNOW()) >= 5)")
    assert members(api)["members"] == []
    api.world.clock.advance(6 * HOUR)
    assert members(api)["members"] == [ANN]


def test_references_see_what_the_refresh_found(api: Api) -> None:
    publish(api, BERGS, 2)
    publish(api, reference(2), 1)
    api.patch(f"contacts({ANN})", {"lastname": "Berg"})
    api.world.clock.advance(HOUR)
    assert members(api)["members"] == [ANN, BOB, ZOE]


def test_a_chain_of_references_is_refreshed_from_its_end(api: Api) -> None:
    publish(api, BERGS, 3)
    publish(api, reference(3), 1)
    publish(api, reference(1), 2)
    api.patch(f"contacts({ANN})", {"lastname": "Berg"})
    api.world.clock.advance(HOUR)
    assert members(api, segment_of(2))["members"] == [ANN, BOB, ZOE]


def test_segments_that_refer_to_each_other_go_on(api: Api) -> None:
    publish(api, BERGS, 1)
    publish(api, reference(1), 2)
    query = {"msdynmkt_segmentquery": f"{reference(2)} UNION {BERGS}"}
    api.patch(f"msdynmkt_segmentdefinitions({DEFINITION})", query)
    api.patch(f"contacts({ANN})", {"lastname": "Berg"})
    api.world.clock.advance(HOUR)
    assert members(api, segment_of(1))["members"] == members(api, segment_of(2))["members"] == [ANN, BOB, ZOE]


def test_unused_segments_are_refreshed_once_a_day_after_their_first(api: Api) -> None:
    publish(api, BERGS)
    api.world.clock.advance(DAY)
    first = evaluated(api)
    api.world.clock.advance(HOUR)
    assert evaluated(api) == first
    api.world.clock.advance(DAY)
    assert evaluated(api) > first


def test_a_used_segment_goes_on_every_half_hour(api: Api) -> None:
    publish(api, BERGS)
    make_journey(api, msdynmkt_journeyjson=f'{{"trigger": {{"audience": "{SEGMENT}"}}}}')
    api.world.clock.advance(3 * DAY)
    first = evaluated(api)
    api.world.clock.advance(HOUR / 2)
    assert evaluated(api) > first


@pytest.mark.parametrize(
    "columns",
    [
        {"msdynmkt_disablesegmentrefresh": True},
        {"msdynmkt_stoprefreshafter": "2026-11-22T09:10:00Z"},
        {"msdynmkt_disablesegmentrefresh": True, "msdynmkt_segmentrefreshintervalminutes": 15},
    ],
)
def test_refresh_can_be_off(api: Api, columns: dict[str, Any]) -> None:
    publish(api, BERGS, **columns)
    before = segment(api)
    api.world.clock.advance(DAY)
    assert segment(api) == before


def test_a_segment_that_nobody_uses_expires(api: Api) -> None:
    publish(api, BERGS)
    api.world.clock.advance(119 * DAY)
    assert statuses(api) == (723270000, 0, 1)
    api.world.clock.advance(2 * DAY)
    assert statuses(api) == (723270006, 1, 10)
    assert members(api)["members"] == []
    assert api.post(PUBLISH, {"SegmentId": SEGMENT}).status_code == 204
    api.world.clock.advance(60)
    assert statuses(api) == (723270000, 0, 1)


def test_use_keeps_a_segment_from_expiring(api: Api) -> None:
    publish(api, BERGS, 2)
    publish(api, reference(2), 1)
    make_journey(api, msdynmkt_journeyjson=f'{{"trigger": {{"audience": "{SEGMENT}"}}}}')
    api.world.clock.advance(500 * DAY)
    assert statuses(api) == statuses(api, 2) == (723270000, 0, 1)


def test_a_query_that_was_spoilt_while_live_ends_in_error(api: Api) -> None:
    publish(api, BERGS)
    api.patch(f"msdynmkt_segmentdefinitions({DEFINITION})", {"msdynmkt_segmentquery": "PROFILE("})
    api.world.clock.advance(HOUR)
    assert statuses(api) == (723270001, 1, 3)
    assert members(api)["members"] == []


def test_a_status_written_by_a_client_ends_the_refresh(api: Api) -> None:
    publish(api, BERGS)
    api.patch(f"msdynmkt_segmentdefinitions({DEFINITION})", {"statuscode": 723270001})
    before = segment(api)
    api.world.clock.advance(HOUR)
    assert segment(api) == before


def test_a_half_that_was_deleted_ends_the_refresh(api: Api) -> None:
    publish(api, BERGS)
    api.delete(f"msdynmkt_segmentdefinitions({DEFINITION})")
    before = segment(api)
    api.world.clock.advance(HOUR)
    assert segment(api) == before


def test_a_stopped_segment_is_not_refreshed(api: Api) -> None:
    publish(api, BERGS)
    stop(api, SEGMENT)
    api.world.clock.advance(60)
    before = segment(api)
    api.world.clock.advance(DAY)
    assert segment(api) == before


def test_publications_under_way_are_refreshed_after_they_end(api: Api) -> None:
    publish(api, BERGS)
    api.world.clock.advance((NOW + timedelta(minutes=29, seconds=50) - api.world.clock.now()).total_seconds())
    stop(api, SEGMENT)
    api.world.clock.advance(DAY)
    assert statuses(api)[0] == 723270006


def test_segments_that_are_live_from_the_start_are_refreshed(tmp_path: Any, make_world: MakeWorld) -> None:
    row = {
        "msdynmkt_segmentdefinitionid": DEFINITION,
        "msdynmkt_segmentquery": BERGS,
        "statuscode": 723270000,
    }
    pair = {"msdynmkt_segmentid": SEGMENT, "msdynmkt_sourcesegmentuid": DEFINITION}
    live = {**pair, "msdynmkt_baseentitylogicalname": "contact", "statecode": 0, "statuscode": 1}
    rows = {"msdynmkt_segmentdefinition": [row], "msdynmkt_segment": [live], "contact": CONTACTS}
    api = Api(make_world(rows=rows))
    api.patch(f"contacts({ANN})", {"lastname": "Berg"})
    api.world.clock.advance(HOUR)
    assert members(api)["members"] == [ANN, BOB, ZOE]
    assert evaluated(api) == "2026-11-22T10:00:00Z"


def test_refresh_goes_on_in_another_process(tmp_path: Any) -> None:
    worlds = Worlds(tmp_path)
    worlds.create("demo", spec())
    with worlds.open("demo") as world:
        publish(Api(world), BERGS)
    with worlds.open("demo") as world:
        world.clock.advance(HOUR)
        assert evaluated(Api(world)) == "2026-11-22T10:00:00Z"
