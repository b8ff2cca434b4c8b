from typing import Any

import pytest

from mig.sandbox.switches import Switches
from tests.sandbox.conftest import ABSENT, ANN, BASE, BOB, CONTACTS, FABRIKAM, Api, MakeWorld, code

PATCH_MATRIX = [
    # headers, row exists, row absent: status and, when refused, code
    ({}, (204, None), (204, None)),
    ({"If-Match": "*"}, (204, None), (404, "0x80040217")),
    ({"If-Match": "null"}, (204, None), (204, None)),
    ({"If-Match": 'W/"1"'}, (412, "0x80060882"), (404, "0x80040217")),
    ({"If-None-Match": "*"}, (412, "0x80040237"), (204, None)),
]


def outcome(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["error"]["code"] if answer.content else None


@pytest.mark.parametrize(("headers", "exists", "absent"), PATCH_MATRIX, ids=lambda value: str(value))
def test_patch_matrix(
    api: Api, headers: dict[str, str], exists: tuple[int, str | None], absent: tuple[int, str | None]
) -> None:
    api.patch(f"contacts({ANN})", {"jobtitle": "before"})
    assert outcome(api.patch(f"contacts({ANN})", {"jobtitle": "after"}, headers=headers)) == exists
    assert outcome(api.patch(f"contacts({ABSENT})", {"jobtitle": "after"}, headers=headers)) == absent
    titles = {row["contactid"]: row["jobtitle"] for row in api.rows("contacts?$select=jobtitle")}
    assert titles[ANN] == ("after" if exists[0] == 204 else "before")
    assert titles.get(ABSENT) == ("after" if absent[0] == 204 else None)


def test_create_answers_with_the_rows_url(api: Api) -> None:
    answer = api.post("contacts", {"lastname": "New"})
    assert (answer.status_code, answer.content) == (204, b"")
    url = answer.headers["odata-entityid"]
    assert url == answer.headers["location"]
    assert url.startswith(f"{BASE}contacts(")
    assert api.row(url)["lastname"] == "New"


def test_a_given_id_is_kept_and_refused_the_second_time(api: Api) -> None:
    body = {"contactid": ABSENT.upper(), "lastname": "New"}
    assert api.post("contacts", body).headers["odata-entityid"] == f"{BASE}contacts({ABSENT})"
    assert code(api.post("contacts", body)) == (412, "0x80040237")


def test_representation(api: Api) -> None:
    wants = {"Prefer": "return=representation"}
    created = api.post("contacts?$select=lastname", {"lastname": "New"}, headers=wants)
    assert (created.status_code, created.headers["preference-applied"]) == (201, "return=representation")
    assert set(created.json()) == {"@odata.context", "@odata.etag", "lastname", "contactid"}
    changed = api.patch(f"contacts({ANN})", {"jobtitle": "Boss"}, headers=wants)
    assert (changed.status_code, changed.json()["jobtitle"]) == (200, "Boss")
    upserted = api.patch(f"contacts({ABSENT})", {"lastname": "New"}, headers=wants)
    assert (upserted.status_code, upserted.json()["contactid"]) == (201, ABSENT)


def test_a_new_row_has_what_the_platform_adds(api: Api) -> None:
    me = api.row("WhoAmI")
    row = api.row(api.post("contacts", {"lastname": "New"}).headers["location"])
    assert (row["statecode"], row["statuscode"], row["donotemail"]) == (0, 1, False)
    assert row["createdon"] == row["modifiedon"] == "2026-11-22T09:00:01Z"
    assert row["_createdby_value"] == row["_modifiedby_value"] == row["_ownerid_value"] == me["UserId"]
    assert row["_owningbusinessunit_value"] == me["BusinessUnitId"]


def test_an_edit_is_later_and_grows_the_version(api: Api) -> None:
    before = api.row(f"contacts({BOB})")
    api.patch(f"contacts({BOB})", {"jobtitle": "Boss"}, headers={"If-Match": before["@odata.etag"]})
    after = api.row(f"contacts({BOB})")
    assert after["modifiedon"] > before["modifiedon"]
    assert after["versionnumber"] > before["versionnumber"]
    assert after["createdon"] == before["createdon"]
    assert code(api.delete(f"contacts({BOB})", headers={"If-Match": before["@odata.etag"]})) == (
        412,
        "0x80060882",
    )
    assert api.delete(f"contacts({BOB})", headers={"If-Match": after["@odata.etag"]}).status_code == 204
    assert code(api.get(f"contacts({BOB})")) == (404, "0x80040217")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"lastname": "x" * 50}, {"lastname": "x" * 50}),
        ({"birthdate": "2000-02-29"}, {"birthdate": "2000-02-29"}),
        ({"new_called": "2026-05-01T08:00:00.75+02:00"}, {"new_called": "2026-05-01T06:00:00Z"}),
        ({"new_called": "2026-05-01"}, {"new_called": "2026-05-01T00:00:00Z"}),
        ({"new_tags": "2,1,2"}, {"new_tags": "2,1"}),
        ({"new_score": 12}, {"new_score": 12.0}),
        ({"new_tier": None, "jobtitle": None}, {"new_tier": None, "jobtitle": None}),
        ({"donotemail": True}, {"donotemail": True}),
        ({"statecode": 1}, {"statecode": 1, "statuscode": 2}),
        ({"statuscode": 2}, {"statecode": 1, "statuscode": 2}),
        ({"overriddencreatedon": "2019-01-02"}, {"createdon": "2019-01-02T00:00:00Z"}),
        ({"lastname": "é 🎉", "@odata.type": "#x", "lastname@some.annotation": 1}, {"lastname": "é 🎉"}),
    ],
    ids=str,
)
def test_values_come_back_normalised(api: Api, given: dict[str, Any], stored: dict[str, Any]) -> None:
    row = api.row(api.post("contacts", given).headers["location"])
    assert {name: row[name] for name in stored} == stored


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b'{"lastname": "\\ud800"}', b'{"new_score": NaN}', b"[" * 50_000]
)
def test_a_body_that_is_none(api: Api, body: bytes) -> None:
    assert code(api.send("POST", "contacts", content=body)) == (400, "0x80048d19")


