from typing import Any

import pytest

from tests.sandbox.conftest import ANN, BOB, ZOE, Api, MakeWorld, code
from tests.sandbox.test_deleting import CHECKIN, REGISTRATION, make

NOW = "2026-11-22T09:00:00Z"


def condition(column: str, operator: str, *values: object) -> dict[str, Any]:
    return {"AttributeName": column, "Operator": operator, "Values": list(values)}


def query(*conditions: dict[str, Any], table: str = "contact", **more: Any) -> dict[str, Any]:
    """As Microsoft's Python SDK writes one."""
    kind = "Microsoft.Dynamics.CRM."
    return {
        "@odata.type": f"{kind}QueryExpression",
        "EntityName": table,
        "ColumnSet": {"@odata.type": f"{kind}ColumnSet", "AllColumns": False, "Columns": []},
        "Criteria": {
            "@odata.type": f"{kind}FilterExpression",
            "FilterOperator": "And",
            "Conditions": [
                {"@odata.type": f"{kind}ConditionExpression", **condition} for condition in conditions
            ],
        },
        **more,
    }


def ask(api: Api, *queries: dict[str, Any], **more: Any) -> Any:
    body = {
        "JobName": "Bulk delete",
        "SendEmailNotification": False,
        "ToRecipients": [],
        "CCRecipients": [],
        "RecurrencePattern": "",
        "StartDateTime": NOW,
        "QuerySet": list(queries),
    }
    return api.post("BulkDelete", {**body, **more})


def job(api: Api, answer: Any) -> dict[str, Any]:
    return api.row(f"asyncoperations({answer.json()['JobId']})")


def state(api: Api, answer: Any) -> tuple[int, int]:
    row = job(api, answer)
    return row["statecode"], row["statuscode"]


def ids(api: Api) -> set[str]:
    return {row["contactid"] for row in api.rows("contacts?$select=contactid")}


def test_rows_go_when_the_job_ends(api: Api) -> None:
    values = [{"Value": row, "Type": "System.Guid"} for row in (ANN, BOB.upper())]
    answer = ask(api, query(condition("contactid", "In", *values)))
    assert answer.status_code == 200
    assert state(api, answer) == (0, 0)
    api.world.clock.advance(5)
    assert state(api, answer) == (2, 20)
    assert ids(api) == {ANN, BOB, ZOE}
    api.world.clock.advance(10)
    assert state(api, answer) == (3, 30)
    assert ids(api) == {ZOE}
    row = job(api, answer)
    assert (row["name"], row["operationtype"]) == ("Bulk delete", 13)
    assert row["startedon"] == "2026-11-22T09:00:06Z"
    assert row["completedon"] == "2026-11-22T09:00:16Z"


def test_only_rows_that_were_there_at_the_start_go(api: Api) -> None:
    ask(api, query(condition("donotemail", "Equal", True)))
    api.patch(f"contacts({ANN})", {"donotemail": True})
    api.world.clock.advance(5)
    api.get("contacts")
    api.patch(f"contacts({ZOE})", {"donotemail": True})
    api.world.clock.advance(100)
    assert ids(api) == {ZOE}


def test_a_job_waits_for_its_time(api: Api) -> None:
    answer = ask(api, query(), StartDateTime="2026-11-22T10:00:00+00:00")
    api.world.clock.advance(1800)
    assert state(api, answer) == (0, 0)
    api.world.clock.advance(3600)
    assert state(api, answer) == (3, 30)
    assert ids(api) == set()


def test_a_row_that_another_one_holds_stays(api: Api) -> None:
    registration = ("msevtmgt_eventregistration", REGISTRATION)
    make(api, "msevtmgt_eventregistration", REGISTRATION)
    make(api, "msevtmgt_checkin", CHECKIN, msevtmgt_registrationid=registration)
    make(api, "msevtmgt_eventregistration", ANN)
    answer = ask(api, query(table="msevtmgt_eventregistration"))
    api.world.clock.advance(60)
    assert job(api, answer)["message"] == "1 rows could not be deleted."
    (kept,) = api.rows("msevtmgt_eventregistrations")
    assert kept["msevtmgt_eventregistrationid"] == REGISTRATION


