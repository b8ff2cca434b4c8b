import json
from pathlib import Path
from typing import Any

import pytest

from mig.query.evaluate import NotEvaluated
from mig.query.parser import parse
from mig.query.tree import Dialect
from mig.sandbox.segmentation import members_of
from mig.sandbox.worlds import Worlds
from tests.sandbox.conftest import ANN, BOB, CONTACTS, ZOE, Api, MakeWorld, code, spec
from tests.sandbox.segments import DEFINITION, PUBLISH, SEGMENT, definition, make_segment, members, segment
from tests.sandbox.test_reading import cases


@pytest.mark.parametrize("case", cases("publishing.yaml"), ids=lambda case: case["query"])
def test_publish(api: Api, case: dict[str, Any]) -> None:
    made = make_segment(api, case["query"])
    answer = api.post(PUBLISH, {"SegmentId": made})
    if "refused" in case:
        assert code(answer) == (400, "0x80040265")
        assert case["refused"] in json.loads(answer.json()["error"]["message"])["ResultText"]
        assert definition(api)["statuscode"] == 723270001
    else:
        assert (answer.status_code, answer.content) == (204, b"")
        api.world.clock.advance(60)
        found = {{ANN: "a", BOB: "b", ZOE: "z"}[member] for member in members(api)["members"]}
        assert found == set(case["finds"])
        assert segment(api)["msdynmkt_membercount"] == len(found)


