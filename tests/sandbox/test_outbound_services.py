"""Outbound marketing's actions, and what each phase leaves of them."""

import json
from typing import Any

import pytest

from mig.sandbox.phases import Services, outbound_services
from mig.sandbox.spec import Phase
from tests.sandbox.conftest import ABSENT, ANN, BOB, CONTACTS, ZOE, Api, MakeWorld, code

VALIDATE = "msdyncrm_ValidateSegment"
FETCH = "msdyncrm_FetchContactsByQuery"
UPDATE = "msdyncrm_SegmentMembersUpdate"
DYNAMIC = "b0000000-0000-0000-0000-000000000001"
STATIC = "b0000000-0000-0000-0000-000000000002"
NAME = "SEGMENT_CRM_ID_b000000000000000000000000000000"
BERGS = "PROFILE(contact).FILTER(lastname == 'berg')"
ROWS = {
    "contact": CONTACTS,
    "msdyncrm_segment": [
        {"msdyncrm_segmentid": DYNAMIC, "msdyncrm_segmenttype": 192350000, "msdyncrm_segmentquery": BERGS},
        {
            "msdyncrm_segmentid": STATIC,
            "msdyncrm_segmenttype": 192350001,
            "msdyncrm_segmentmemberids": f'["crm{ANN}"]',
        },
    ],
}


@pytest.fixture
def live(make_world: MakeWorld) -> Api:
    return Api(make_world(phase=Phase.LIVE, rows=ROWS))


@pytest.mark.parametrize(("phase", "services"), list(zip(Phase, Services, strict=True)))
def test_actions_answer_while_outbound_is_live(
    make_world: MakeWorld, phase: Phase, services: Services
) -> None:
    assert outbound_services(phase) is services
    api = Api(make_world(phase=phase, rows=ROWS))
    answers = [
        api.post(VALIDATE, {"msdyncrm_segmentquery": BERGS}),
        api.post(FETCH, {"Query": BERGS}),
        api.post(UPDATE, {"msdyncrm_segmentid": STATIC, "msdyncrm_operation": "getState"}),
    ]
    if phase is Phase.LIVE:
        assert [answer.status_code for answer in answers] == [200, 200, 200]
    else:
        refusal = (400, "0x80040265") if phase is Phase.HIDDEN else (404, "0x80060888")
        assert [code(answer) for answer in answers] == [refusal] * 3
    assert len(api.rows("msdyncrm_segments")) == 2


@pytest.mark.parametrize(
    ("sent", "good"),
    [
        ({"msdyncrm_segmentquery": "PROFILE(contact)", "statuscode": 192350000}, True),
        ({"msdyncrm_query": "PROFILE(contact)"}, True),
        ({"msdyncrm_segmentquery": "PROFILE(UnknownEntity)", "statuscode": 192350006}, False),
        ({"msdyncrm_segmentquery": "PROFILE("}, False),
        ({"msdyncrm_segmentquery": None}, False),
        ({"msdyncrm_segmentquery": None, "msdyncrm_segmenttype": 192350001}, True),
        ({"msdyncrm_segmentquery": "INTERACTION(EmailOpened, contact_email)"}, True),
    ],
)
def test_validation(live: Api, sent: dict[str, Any], good: bool) -> None:
    answer = live.post(VALIDATE, sent)
    assert answer.status_code == 200
    wrong = [{"ErrorCode": "SegmentDciValidator_SegmentInvalid", "FieldName": "msdyncrm_query"}]
    assert json.loads(answer.json()["ValidationResult"]) == ([] if good else wrong)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (BERGS, [BOB, ZOE]),
        (
            f"(SEGMENT({NAME}1)).ORDERBY(fullname DESC).SELECT(contactid)",
            [ZOE, BOB],
        ),
        ("PROFILE(contact).ORDERBY(fullname ASC).SKIP(1).TAKE(1).SELECT(contactid)", [BOB]),
        (
            f"SEGMENT({NAME}2) UNION PROFILE(contact).FILTER(donotemail == true)",
            [ANN, BOB],
        ),
    ],
)
def test_contacts_are_fetched_by_query(live: Api, query: str, found: list[str]) -> None:
    body = {"Query": query, "FetchXml": "<fetch/>", "Scope": 270100000, "TimeZone": None}
    answer = live.post(FETCH, body)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.json()["Response"])["members"] == found