@pytest.mark.parametrize(
    ("criteria", "going"),
    [
        ({}, {ANN, BOB, ZOE}),
        ({"Conditions": [condition("lastname", "Equal", "BERG")]}, {BOB, ZOE}),
        ({"Conditions": [condition("lastname", "NotEqual", "berg")]}, {ANN}),
        ({"Conditions": [condition("contactid", "NotIn", ANN)]}, {BOB, ZOE}),
        ({"Conditions": [condition("new_tier", "Null")]}, {ZOE}),
        ({"Conditions": [condition("new_tier", "NotNull")]}, {ANN, BOB}),
        ({"Conditions": [condition("new_tier", "In", {"Value": "2", "Type": "System.Int32"})]}, {BOB}),
        ({"Conditions": [condition("new_tier", "Equal", 1), condition("lastname", "Equal", "x")]}, set()),
        (
            {
                "FilterOperator": "Or",
                "Conditions": [condition("new_tier", "Equal", 1)],
                "Filters": [{"Conditions": [condition("lastname", "Equal", "berg")]}],
            },
            {ANN, BOB, ZOE},
        ),
    ],
)
def test_queries(api: Api, criteria: dict[str, Any], going: set[str]) -> None:
    ask(api, query(Criteria=criteria))
    api.world.clock.advance(60)
    assert {ANN, BOB, ZOE} - ids(api) == going


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"JobName": None}, (400, "0x80048d19")),
        ({"QuerySet": []}, (400, "0x80048d19")),
        ({"QuerySet": ["x"]}, (400, "0x80048d19")),
        ({"StartDateTime": "soon"}, (400, "0x80048d19")),
        ({"StartDateTime": None}, (400, "0x80048d19")),
        ({"RecurrencePattern": "FREQ=DAILY"}, (501, "0x80004001")),
        ({"SendEmailNotification": True}, (501, "0x80004001")),
        ({"Nosuch": 1}, (400, "0x80048d19")),
        ({"QuerySet": [query(table="msdynmkt_virtualsegment")]}, (501, "0x80004001")),
        ({"QuerySet": [query(condition("new_score", "In", "nan"))]}, (400, "0x80048d19")),
        ({"QuerySet": [query(table="nosuch")]}, (400, "0x80048d19")),
        ({"QuerySet": [query(LinkEntities=[{}])]}, (501, "0x80004001")),
        ({"QuerySet": [query(condition("nosuch", "Null"))]}, (400, "0x80060888")),
        ({"QuerySet": [query(condition("lastname", "Like", "B%"))]}, (501, "0x80004001")),
        ({"QuerySet": [query(condition("lastname", "Equal"))]}, (400, "0x80048d19")),
        ({"QuerySet": [query(condition("contactid", "In", "x"))]}, (400, "0x80060888")),
        ({"QuerySet": [query(condition("new_tier", "In", "x"))]}, (400, "0x80048d19")),
        ({"QuerySet": [query(condition("new_tier", "In", [1]))]}, (400, "0x80048d19")),
        ({"QuerySet": [query(Criteria={"FilterOperator": "Xor"})]}, (400, "0x80048d19")),
        ({"QuerySet": [query(Criteria={"Conditions": "x"})]}, (400, "0x80048d19")),
        ({"QuerySet": [query(Criteria=[1])]}, (400, "0x80048d19")),
        ({"QuerySet": [query(Criteria={"Conditons": [{}]})]}, (501, "0x80004001")),
        ({"QuerySet": [query({**condition("lastname", "Null"), "EntityName": "c"})]}, (501, "0x80004001")),
        (
            {"QuerySet": [query({"AttributeName": "lastname", "Operator": "In", "Values": 5})]},
            (400, "0x80048d19"),
        ),
    ],
)
def test_refused(api: Api, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    assert code(ask(api, query(), **body)) == refusal
    assert api.rows("asyncoperations") == []


def test_a_job_goes_on_where_another_process_left_it(make_world: MakeWorld) -> None:
    api = Api(make_world())
    answer = ask(api, query())
    api.world.clock.advance(5)
    assert state(api, answer) == (2, 20)
    due = "SELECT count(*) FROM _bulk_deletes"
    assert api.world.connection.execute(due).fetchone() == (1,)
    api.world.clock.advance(10)
    assert state(api, answer) == (3, 30)
    assert api.world.connection.execute(due).fetchone() == (0,)
