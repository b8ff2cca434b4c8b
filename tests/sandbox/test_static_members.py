"""Static groups of real-time segments."""

import json
from typing import Any
from uuid import UUID

import pytest

from mig.sandbox.world import World
from tests.sandbox.conftest import ABSENT, ANN, BOB, ZOE, Api, code
from tests.sandbox.segments import DEFINITION, PUBLISH, SEGMENT, make_segment, members, publish, segment

ADD, REMOVE, LIST = "msdynmkt_AddStaticMembers", "msdynmkt_RemoveStaticMembers", "msdynmkt_ListGroupMembers"
IN = "f0000000-0000-0000-0000-000000000001"
OUT = "f0000000-0000-0000-0000-000000000002"
NAMES = {ANN: "a", BOB: "b", ZOE: "z"}


def groups(*entries: tuple[str, str]) -> str:
    return json.dumps(
        [
            {"groupId": one, "includeType": kind, "name": "x", "inputType": "manualSelect"}
            for one, kind in entries
        ]
    )


BOTH = groups((IN, "Include"), (OUT, "Exclude"))


def body(group: str, *ids: str, **more: Any) -> dict[str, Any]:
    return {"SegmentId": SEGMENT, "GroupId": group, **({"EntityIds": list(ids)} if ids else {}), **more}


def page(api: Api, number: int, size: int) -> list[str]:
    answer = api.post(LIST, body(IN, PageNo=number, PageSize=size))
    assert answer.status_code == 200, answer.text
    found: list[str] = json.loads(answer.json()["Response"])["entityIds"]
    return found


def many(count: int) -> list[str]:
    return [str(UUID(int=number)) for number in range(count)]


@pytest.mark.parametrize(
    ("query", "inside", "outside", "finds"),
    [
        ("", [ANN, BOB], [BOB], "a"),
        ("", [ANN, ABSENT], [], "a"),
        ("", [], [ANN], ""),
        ("PROFILE(contact).FILTER(lastname == 'berg')", [ANN], [ZOE], "ab"),
        ("PROFILE(contact)", [ANN], [], "abz"),
    ],
)
def test_members_are_those_of_the_query_and_of_the_groups(
    api: Api, query: str, inside: list[str], outside: list[str], finds: str
) -> None:
    make_segment(api, query, msdynmkt_staticlistmembers=BOTH)
    for group, ids in ((IN, inside), (OUT, outside)):
        if ids:
            assert api.post(ADD, body(group, *ids)).status_code == 204
    assert api.post(PUBLISH, {"SegmentId": SEGMENT}).status_code == 204
    api.world.clock.advance(60)
    assert {NAMES[member] for member in members(api)["members"]} == set(finds)
    assert segment(api)["msdynmkt_membercount"] == len(finds)


def test_a_group_is_listed_page_by_page(api: Api) -> None:
    make_segment(api, "", msdynmkt_staticlistmembers=BOTH)
    assert page(api, 1, 5000) == []
    api.post(ADD, body(IN, *many(7), many(7)[0].upper()))
    api.post(ADD, body(OUT, ANN))
    assert page(api, 1, 5) + page(api, 2, 5) == many(7)
    api.post(REMOVE, body(IN, *many(5), ANN))
    assert page(api, 1, 5) == many(7)[5:]


def test_what_is_added_to_a_live_segment_counts_at_its_next_refresh(api: Api) -> None:
    make_segment(api, "", msdynmkt_staticlistmembers=BOTH)
    api.post(ADD, body(IN, ANN))
    api.post(PUBLISH, {"SegmentId": SEGMENT})
    api.world.clock.advance(3600)
    assert members(api)["members"] == [ANN]
    api.post(ADD, body(IN, BOB))
    assert members(api)["members"] == [ANN]
    api.world.clock.advance(3600)
    assert members(api)["members"] == [ANN, BOB]


def test_a_call_takes_a_thousand_ids_and_a_group_two_hundred_thousand(api: Api) -> None:
    make_segment(api, "", msdynmkt_staticlistmembers=BOTH)
    assert code(api.post(ADD, body(IN, *many(1001)))) == (400, "0x80040265")
    assert api.post(ADD, body(IN, *many(1000))).status_code == 204
    fill(api.world, 200_000)
    assert code(api.post(ADD, body(IN, ANN))) == (400, "0x80040265")
    assert api.post(ADD, body(IN, *many(5))).status_code == 204  # they are in it
    assert api.post(ADD, body(OUT, ANN)).status_code == 204
    assert len(page(api, 40, 5000)) == 5000
    assert page(api, 41, 5000) == []


def fill(world: World, size: int) -> None:
    """As if that many ids had been added, a thousand a call."""
    key = (DEFINITION, IN)
    (number,) = world.connection.execute(
        'SELECT number FROM _groups WHERE definition = ? AND "group" = ?', key
    ).fetchone()
    rows = ((number, one) for one in many(size))
    with world.transaction():
        world.connection.executemany("INSERT OR IGNORE INTO _static VALUES (?, ?)", rows)
        world.connection.execute("UPDATE _groups SET size = ? WHERE number = ?", (size, number))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{}", "no"),
        ("[", "no"),
        ('[{"groupId": "x", "includeType": "Include"}]', "groupId"),
        (groups((IN, "Perhaps")), "includeType"),
        (groups((IN, "Include"), (IN, "Exclude")), "same groupId"),
        (groups(*((one, "Include") for one in many(11))), "at most 10"),
    ],
)
def test_groups_are_checked(api: Api, text: str, what: str) -> None:
    make_segment(api, "", msdynmkt_staticlistmembers=text)
    for answer in (api.post(PUBLISH, {"SegmentId": SEGMENT}), api.post(ADD, body(IN, ANN))):
        assert code(answer) == (400, "0x80040265")
        assert what in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("action", "sent", "expected"),
    [
        (ADD, body(IN), (400, "0x80048d19")),
        (ADD, body(IN, EntityIds="x"), (400, "0x80048d19")),
        (ADD, body(IN, "x"), (400, "0x80048d19")),
        (ADD, body("x", ANN), (400, "0x80048d19")),
        (ADD, body(ABSENT, ANN), (400, "0x80040265")),
        (ADD, {**body(IN, ANN), "SegmentId": ABSENT}, (404, "0x80040217")),
        (LIST, body(IN, PageNo=0, PageSize=5), (400, "0x80048d19")),
        (LIST, body(IN, PageNo=1), (400, "0x80048d19")),
    ],
)
def test_parameters_are_checked(
    api: Api, action: str, sent: dict[str, Any], expected: tuple[int, str]
) -> None:
    make_segment(api, "", msdynmkt_staticlistmembers=BOTH)
    assert code(api.post(action, sent)) == expected


def test_a_dynamic_segment_has_no_groups(api: Api) -> None:
    publish(api, "PROFILE(contact)")
    assert code(api.post(ADD, body(IN, ANN))) == (400, "0x80040265")
