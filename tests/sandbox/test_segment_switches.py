"""What a world's switches change about its segmentation service."""

import json
import re
from dataclasses import replace
from typing import Any

import httpx
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
from tests.sandbox.test_batch import answers, batch, change_set, part, send
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


def given(row: str) -> dict[str, object]:
    return {"msdynmkt_segmentdefinitionid": row, "msdynmkt_segmentquery": "PROFILE(contact)"}


def made(answer: httpx.Response) -> str:
    """The id that a new row got."""
    return answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")


def test_segments_may_not_take_the_clients_ids(make_world: MakeWorld) -> None:
    api = Api(make_world(switches=Switches(own_ids=False)))
    assert code(api.post("msdynmkt_segmentdefinitions", given(DEFINITION))) == (400, "0x80040265")
    assert code(api.patch(f"msdynmkt_segments({SEGMENT})", {})) == (400, "0x80040265")
    answer = api.post("msdynmkt_segmentdefinitions", {"msdynmkt_segmentquery": "PROFILE(contact)"})
    assert answer.status_code == 204
    assert api.post("contacts", {"contactid": SEGMENT}).status_code == 204


def test_segments_may_pass_over_the_clients_ids(make_world: MakeWorld) -> None:
    api = Api(make_world(switches=Switches(own_ids=False, untaken_ids="ignored")))
    posted = [made(api.post("msdynmkt_segmentdefinitions", given(DEFINITION))) for _ in range(2)]
    upserted = made(api.patch(f"msdynmkt_segmentdefinitions({DEFINITION})", {}))
    assert len({*posted, upserted, DEFINITION}) == 4
    for row in (*posted, upserted):
        assert api.row(f"msdynmkt_segmentdefinitions({row})")["msdynmkt_segmentdefinitionid"] == row
    assert api.get(f"msdynmkt_segmentdefinitions({DEFINITION})").status_code == 404
    assert api.post("contacts", {"contactid": SEGMENT}).status_code == 204
    assert api.row(f"contacts({SEGMENT})")


@pytest.mark.parametrize("untaken", ["refused", "ignored"])
def test_a_content_id_means_the_row_that_was_made(make_world: MakeWorld, untaken: str) -> None:
    api = Api(make_world(switches=Switches(own_ids=False, untaken_ids=untaken)))
    body = {"msdynmkt_name": "first", **(given(DEFINITION) if untaken == "ignored" else {})}
    making = part("POST", "msdynmkt_segmentdefinitions", body, "1")
    renaming = part("PATCH", "$1", {"msdynmkt_name": "renamed"}, "2")
    first, second = answers(send(api, batch(change_set(making, renaming))))
    assert (first.status, second.status) == (204, 204)
    [row] = re.findall(r"OData-EntityId: \S+\((.+)\)", first.headers)
    assert row != DEFINITION
    assert api.row(f"msdynmkt_segmentdefinitions({row})")["msdynmkt_name"] == "renamed"


@pytest.mark.parametrize("untracked", [(), ("account",)])
def test_the_metadata_tells_which_tables_are_tracked(
    make_world: MakeWorld, untracked: tuple[str, ...]
) -> None:
    api = Api(make_world(switches=Switches(untracked=untracked)))
    tracked = api.row("EntityDefinitions(LogicalName='account')")["ChangeTrackingEnabled"]
    assert tracked is (untracked == ())
