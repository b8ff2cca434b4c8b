"""What a world's switches change about its segmentation service."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mig.model.tables import Column, ColumnType
from mig.sandbox.switches import Switches
from tests.sandbox.conftest import ANN, BOB, CONTACTS, FABRIKAM, ZOE, Api, MakeWorld, code, spec
from tests.sandbox.segments import (
    DEFINITION,
    PUBLISH,
    SEGMENT,
    make_segment,
    members,
    reference,
    segment_of,
)
from tests.sandbox.test_reading import cases


def switches_of(given: dict[str, Any]) -> Switches:
    return replace(
        Switches(), **{name: tuple(one) if isinstance(one, list) else one for name, one in given.items()}
    )


def live_pair(number: int, query: str) -> tuple[dict[str, object], dict[str, object]]:
    definition = f"{DEFINITION[:-1]}{number}"
    return (
        {
            "msdynmkt_segmentdefinitionid": definition,
            "msdynmkt_segmentquery": query,
            "statecode": 0,
            "statuscode": 723270000,
        },
        {
            "msdynmkt_segmentid": segment_of(number),
            "msdynmkt_sourcesegmentuid": definition,
            "msdynmkt_baseentitylogicalname": "contact",
            "statecode": 0,
            "statuscode": 1,
        },
    )


def situation() -> dict[str, Any]:
    pairs = [live_pair(2, "PROFILE(contact).FILTER(lastname == 'berg')"), live_pair(3, reference(2))]
    total = Column(name="new_sum", type=ColumnType.INTEGER, computed=True)
    columns = {"contact": (*spec().columns["contact"], total)}
    rows = {
        "account": [{"accountid": FABRIKAM, "name": "Fabrikam", "industrycode": 16, "primarycontactid": BOB}],
        "contact": CONTACTS,
        "msdynmkt_segmentdefinition": [definition for definition, _ in pairs],
        "msdynmkt_segment": [segment for _, segment in pairs],
    }
    return {"rows": rows, "columns": columns}


@pytest.mark.parametrize("case", cases("segment_switches.yaml"), ids=str)
def test_forms(make_world: MakeWorld, case: dict[str, Any]) -> None:
    api = Api(make_world(**situation(), switches=switches_of(case.get("switches", {}))))
    answer = api.post(PUBLISH, {"SegmentId": make_segment(api, case["query"])})
    if "refused" in case:
        assert code(answer) == (400, "0x80040265")
        told = json.loads(answer.json()["error"]["message"])["ResultText"]
        assert case["refused"] in told
        assert told.endswith(f"Position: {case['at']}")
    else:
        assert answer.status_code == 204, answer.text
        api.world.clock.advance(60)
        assert {{ANN: "a", BOB: "b", ZOE: "z"}[member] for member in members(api)["members"]} == set(
            case["finds"]
        )


def test_segments_may_not_take_the_clients_ids(make_world: MakeWorld) -> None:
    api = Api(make_world(switches=Switches(own_ids=False)))
    given = {"msdynmkt_segmentdefinitionid": DEFINITION, "msdynmkt_segmentquery": "PROFILE(contact)"}
    assert code(api.post("msdynmkt_segmentdefinitions", given)) == (400, "0x80040265")
    assert code(api.patch(f"msdynmkt_segments({SEGMENT})", {})) == (400, "0x80040265")
    made = api.post("msdynmkt_segmentdefinitions", {"msdynmkt_segmentquery": "PROFILE(contact)"})
    assert made.status_code == 204
    assert api.post("contacts", {"contactid": SEGMENT}).status_code == 204


@pytest.mark.parametrize("untracked", [(), ("account",)])
def test_the_metadata_tells_which_tables_are_tracked(
    make_world: MakeWorld, untracked: tuple[str, ...]
) -> None:
    api = Api(make_world(switches=Switches(untracked=untracked)))
    tracked = api.row("EntityDefinitions(LogicalName='account')")["ChangeTrackingEnabled"]
    assert tracked is (untracked == ())
