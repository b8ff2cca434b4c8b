from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.sandbox.errors import ODataError
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.url import read_path
from tests.data import load
from tests.sandbox.conftest import ANN, BASE, BOB, FABRIKAM, ZOE, Api, MakeWorld, code

CASES = Path(__file__).parents[1] / "cases" / "sandbox"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load(CASES / name)
    return found


@pytest.mark.parametrize("case", cases("filters.yaml"), ids=lambda case: case["filter"])
def test_filter(api: Api, case: dict[str, Any]) -> None:
    answer = api.get("contacts", params={"$filter": case["filter"], "$select": "fullname"})
    if "refused" in case:
        assert code(answer) == tuple(case["refused"])
    else:
        found = {row["contactid"] for row in answer.json()["value"]}
        assert found == {{"a": ANN, "b": BOB, "z": ZOE}[letter] for letter in case["finds"]}


@pytest.mark.parametrize("case", cases("refusals.yaml"), ids=str)
def test_refusal(api: Api, case: dict[str, Any]) -> None:
    method = next(name for name in ("get", "post", "patch", "delete") if name in case)
    body = {"json": case["body"]} if "body" in case else {}
    before = api.world.version()
    assert code(api.send(method.upper(), case[method], **body)) == tuple(case["is"])
    assert api.world.connection.execute("SELECT count(*) FROM contact").fetchone()[0] == 3
    assert api.world.version() == before


def test_a_row_reads_as_the_service_writes_it(api: Api) -> None:
    row = api.row(f"contacts({ANN})")
    assert row["@odata.context"] == f"{BASE}$metadata#contacts/$entity"
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'
    assert row["donotemail"] is False
    assert row["_parentcustomerid_value"] == FABRIKAM
    assert row["createdon"] == "2024-05-01T08:00:00Z"
    assert row["mobilephone"] is None
    assert not [name for name in row if "@" in name[1:]]


def test_select_brings_the_id_and_nothing_else(api: Api) -> None:
    row = api.row(f"contacts(contactid={ANN})?$select=fullname, fullname")
    assert set(row) == {"@odata.context", "@odata.etag", "fullname", "contactid"}


def test_both_encodings_of_options_read_the_same(api: Api) -> None:
    plain = api.rows("contacts?$select=fullname&$filter=lastname eq 'berg'")
    encoded = api.rows("contacts?%24select=fullname&%24filter=lastname+eq+%27berg%27")
    assert plain == encoded
    assert len(plain) == 2


def test_property_of_a_row(api: Api) -> None:
    assert api.row(f"contacts({ANN})/fullname")["value"] == "Ann O'Neil"
    assert api.row(f"contacts({ANN})/donotemail")["value"] is False
    assert api.get(f"contacts({BOB})/emailaddress1").status_code == 204


def test_unchanged_row_is_304(api: Api) -> None:
    tag = api.row(f"contacts({ANN})")["@odata.etag"]
    assert api.get(f"contacts({ANN})", headers={"If-None-Match": tag}).status_code == 304
    assert api.get(f"contacts({ANN})", headers={"If-None-Match": "null"}).status_code == 200
    annotated = {"If-None-Match": tag, "Prefer": 'odata.include-annotations="*"'}
    assert api.get(f"contacts({ANN})", headers=annotated).status_code == 200
    expanded = f"contacts({ANN})?$expand=parentcustomerid_account"
    assert api.get(expanded, headers={"If-None-Match": tag}).status_code == 200


def test_annotations_come_on_request_only(api: Api) -> None:
    wanted = {"Prefer": 'odata.include-annotations="*",odata.maxpagesize=5'}
    row = next(row for row in api.rows("contacts", headers=wanted) if row["contactid"] == ANN)
    assert row["statuscode@OData.Community.Display.V1.FormattedValue"] == "Active"
    assert row["donotemail@OData.Community.Display.V1.FormattedValue"] == "No"
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert (
        row["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"]
        == "parentcustomerid_account"
    )
    some = {"Prefer": 'odata.include-annotations="OData.Community.*"'}
    row = api.rows("contacts", headers=some)[0]
    assert "statuscode@OData.Community.Display.V1.FormattedValue" in row
    assert not [name for name in row if "Microsoft" in name]


