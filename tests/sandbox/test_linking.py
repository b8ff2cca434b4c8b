from typing import Any

import pytest

from mig.model.tables import Column, ColumnType, Relationship
from tests.sandbox.conftest import ABSENT, ANN, BASE, BOB, FABRIKAM, ZOE, Api, MakeWorld, code

LIST = "d0000000-0000-0000-0000-000000000001"
SESSIONS = [f"e0000000-0000-0000-0000-00000000000{number}" for number in (1, 2)]
ROWS = [{"contactid": ANN}, {"contactid": BOB}]
SPEAKER = "e1000000-0000-0000-0000-000000000001"


def parent(api: Api, row: str) -> Any:
    return api.row(f"contacts({row})?$select=_parentcustomerid_value")["_parentcustomerid_value"]


def ref(row: str) -> dict[str, str]:
    return {"@odata.id": f"{BASE}{row}"}


# --- a lookup ---------------------------------------------------------------------------------------------


def test_a_lookup_is_set_and_emptied(api: Api) -> None:
    url = f"contacts({BOB})/parentcustomerid_account/$ref"
    assert api.send("PUT", url, json=ref(f"accounts({FABRIKAM})")).status_code == 204
    assert parent(api, BOB) == FABRIKAM
    assert api.delete(url).status_code == 204
    assert parent(api, BOB) is None


@pytest.mark.parametrize(
    ("method", "url", "body", "refusal"),
    [
        ("POST", f"contacts({BOB})/parentcustomerid_account/$ref", {}, (405, "0x0")),
        ("PUT", f"contacts({BOB})/parentcustomerid_account/$ref", {}, (400, "0x80048d19")),
        ("PUT", f"contacts({BOB})/parentcustomerid_account/$ref", ref("accounts"), (400, "0x80048d19")),
        (
            "PUT",
            f"contacts({BOB})/parentcustomerid_account/$ref",
            ref(f"contacts({ANN})"),
            (400, "0x80048d19"),
        ),
        ("PUT", f"contacts({BOB})/createdby/$ref", ref(f"systemusers({ANN})"), (400, "0x80048d19")),
        ("DELETE", f"contacts({BOB})/ownerid/$ref", None, (400, "0x80048d19")),
        ("DELETE", f"contacts({ABSENT})/parentcustomerid_account/$ref", None, (404, "0x80040217")),
        ("DELETE", f"contacts({BOB})/nosuch/$ref", None, (404, "0x80060888")),
        ("PUT", f"accounts({FABRIKAM})/contact_customer_accounts/$ref", {}, (405, "0x0")),
        ("POST", f"accounts({FABRIKAM})/contact_customer_accounts({ANN})/$ref", {}, (405, "0x0")),
        ("DELETE", f"accounts({FABRIKAM})/contact_customer_accounts/$ref", None, (400, "0x80060888")),
        ("DELETE", f"accounts({FABRIKAM})/contact_customer_accounts({BOB})/$ref", None, (404, "0x80040217")),
        (
            "DELETE",
            f"accounts({FABRIKAM})/contact_customer_accounts({ABSENT})/$ref",
            None,
            (404, "0x80040217"),
        ),
        (
            "POST",
            f"accounts({FABRIKAM})/contact_customer_accounts/$ref",
            ref(f"accounts({FABRIKAM})"),
            (400, "0x80048d19"),
        ),
        ("POST", f"contacts({BOB})/fullname", {}, (405, "0x0")),
        ("PUT", f"contacts({BOB})/fullname", {"value": 1}, (400, "0x80048d19")),
        ("PUT", f"contacts({BOB})/lastname", {}, (400, "0x80048d19")),
        ("PUT", f"contacts({BOB})/lastname", {"value": "x", "more": 1}, (400, "0x80048d19")),
        ("PUT", f"contacts({BOB})/_ownerid_value", {"value": ANN}, (400, "0x80048d19")),
        ("DELETE", f"contacts({BOB})/createdon", None, (400, "0x80048d19")),
        ("DELETE", f"contacts({ABSENT})/lastname", None, (404, "0x80040217")),
    ],
)
def test_refused(api: Api, method: str, url: str, body: Any, refusal: tuple[int, str]) -> None:
    options = {"json": body} if body is not None else {}
    assert code(api.send(method, url, **options)) == refusal


def test_one_property_is_written_and_emptied(api: Api) -> None:
    url = f"contacts({BOB})/jobtitle"
    before = api.row(f"contacts({BOB})")["versionnumber"]
    assert api.send("PUT", url, json={"value": "Boss"}).status_code == 204
    assert api.row(url)["value"] == "Boss"
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 204
    assert api.row(f"contacts({BOB})")["versionnumber"] > before
    stale = {"If-Match": f'W/"{before}"'}
    assert code(api.send("PUT", url, json={"value": "x"}, headers=stale)) == (412, "0x80060882")


# --- collections ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_id", [True, False])
def test_one_to_many(api: Api, by_id: bool) -> None:
    url = f"accounts({FABRIKAM})/contact_customer_accounts"
    assert api.post(f"{url}/$ref", ref(f"contacts({BOB})")).status_code == 204
    assert parent(api, BOB) == FABRIKAM
    leaving = f"{url}/$ref?$id={BASE}contacts({BOB})" if by_id else f"{url}({BOB})/$ref"
    assert api.delete(leaving).status_code == 204
    assert parent(api, BOB) is None
    assert parent(api, ANN) == FABRIKAM