@pytest.mark.parametrize("body", [b'{"\\ud800": 1}', b'{"ownerid@odata.bind": "\\ud800"}'])
def test_half_a_surrogate_pair_can_be_quoted_back(api: Api, body: bytes) -> None:
    assert code(api.send("POST", "contacts", content=body)) == (400, "0x80048d19")


def test_length_counts_utf16_units(api: Api) -> None:
    assert api.post("contacts", {"lastname": "🎉" * 25}).status_code == 204
    assert code(api.post("contacts", {"lastname": "🎉" * 26})) == (400, "0x80044331")


@pytest.mark.parametrize(
    "target",
    [f"/accounts({FABRIKAM})", f"accounts({FABRIKAM.upper()})", f"{BASE}accounts(accountid={FABRIKAM})"],
)
def test_binding_a_lookup(api: Api, target: str) -> None:
    url = f"contacts({BOB})"
    assert api.patch(url, {"parentcustomerid_account@odata.bind": target}).status_code == 204
    assert api.row(url)["_parentcustomerid_value"] == FABRIKAM
    api.patch(url, {"parentcustomerid_contact@odata.bind": f"/contacts({ANN})"})
    assert api.row(url)["_parentcustomerid_value"] == ANN
    api.patch(url, {"parentcustomerid_contact": None})
    assert api.row(url)["_parentcustomerid_value"] is None


def test_an_owner_brings_its_owning_columns(api: Api) -> None:
    team = api.rows("teams?$select=name")[0]["teamid"]
    url = api.post("msdynmkt_segments", {"ownerid@odata.bind": f"/teams({team})"}).headers["location"]
    row = api.row(url)
    assert (row["_ownerid_value"], row["_owningteam_value"], row["_owninguser_value"]) == (team, team, None)


def test_a_new_segment_definition_is_a_draft(api: Api) -> None:
    row = api.row(api.post("msdynmkt_segmentdefinitions", {"msdynmkt_name": "x"}).headers["location"])
    assert (row["statecode"], row["statuscode"]) == (0, 723270001)


def test_the_documented_body_of_a_segment_is_taken(api: Api) -> None:
    unit = api.row("WhoAmI")["BusinessUnitId"]
    body = {
        "msdynmkt_displayname": "Newsletter",
        "msdynmkt_type": 11,
        "msdynmkt_source": 12,
        "msdynmkt_baseentitylogicalname": "contact",
        "statecode": 1,
        "statuscode": 2,
        "msdynmkt_sourcesegmentuid": ABSENT,
        "owningbusinessunit@odata.bind": f"/businessunits({unit})",
    }
    row = api.row(api.post("msdynmkt_segments", body).headers["location"])
    assert (row["statecode"], row["statuscode"], row["_owningbusinessunit_value"]) == (1, 2, unit)


def test_a_table_that_compares_no_versions(make_world: MakeWorld) -> None:
    """The metadata says so, and a write that names a version is refused."""
    api = Api(make_world(switches=Switches(unguarded=("contact",)), rows={"contact": CONTACTS}))
    guarded = {
        entry["LogicalName"]: entry["IsOptimisticConcurrencyEnabled"]
        for entry in api.rows("EntityDefinitions?$select=LogicalName,IsOptimisticConcurrencyEnabled")
    }
    assert (guarded["contact"], guarded["account"]) == (False, True)
    path = f"contacts({ANN})"
    named = api.patch(path, {"lastname": "A"}, headers={"If-Match": 'W/"1"'})
    assert code(named) == (400, "0x80060883")
    assert api.patch(path, {"lastname": "A"}, headers={"If-Match": "*"}).status_code == 204