def test_count(api: Api) -> None:
    assert api.get("contacts?$count=true&$top=1&$filter=statecode eq 0").json()["@odata.count"] == 2
    assert api.get("contacts/$count").content == b"\xef\xbb\xbf3"
    assert api.get("contacts/$count?$filter=statecode eq 1").headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("fullname", [ANN, BOB, ZOE]),
        ("fullname desc", [ZOE, BOB, ANN]),
        ("lastname asc,fullname desc", [ZOE, BOB, ANN]),
        ("numberofchildren", [ZOE, BOB, ANN]),
        ("numberofchildren desc", [ANN, BOB, ZOE]),
        ("emailaddress1,contactid desc", [ZOE, BOB, ANN]),
    ],
)
@pytest.mark.parametrize("size", [1, 2])
def test_pages_follow_each_other_in_order(api: Api, order: str, names: list[str], size: int) -> None:
    found: list[str] = []
    link: str | None = f"contacts?$select=fullname&$orderby={order}"
    while link:
        answer = api.get(link, headers={"Prefer": f"odata.maxpagesize={size}"})
        assert answer.headers["preference-applied"] == f"odata.maxpagesize={size}"
        page = answer.json()
        assert len(page["value"]) <= size
        found += [row["contactid"] for row in page["value"]]
        link = page.get("@odata.nextLink")
    assert found == names


def test_next_link_has_the_services_form(api: Api) -> None:
    page = api.get(
        "http://other:8080/api/data/v9.1/contacts?%24select=fullname&$filter=statecode eq 0",
        headers={"Prefer": "odata.maxpagesize=1", "Host": "org.example:8080"},
    ).json()
    link = page["@odata.nextLink"]
    assert link.startswith("http://org.example:8080/api/data/v9.1/contacts?%24select=fullname&$filter=")
    assert "&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d" in link
    assert link.endswith("%22%20istracking=%22False%22%20/%3E")


def test_a_cookie_that_was_tampered_with(api: Api) -> None:
    small = {"Prefer": "odata.maxpagesize=1"}
    link = api.get("contacts?$orderby=numberofchildren desc", headers=small).json()["@odata.nextLink"]
    damages = [link.replace("%25222%2522", f"%2522{number}%2522") for number in ("9" * 40, "two", "1.5")]
    damages += [link.replace("numberofchildren%2520", "other%2520"), link[:-20], link + "x"]
    for damaged in damages:
        assert damaged != link
        assert code(api.get(damaged, headers=small)) == (400, "0x80040203")


def test_paging_is_by_key_not_by_position(api: Api) -> None:
    small = {"Prefer": "odata.maxpagesize=1"}
    page = api.get("contacts?$filter=statecode eq 0", headers=small).json()
    api.delete(f"contacts({page['value'][0]['contactid']})")
    rest = api.get(page["@odata.nextLink"], headers=small).json()
    assert [row["contactid"] for row in rest["value"]] == [ZOE]
    assert "@odata.nextLink" not in rest


def test_top_has_no_next_link_and_gives_way_to_a_page_size(api: Api) -> None:
    top = api.get("contacts?$top=2").json()
    assert len(top["value"]) == 2
    assert "@odata.nextLink" not in top
    assert len(api.rows("contacts?$top=1", headers={"Prefer": "odata.maxpagesize=2"})) == 2


def test_a_page_has_five_thousand_rows(make_world: MakeWorld) -> None:
    contacts = [{"contactid": f"c0000000-0000-0000-0000-{number:012}"} for number in range(5001)]
    api = Api(make_world(rows={"contact": contacts}))
    page = api.get("contacts?$select=contactid&$count=true").json()
    assert (len(page["value"]), page["@odata.count"]) == (5000, 5000)
    assert len(api.rows(page["@odata.nextLink"])) == 1


def test_a_long_filter_is_no_deep_one(api: Api) -> None:
    long = " or ".join(f"numberofchildren eq {number}" for number in range(1100))
    assert len(api.rows("contacts", params={"$filter": long})) == 2
    deep = "(" * 100 + "statecode eq 0" + ")" * 100
    assert code(api.get("contacts", params={"$filter": deep})) == (400, "0x8006088a")
    assert api.get("contacts", params={"$filter": long + long}).status_code == 414


def test_the_service_root_lists_entity_sets(api: Api) -> None:
    sets = {entry["name"] for entry in api.rows("")}
    assert {"contacts", "msdyncrm_segments", "msdynmkt_segmentdefinitions", "annotations"} <= sets


@given(st.text(alphabet="ab'\"()[]=, eqornt@/.1-Z", max_size=40))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        read_filter(text)
    except ODataError as error:
        assert error.status in (400, 501)


@given(st.text(alphabet="ab'()/=%20", max_size=40))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_path_is_read_or_refused(text: str) -> None:
    try:
        read_path(text)
    except ODataError as error:
        assert error.status == 400