def test_a_business_unit_limits_the_contacts(live: Api) -> None:
    for unit, count in ((live.world.business_unit, 3), (ABSENT, 0)):
        body = {"Query": "PROFILE(contact)", "Scope": 270100001, "OwningBusinessUnit": unit}
        assert len(json.loads(live.post(FETCH, body).json()["Response"])["members"]) == count


@pytest.mark.parametrize(
    "query",
    [
        "PROFILE(",
        "PROFILE(account)",
        "PROFILE(nosuch)",
        "PROFILE(contact).ORDERBY(nosuch)",
        "PROFILE(contact).TAKE(1) UNION PROFILE(contact)",
        None,
    ],
)
def test_a_bad_query_fetches_nothing(live: Api, query: str | None) -> None:
    assert code(live.post(FETCH, {"Query": query})) == (400, "0x80040265")


def update(api: Api, operation: str, segment: str = STATIC, **more: str) -> Any:
    body = {"msdyncrm_segmentid": segment, "msdyncrm_operation": operation}
    return api.post(UPDATE, {**body, **{f"msdyncrm_{name}": value for name, value in more.items()}})


def state(api: Api) -> str:
    told: str = update(api, "getState").json()["State"]
    return told


def stored(api: Api) -> list[str]:
    row = api.row(f"msdyncrm_segments({STATIC})")
    ids: list[str] = json.loads(row["msdyncrm_segmentmemberids"])
    return ids


def test_members_are_added_and_removed_after_a_while(live: Api) -> None:
    before = live.row(f"msdyncrm_segments({STATIC})")["versionnumber"]
    assert state(live) == "Completed"
    assert update(live, "addByIds", memberids=json.dumps([ZOE.upper(), ABSENT])).status_code == 204
    assert update(live, "removeByIds", memberids=json.dumps([ANN])).status_code == 204
    assert state(live) == "Pending"
    assert stored(live) == [f"crm{ANN}"]
    live.world.clock.advance(60)
    assert state(live) == "Completed"
    assert stored(live) == [ZOE]
    row = live.row(f"msdyncrm_segments({STATIC})")
    assert row["msdyncrm_segmentsize"] == 1
    assert row["versionnumber"] > before


def test_members_are_added_and_removed_by_query(live: Api) -> None:
    update(live, "addByQuery", query=BERGS)
    live.world.clock.advance(60)
    assert stored(live) == [ANN, BOB, ZOE]
    update(live, "removeByQuery", query="PROFILE(contact).FILTER(donotemail == true)")
    live.world.clock.advance(60)
    assert stored(live) == [ANN, ZOE]


def test_requests_of_one_batch_are_all_done(live: Api) -> None:
    before = live.world.clock.now()
    for one in (BOB, ZOE):
        update(live, "addByIds", memberids=json.dumps([one]))
        live.world.clock.advance((before - live.world.clock.now()).total_seconds())
    live.world.clock.advance(60)
    assert stored(live) == [ANN, BOB, ZOE]


@pytest.mark.parametrize(
    ("operation", "segment", "more", "expected"),
    [
        ("addByIds", STATIC, {}, (400, "0x80048d19")),
        ("addByIds", STATIC, {"memberids": '["x"]'}, (400, "0x80048d19")),
        ("addByIds", DYNAMIC, {"memberids": f'["{ANN}"]'}, (400, "0x80040265")),
        ("addByIds", ABSENT, {"memberids": f'["{ANN}"]'}, (404, "0x80040217")),
        ("addByQuery", STATIC, {"query": "PROFILE("}, (400, "0x80040265")),
        ("addByQuery", STATIC, {"query": "PROFILE(account)"}, (400, "0x80040265")),
        ("forget", STATIC, {}, (400, "0x80048d19")),
    ],
)
def test_bad_requests_for_members_are_refused(
    live: Api, operation: str, segment: str, more: dict[str, str], expected: tuple[int, str]
) -> None:
    assert code(update(live, operation, segment, **more)) == expected
    assert state(live) == "Completed"


def test_a_request_for_what_has_become_unreadable_does_nothing(live: Api) -> None:
    update(live, "addByIds", memberids=json.dumps([ZOE]))
    live.patch(f"msdyncrm_segments({STATIC})", {"msdyncrm_segmentmemberids": "{}"})
    live.world.clock.advance(60)
    assert live.row(f"msdyncrm_segments({STATIC})")["msdyncrm_segmentmemberids"] == "{}"
    update(live, "addByIds", memberids=json.dumps([ZOE]))
    live.delete(f"msdyncrm_segments({STATIC})")
    live.world.clock.advance(60)
    assert len(live.rows("msdyncrm_segments")) == 1