@pytest.mark.parametrize("by_id", [True, False])
def test_many_to_many(api: Api, by_id: bool) -> None:
    api.post("lists", {"listid": LIST, "listname": "L", "createdfromcode": 2, "membertype": 2})
    url = f"lists({LIST})/listcontact_association"
    assert api.post(f"{url}/$ref", ref(f"contacts({ANN})")).status_code == 204
    assert api.post(f"contacts({BOB})/listcontact_association/$ref", ref(f"lists({LIST})")).status_code == 204
    members = "listmembers?$select=_entityid_value,_listid_value"
    assert {row["_entityid_value"] for row in api.rows(members)} == {ANN, BOB}
    assert {row["_listid_value"] for row in api.rows(members)} == {LIST}
    assert code(api.post(f"{url}/$ref", ref(f"contacts({ANN})"))) == (412, "0x80040237")
    leaving = f"{url}/$ref?$id={BASE}contacts({ANN})" if by_id else f"{url}({ANN})/$ref"
    assert api.delete(leaving).status_code == 204
    assert [row["_entityid_value"] for row in api.rows(members)] == [BOB]
    assert code(api.delete(leaving)) == (404, "0x80040217")


def test_a_read_only_lookup_is_not_set_from_its_other_end(make_world: MakeWorld) -> None:
    scout = Column(
        name="new_scout", type=ColumnType.LOOKUP, targets=("contact",), nav={"contact": "x"}, read_only=True
    )
    members = Relationship(
        name="new_scouted",
        referencing_table="contact",
        referencing_column="new_scout",
        referenced_table="contact",
    )
    api = Api(make_world(columns={"contact": (scout,)}, relationships=(members,), rows={"contact": ROWS}))
    url = f"contacts({ANN})/new_scouted"
    assert code(api.post(f"{url}/$ref", ref(f"contacts({BOB})"))) == (400, "0x80048d19")
    assert code(api.delete(f"{url}({BOB})/$ref")) == (400, "0x80048d19")


def test_rows_of_intersect_tables_go_with_either_end(api: Api) -> None:
    for session in SESSIONS:
        api.post("msevtmgt_sessions", {"msevtmgt_sessionid": session})
    api.post("msevtmgt_speakers", {"msevtmgt_speakerid": SPEAKER})
    first, second = (f"msevtmgt_sessions({session})" for session in SESSIONS)
    api.post(f"{first}/msevtmgt_session_msevtmgt_speaker/$ref", ref(f"msevtmgt_speakers({SPEAKER})"))
    api.post(f"{second}/msevtmgt_session_msevtmgt_speaker/$ref", ref(f"msevtmgt_speakers({SPEAKER})"))
    api.post(f"{first}/msevtmgt_session_msevtmgt_session/$ref", ref(second))
    assert len(api.rows("msevtmgt_session_msevtmgt_speakerset")) == 2
    (pair,) = api.rows("msevtmgt_session_msevtmgt_sessionset")
    assert [pair["msevtmgt_sessionidone"], pair["msevtmgt_sessionidtwo"]] == SESSIONS
    assert api.delete(f"{second}/msevtmgt_session_msevtmgt_session({SESSIONS[0]})/$ref").status_code == 204
    assert api.rows("msevtmgt_session_msevtmgt_sessionset") == []
    api.post(f"{first}/msevtmgt_session_msevtmgt_session/$ref", ref(second))
    api.delete(second)
    assert api.rows("msevtmgt_session_msevtmgt_sessionset") == []
    assert len(api.rows("msevtmgt_session_msevtmgt_speakerset")) == 1
    api.delete(f"msevtmgt_speakers({SPEAKER})")
    assert api.rows("msevtmgt_session_msevtmgt_speakerset") == []


# --- deep insert ------------------------------------------------------------------------------------------


def test_deep_insert(api: Api) -> None:
    answer = api.post(
        "contacts",
        {
            "lastname": "New",
            "parentcustomerid_account": {
                "name": "Contoso",
                "primarycontactid@odata.bind": f"/contacts({ZOE})",
                "contact_customer_accounts": [{"lastname": "Child 1"}, {"lastname": "Child 2"}],
                "contact_customer_accounts@odata.bind": [f"/contacts({BOB})"],
            },
        },
    )
    row = api.row(answer.headers["location"])
    account = api.row(f"accounts({row['_parentcustomerid_value']})")
    assert (account["name"], account["_primarycontactid_value"]) == ("Contoso", ZOE)
    of = {
        name["lastname"]
        for name in api.rows("contacts?$select=lastname,_parentcustomerid_value")
        if name["_parentcustomerid_value"] == account["accountid"]
    }
    assert of == {"New", "Child 1", "Child 2", "Berg"}


def test_a_nested_row_names_its_table_where_there_are_several(api: Api) -> None:
    team = {"name": "T", "businessunitid@odata.bind": f"/businessunits({api.world.business_unit})"}
    body = {"lastname": "New", "ownerid": {"@odata.type": "#Microsoft.Dynamics.CRM.team", **team}}
    row = api.row(api.post("contacts", body).headers["location"])
    assert api.row(f"teams({row['_ownerid_value']})")["name"] == "T"


def test_a_deep_insert_is_whole_or_not_at_all(api: Api) -> None:
    rows = [{"lastname": "Good"}, {"nosuch": 1}]
    assert code(api.post("accounts", {"name": "Half", "contact_customer_accounts": rows}))[0] == 400
    assert {row["name"] for row in api.rows("accounts?$select=name")} == {"Fabrikam"}
    assert len(api.rows("contacts")) == 3


def test_a_nested_row_of_a_table_that_is_not_bundled(api: Api) -> None:
    body = {"msdyncrm_template": {"msdyncrm_name": "x"}}
    columns = api.world.schema["msdyncrm_customerjourney"].columns.values()
    nav = next(
        nav
        for column in columns
        for target, nav in column.nav.items()
        if target not in api.world.schema.tables
    )
    assert code(api.post("msdyncrm_customerjourneys", {nav: body})) == (501, "0x80004001")