def test_a_publication_takes_its_time(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    started = api.world.clock.now()
    api.post(PUBLISH, {"SegmentId": SEGMENT.upper()})
    versions = [(definition(api)["versionnumber"], segment(api)["versionnumber"])]
    seen = []
    for _ in range(30):
        row, state = definition(api), segment(api)
        step = (row["statuscode"], row["msdynmkt_computationstatus"], state["statecode"], state["statuscode"])
        if step not in seen:
            seen.append(step)
            versions.append((row["versionnumber"], state["versionnumber"]))
        api.world.clock.advance(1)
    assert seen == [
        (723270002, 723270003, 1, 5),
        (723270002, 723270000, 1, 6),
        (723270000, 723270001, 0, 1),
    ]
    assert versions[1] < versions[2] < versions[3]
    live = segment(api)
    assert live["msdynmkt_lastevaluated"] == live["msdynmkt_membercount_date"] == live["modifiedon"]
    assert live["msdynmkt_lastevaluated"] < f"{started:%Y-%m-%dT%H:%M:}30Z"
    assert members(api)["primaryKeyColumnName"] == "contactid"


def test_many_publications_settle_at_one_request(api: Api) -> None:
    for number in (1, 2, 3):
        api.post(PUBLISH, {"SegmentId": make_segment(api, "PROFILE(contact)", number)})
    api.world.clock.advance(3600)
    assert {row["statuscode"] for row in api.rows("msdynmkt_segments")} == {1}
    assert {row["statuscode"] for row in api.rows("msdynmkt_segmentdefinitions")} == {723270000}


def test_there_are_no_members_before_it_is_live(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    assert members(api)["members"] == []
    api.post(PUBLISH, {"SegmentId": SEGMENT})
    assert members(api)["members"] == []


def test_publishing_again_is_refused(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    assert api.post(PUBLISH, {"SegmentId": SEGMENT}).status_code == 204
    assert code(api.post(PUBLISH, {"SegmentId": SEGMENT})) == (400, "0x80040265")
    api.world.clock.advance(60)
    assert code(api.post(PUBLISH, {"SegmentId": SEGMENT})) == (400, "0x80040265")


def test_a_reference_means_the_members_as_last_computed(api: Api) -> None:
    first = make_segment(api, "PROFILE(contact).FILTER(lastname == 'berg')")
    name = f"SEGMENT_CJO_ID_{first.replace('-', '')}"
    second = make_segment(api, f"PROFILE(contact) EXCEPT SEGMENT({name})", 2)
    assert code(api.post(PUBLISH, {"SegmentId": second})) == (400, "0x80040265")
    api.post(PUBLISH, {"SegmentId": first})
    api.world.clock.advance(60)
    api.patch(f"contacts({ZOE})", {"lastname": "Changed"})
    assert api.post(PUBLISH, {"SegmentId": second}).status_code == 204
    api.world.clock.advance(60)
    assert members(api, second)["members"] == [ANN]


def test_a_query_that_was_spoilt_on_the_way_ends_in_error(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    api.post(PUBLISH, {"SegmentId": SEGMENT})
    api.patch(f"msdynmkt_segmentdefinitions({DEFINITION})", {"msdynmkt_segmentquery": "PROFILE("})
    api.world.clock.advance(60)
    assert (definition(api)["statuscode"], definition(api)["msdynmkt_computationstatus"]) == (
        723270001,
        723270002,
    )
    assert (segment(api)["statecode"], segment(api)["statuscode"]) == (1, 3)


def test_a_half_that_was_deleted_ends_the_publication(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    api.post(PUBLISH, {"SegmentId": SEGMENT})
    api.delete(f"msdynmkt_segmentdefinitions({DEFINITION})")
    api.world.clock.advance(60)
    assert segment(api)["statuscode"] == 5
    assert code(api.post(PUBLISH, {"SegmentId": SEGMENT})) == (400, "0x80040265")


@pytest.mark.parametrize("column", ["msdynmkt_includedmembers", "msdynmkt_excludedmembers"])
def test_the_older_columns_of_members_are_not_emulated(api: Api, column: str) -> None:
    make_segment(api, "PROFILE(contact)", **{column: ANN})
    assert code(api.post(PUBLISH, {"SegmentId": SEGMENT})) == (501, "0x80004001")


def test_a_publication_outlives_the_process(tmp_path: Path) -> None:
    worlds = Worlds(tmp_path)
    worlds.create("demo", spec())
    with worlds.open("demo") as world:
        make_segment(Api(world), "PROFILE(contact)")
        Api(world).post(PUBLISH, {"SegmentId": SEGMENT})
        world.clock.advance(60)
    with worlds.open("demo") as world:
        assert segment(Api(world))["statuscode"] == 1


def test_segments_that_are_live_from_the_start_have_members(make_world: MakeWorld) -> None:
    queries = {
        1: f"SEGMENT(SEGMENT_CJO_ID_{SEGMENT[:-1].replace('-', '')}2)",
        2: "PROFILE(contact).FILTER(lastname == 'berg')",
        3: "PROFILE(",
    }
    definitions, segments = [], []
    for number, query in queries.items():
        ids = (f"{DEFINITION[:-1]}{number}", f"{SEGMENT[:-1]}{number}")
        definitions.append({"msdynmkt_segmentdefinitionid": ids[0], "msdynmkt_segmentquery": query})
        row = {"msdynmkt_segmentid": ids[1], "msdynmkt_sourcesegmentuid": ids[0]}
        segments.append({**row, "msdynmkt_baseentitylogicalname": "contact", "statecode": 0, "statuscode": 1})
    rows = {"msdynmkt_segmentdefinition": definitions, "msdynmkt_segment": segments, "contact": CONTACTS}
    api = Api(make_world(rows=rows))
    assert members(api)["members"] == members(api, f"{SEGMENT[:-1]}2")["members"] == [BOB, ZOE]
    assert segment(api)["msdynmkt_membercount"] == 2
    assert members(api, f"{SEGMENT[:-1]}3")["members"] == []


def test_a_query_over_the_world(api: Api) -> None:
    make_segment(api, "PROFILE(contact)")
    api.post(PUBLISH, {"SegmentId": SEGMENT})
    api.world.clock.advance(60)
    name = f"SEGMENT_CJO_ID_{SEGMENT.replace('-', '')}"
    query = parse(f"SEGMENT({name}) EXCEPT PROFILE(contact).FILTER(statecode == 1)", Dialect.RTM)
    assert members_of(api.world, query, Dialect.RTM) == ("contact", [ANN, ZOE])


def outbound(number: int, query: str | None, **more: object) -> dict[str, object]:
    return {
        "msdyncrm_segmentid": f"b0000000-0000-0000-0000-00000000000{number}",
        "msdyncrm_segmentquery": query,
        **more,
    }


def test_outbound_references_are_evaluated_in_their_stead(make_world: MakeWorld) -> None:
    static = {
        "msdyncrm_segmenttype": 192350001,
        "msdyncrm_segmentmemberids": f'["crm{ANN.upper()}", "{BOB}"]',
    }
    prefix = "SEGMENT_CRM_ID_b000000000000000000000000000000"
    segments = [
        outbound(1, "PROFILE(contact).FILTER(lastname == 'Berg')", msdyncrm_segmentqueryname="Older_Name"),
        outbound(2, None, **static),
        outbound(3, f"SEGMENT({prefix}3)"),
        outbound(4, "PROFILE("),
        outbound(5, None, **{**static, "msdyncrm_segmentmemberids": "{}"}),
    ]
    world = make_world(rows={"contact": CONTACTS, "msdyncrm_segment": segments})

    def run(text: str) -> tuple[str | None, list[str]]:
        return members_of(world, parse(text, Dialect.OUTBOUND), Dialect.OUTBOUND)

    assert run("SEGMENT(older_name)") == run(f"SEGMENT({prefix}1)") == ("contact", [BOB, ZOE])
    assert run(f"SEGMENT({prefix}2)") == ("contact", [ANN, BOB])
    assert run(f"SEGMENT({prefix}2) EXCEPT SEGMENT({prefix}1)") == ("contact", [ANN])
    for number, what in (
        ("3", "itself"),
        ("4", "does not parse"),
        ("5", "no JSON list"),
        ("9", "no segment"),
    ):
        with pytest.raises(NotEvaluated, match=what):
            run(f"SEGMENT({prefix}{number})")
