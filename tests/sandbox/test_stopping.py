"""`msdynmkt_StopSegments` and `msdynmkt_SegmentStatus`."""

import json
from typing import Any

import pytest

from mig.sandbox.spec import Deed, Fault
from mig.sandbox.switches import Switches
from tests.sandbox.conftest import ABSENT, Api, MakeWorld, code
from tests.sandbox.segments import (
    DEFINITION,
    PUBLISH,
    SEGMENT,
    definition,
    make_segment,
    members,
    publish,
    reference,
    segment,
    segment_of,
)

STOP = "msdynmkt_StopSegments"
JOURNEY = "90000000-0000-0000-0000-000000000001"


def stop(api: Api, *ids: str) -> list[dict[str, Any]]:
    answer = api.post(STOP, {"SegmentIdList": list(ids)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["stopSingleSegmentResults"]
    assert [one["SegmentId"] for one in found] == [one.lower() for one in ids]
    return found


def statuses(api: Api, number: int = 1) -> tuple[int, int, int]:
    row = segment(api, number)
    return definition(api, number)["statuscode"], row["statecode"], row["statuscode"]


def make_journey(api: Api, **columns: Any) -> None:
    body = {"msdynmkt_journeyid": JOURNEY, "msdynmkt_name": "Welcome", "statecode": 1, "statuscode": 2}
    assert api.post("msdynmkt_journeys", {**body, **columns}).status_code == 204


def test_a_live_segment_stops_and_is_published_again(api: Api) -> None:
    publish(api, "PROFILE(contact)")
    (result,) = stop(api, SEGMENT.upper())
    assert (result["WasStopped"], result["DependentJourneys"], result["DependentSegments"]) == (True, [], [])
    assert statuses(api) == (723270005, 1, 8)
    assert members(api)["members"] == []
    api.world.clock.advance(10)
    assert statuses(api) == (723270006, 1, 9)
    assert api.post(PUBLISH, {"SegmentId": SEGMENT}).status_code == 204
    api.world.clock.advance(60)
    assert statuses(api) == (723270000, 0, 1)
    assert len(members(api)["members"]) == 3


@pytest.mark.parametrize(
    ("json_text", "live", "stopped"),
    [
        (f'{{"trigger": {{"audience": "{SEGMENT}"}}}}', True, False),
        (f'{{"exitCriteria": {{"suppressionSegments": ["{SEGMENT.upper()}"]}}}}', True, False),
        (f'{{"trigger": {{"audience": "{ABSENT}"}}}}', True, True),
        (f'{{"trigger": {{"audience": "{SEGMENT}"}}}}', False, True),
    ],
)
def test_a_live_journey_holds_its_segments(api: Api, json_text: str, live: bool, stopped: bool) -> None:
    publish(api, "PROFILE(contact)")
    state = {} if live else {"statecode": 2, "statuscode": 3}
    make_journey(api, msdynmkt_journeyjson=json_text, **state)
    (result,) = stop(api, SEGMENT)
    assert result["WasStopped"] is stopped
    assert result["DependentJourneys"] == ([] if stopped else [JOURNEY])
    assert statuses(api)[0] == (723270005 if stopped else 723270000)


def test_rows_of_usage_count_as_uses(api: Api) -> None:
    publish(api, "PROFILE(contact)")
    make_journey(api)
    usage = {
        "msdynmkt_name": "Welcome",
        "msdynmkt_segmentid": SEGMENT,
        "msdynmkt_JourneyId@odata.bind": f"/msdynmkt_journeys({JOURNEY})",
        "msdynmkt_TargetSegmentId@odata.bind": f"/msdynmkt_segments({SEGMENT})",
    }
    assert api.post("msdynmkt_segmentusages", usage).status_code == 204
    assert stop(api, SEGMENT)[0]["DependentJourneys"] == [JOURNEY]


def test_a_segment_holds_those_it_refers_to(api: Api) -> None:
    first = publish(api, "PROFILE(contact)")
    second = publish(api, f"{reference(1)} EXCEPT PROFILE(contact).FILTER(statecode == 1)", 2)
    (result,) = stop(api, first)
    assert (result["WasStopped"], result["DependentSegments"]) == (False, [second])
    assert [one["WasStopped"] for one in stop(api, second, first)] == [True, True]


def test_only_live_segments_stop(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    results = stop(api, SEGMENT, ABSENT)
    assert [one["WasStopped"] for one in results] == [False, False]
    assert statuses(api)[0] == 723270001
    assert api.post(STOP, {"SegmentIdList": []}).json()["stopSingleSegmentResults"] == []


@pytest.mark.parametrize("sent", [{}, {"SegmentIdList": SEGMENT}, {"SegmentIdList": ["x"]}])
def test_the_list_is_checked(api: Api, sent: dict[str, Any]) -> None:
    assert code(api.post(STOP, sent)) == (400, "0x80048d19")


def test_a_draft_that_is_published_anew_forgets_what_was_under_way(api: Api) -> None:
    publish(api, "PROFILE(contact)")
    stop(api, SEGMENT)
    draft = {"statuscode": 723270001}
    for _ in range(2):
        assert api.patch(f"msdynmkt_segmentdefinitions({DEFINITION})", draft).status_code == 204
        assert api.post(PUBLISH, {"SegmentId": SEGMENT}).status_code == 204
    api.world.clock.advance(60)
    assert statuses(api) == (723270000, 0, 1)
    assert len(members(api)["members"]) == 3


def test_a_half_that_was_deleted_ends_the_stopping(api: Api) -> None:
    publish(api, "PROFILE(contact)")
    stop(api, SEGMENT)
    api.delete(f"msdynmkt_segmentdefinitions({DEFINITION})")
    api.world.clock.advance(60)
    assert segment(api)["statuscode"] == 8


def execution(api: Api) -> Any:
    answer = api.post("msdynmkt_SegmentStatus", {"SegmentId": SEGMENT}).json()
    return json.loads(answer["ResultText"])["lastExecution"]


def test_the_status_tells_how_the_last_computation_went(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    assert execution(api) is None
    api.post(PUBLISH, {"SegmentId": SEGMENT})
    seen = []
    for _ in range(5):
        seen.append(execution(api)["status"])
        api.world.clock.advance(6)
    assert list(dict.fromkeys(seen)) == ["NotStarted", "InProgress", "Success"]


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        ("warnings", (723270004, 1, 7)),
        ("error", (723270001, 1, 3)),
        ("faulted", (723270001, 1, 11)),
    ],
)
def test_publications_may_end_otherwise(
    make_world: MakeWorld, ends: str, found: tuple[int, int, int]
) -> None:
    api = Api(make_world(switches=Switches(publishing_ends=ends)))
    publish(api, "PROFILE(contact)")
    assert statuses(api) == found
    assert len(members(api)["members"]) == (3 if ends == "warnings" else 0)
    assert stop(api, segment_of(1))[0]["WasStopped"] is (ends == "warnings")


def test_a_fault_keeps_a_publication_from_ending(make_world: MakeWorld) -> None:
    fault = Fault(f"POST */{PUBLISH}", Deed.STUCK_PUBLISHING, nth=2)
    api = Api(make_world(faults=(fault,)))
    assert code(api.post(PUBLISH, {"SegmentId": make_segment(api, "PROFILE(", 3)})) == (400, "0x80040265")
    for number in (1, 2):
        publish(api, "PROFILE(contact)", number)
    api.world.clock.advance(7200)
    assert statuses(api, 1) == (723270000, 0, 1)
    assert statuses(api, 2) == (723270002, 1, 5)
