from typing import Any

import pytest

from mig.model.tables import Column, ColumnType
from tests.sandbox.conftest import ABSENT, ANN, BASE, BOB, Api, MakeWorld, code, spec

TYPE = "Microsoft.Dynamics.CRM."


@pytest.fixture
def api(make_world: MakeWorld) -> Api:
    column = Column(name="new_code", type=ColumnType.STRING, max_length=20)
    columns = {"contact": (*spec().columns["contact"], column)}
    return Api(make_world(columns=columns, keys={"contact": {"new_code_key": ("new_code",)}}))


def send(api: Api, message: str, *targets: dict[str, Any], kind: str = f"{TYPE}contact") -> Any:
    body = {"Targets": [{**target, "@odata.type": kind} for target in targets]}
    return api.post(f"contacts/{TYPE}{message}", body)


def names(api: Api) -> dict[str, str]:
    return {row["contactid"]: row["lastname"] for row in api.rows("contacts?$select=lastname")}


def test_create_multiple_answers_with_ids_in_order(api: Api) -> None:
    answer = send(api, "CreateMultiple", {"lastname": "1"}, {"contactid": ABSENT, "lastname": "2"})
    assert answer.status_code == 200
    first, second = answer.json()["Ids"]
    assert (names(api)[first], second) == ("1", ABSENT)


def test_update_multiple_takes_the_first_of_two(api: Api) -> None:
    targets = [{"contactid": ANN, "lastname": "1"}, {"contactid": ANN, "lastname": "2"}]
    answer = send(api, "UpdateMultiple", *targets, {"contactid": BOB, "lastname": "3"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (names(api)[ANN], names(api)[BOB]) == ("1", "3")


@pytest.mark.parametrize(
    ("target", "lastname"),
    [
        ({"@odata.id": f"contacts({ANN})"}, "O'Neil"),
        ({"@odata.id": f"{BASE}contacts({ANN})"}, "O'Neil"),
        ({"contactid": ANN}, "O'Neil"),
        ({"@odata.id": f"/contacts({ABSENT})"}, None),
        ({"@odata.id": "contacts(new_code='A/1')"}, None),
        ({"new_code": "A/1"}, None),
    ],
)
def test_upsert_multiple(api: Api, target: dict[str, str], lastname: str | None) -> None:
    for title in ("before", "after"):
        answer = send(api, "UpsertMultiple", {**target, "jobtitle": title})
        assert (answer.status_code, answer.content) == (204, b"")
    (row,) = api.rows("contacts?$filter=jobtitle eq 'after'")
    assert row["lastname"] == lastname
    assert row["new_code"] == ("A/1" if "A/1" in str(target) else None)


@pytest.mark.parametrize(
    ("message", "targets", "refusal"),
    [
        ("CreateMultiple", [{"lastname": "x"}, {"nosuch": 1}], (400, "0x80048d19")),
        ("CreateMultiple", [{"lastname": "x"}, {"contactid": ANN}], (412, "0x80040237")),
        ("CreateMultiple", [{"new_code": "x"}, {"new_code": "x"}], (412, "0x80060892")),
        ("CreateMultiple", [], (400, "0x80048d19")),
        ("UpdateMultiple", [{"contactid": ANN, "lastname": "x"}, {"lastname": "y"}], (400, "0x80048d19")),
        ("UpdateMultiple", [{"contactid": ANN, "lastname": "x"}, {"contactid": ABSENT}], (404, "0x80040217")),
        ("UpdateMultiple", [{"@odata.id": "contacts(new_code='x')"}], (400, "0x80048d19")),
        ("UpsertMultiple", [{"contactid": ANN, "lastname": "x"}, {"contactid": ANN}], (400, "0x80040216")),
        ("UpsertMultiple", [{"contactid": ANN, "lastname": "x"}, {"lastname": "y"}], (400, "0x80048d19")),
        ("UpsertMultiple", [{"@odata.id": "contacts(new_code='x')", "new_code": "x"}], (400, "0x80040216")),
        ("UpsertMultiple", [{"@odata.id": "accounts(name='x')"}], (400, "0x80060890")),
        ("UpsertMultiple", [{"@odata.id": f"accounts({ANN})"}], (400, "0x80048d19")),
        ("UpsertMultiple", [{"@odata.id": 5}], (400, "0x80048d19")),
        ("DeleteMultiple", [{"contactid": ANN}], (501, "0x80040203")),
    ],
)
def test_all_or_nothing(
    api: Api, message: str, targets: list[dict[str, Any]], refusal: tuple[int, str]
) -> None:
    before = names(api)
    assert code(send(api, message, *targets)) == refusal
    assert names(api) == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Targets": {}},
        {"Targets": [{"lastname": "x", "@odata.type": f"{TYPE}contact"}], "More": 1},
        {"Targets": [1]},
        {"Targets": [{"lastname": "x"}]},
        {"Targets": [{"lastname": "x", "@odata.type": f"{TYPE}account"}]},
    ],
)
@pytest.mark.parametrize("message", ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"])
def test_targets_are_rows_that_name_their_type(api: Api, message: str, body: dict[str, Any]) -> None:
    assert code(api.post(f"contacts/{TYPE}{message}", body)) == (400, "0x80048d19")
