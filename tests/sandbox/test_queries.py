"""Reads over several tables: expand, lambdas, apply, formatted values, and the pages of all of these."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig.sandbox.odata.paging import Caps
from mig.sandbox.service import Service
from mig.sandbox.wire import WireRequest
from tests.sandbox.conftest import Api, MakeWorld, code
from tests.sandbox.customers import ANN, AUTUMN, BOB, CID, FABRIKAM, IDS, ROWS, plain, with_ids
from tests.sandbox.test_reading import cases

NAMES = ["contact_customer_contacts", "createdby", "fullname", "statecode", "$select", "$expand"]
MARKS = ["(", ")", ";", ",", "/", ":", "=", "'", "[", "]", "@p"]
WORDS = [
    *NAMES,
    *MARKS,
    "0",
    "any",
    "all",
    "groupby",
    "aggregate",
    "filter",
    "$count",
    "as",
    "with",
    "eq",
    "not",
]
EVERYTHING = {"Prefer": 'odata.include-annotations="*"'}
SHOWN = "OData.Community.Display.V1.FormattedValue"


@pytest.fixture
def api(make_world: MakeWorld) -> Api:
    return Api(make_world(rows=ROWS))


@pytest.mark.parametrize("case", cases("queries.yaml"), ids=lambda case: case["get"])
def test_query(api: Api, case: dict[str, Any]) -> None:
    path = case["get"]
    for letter, key in IDS.items():
        path = path.replace(f"s({letter})", f"s({key})")
    assert plain(api.rows(path)) == with_ids(case["is"])


def test_the_context_tells_the_shape(api: Api) -> None:
    url = "accounts?$select=name&$expand=primarycontactid($select=fullname),contact_customer_accounts"
    context = api.get(url).json()["@odata.context"]
    assert context.endswith("#accounts(name,primarycontactid(fullname),contact_customer_accounts())")


def test_related_rows_have_an_etag_in_collections_only(api: Api) -> None:
    (row, _) = api.rows("accounts?$expand=contact_customer_accounts")
    assert all("@odata.etag" in contact for contact in row["contact_customer_accounts"])
    row = api.row(f"contacts({ANN})?$expand=parentcustomerid_account")
    assert row["parentcustomerid_account"]["name"] == "Fabrikam"
    assert "@odata.etag" not in row["parentcustomerid_account"]


def test_the_row_that_a_lookup_names_has_a_url(api: Api) -> None:
    row = api.row(f"contacts({ANN})/parentcustomerid_account?$select=name")
    assert row["@odata.context"].endswith("#accounts(name)/$entity")
    assert row["name"] == "Fabrikam"
    assert api.get(f"contacts({CID})/parentcustomerid_account").status_code == 204


def test_one_sql_query_for_each_expand_of_a_page(api: Api) -> None:
    def statements(url: str) -> int:
        seen: list[str] = []
        api.world.connection.set_trace_callback(seen.append)
        api.rows(url)
        api.world.connection.set_trace_callback(None)
        return len([text for text in seen if text.startswith("SELECT")])

    plain = statements("contacts?$select=fullname")
    nested = "contacts?$expand=parentcustomerid_account($expand=createdby),createdby"
    assert statements(nested) == plain + 3


def test_collections_are_paged_where_expands_nest(api: Api) -> None:
    small = {"Prefer": "odata.maxpagesize=1"}
    nested = "contact_customer_accounts($select=fullname;$expand=owningbusinessunit($select=name))"
    page = api.get(f"accounts?$select=name&$expand={nested}", headers=small).json()
    found = [row["fullname"] for row in page["value"][0]["contact_customer_accounts"]]
    link = page["value"][0]["contact_customer_accounts@odata.nextLink"]
    while link:
        rest = api.get(link, headers=small).json()
        found += [row["fullname"] for row in rest["value"]]
        assert rest["value"][0]["owningbusinessunit"]["name"] == "small"
        link = rest.get("@odata.nextLink")
    assert found == ["Ann", "Bob"]


@pytest.mark.parametrize(
    "url",
    [
        "contacts?$orderby=_parentcustomerid_value&$filter=statecode ge @s&@s=0",
        "contacts?$expand=parentcustomerid_account",
        f"lists({AUTUMN})/listcontact_association?$select=fullname&$orderby=_parentcustomerid_value",
    ],
)
def test_pages_of_such_queries_hold_the_rows_of_the_whole(api: Api, url: str) -> None:
    whole = api.rows(url)
    found: list[dict[str, Any]] = []
    link: str | None = url
    while link:
        page = api.get(link, headers={"Prefer": "odata.maxpagesize=1"}).json()
        found += page["value"]
        link = page.get("@odata.nextLink")
    assert found == whole
    assert len(whole) > 1


def test_formatted_values_of_every_kind(api: Api) -> None:
    url = f"contacts({ANN})?$expand=parentcustomerid_account"
    row = api.row(url, headers=EVERYTHING)
    assert row["statuscode@" + SHOWN] == "Active"
    assert row["new_tags@" + SHOWN] == "Two; One"
    assert row["createdon@" + SHOWN] == "11/22/2026 9:00 AM"
    assert row["birthdate@" + SHOWN] == "2/28/1990"
    assert row["creditlimit@" + SHOWN] == "$150.50"
    assert row["new_score@" + SHOWN] == "2.50"
    assert row["_parentcustomerid_value@" + SHOWN] == "Fabrikam"
    assert row["_ownerid_value@" + SHOWN] == "Sandbox Administrator"
    assert "fullname@" + SHOWN not in row
    assert row["parentcustomerid_account"]["numberofemployees@" + SHOWN] == "12,345"
    bob = api.row(f"contacts({BOB})", headers=EVERYTHING)
    assert (bob["donotemail@" + SHOWN], "creditlimit@" + SHOWN in bob) == ("Yes", False)


def test_groups_have_formatted_values_too(api: Api) -> None:
    url = "contacts?$apply=groupby((statecode),aggregate(creditlimit with sum as total,$count as n))"
    row = api.rows(url, headers=EVERYTHING)[0]
    assert (row["statecode@" + SHOWN], row["total@" + SHOWN], row["n@" + SHOWN]) == ("Active", "$150.50", "2")


def test_numbers_have_a_fixed_scale(api: Api) -> None:
    assert '"creditlimit":150.5000,' in api.get(f"contacts({ANN})").text
    assert '"new_score":2.50' in api.get(f"contacts({ANN})?$select=new_score").text
    assert '"exchangerate":1.0000000000' in api.get(f"accounts({FABRIKAM})?$select=exchangerate").text
    assert '"total":150.500000000' in api.get("contacts?$apply=aggregate(creditlimit with sum as total)").text
    assert api.patch(f"contacts({ANN})", {"new_score": 0.12345}).status_code == 204
    assert '"new_score":0.12345,' in api.get(f"contacts({ANN})?$select=new_score").text


def test_counts_and_groups_stop_at_their_caps(api: Api) -> None:
    totals = ("@odata.count", "@Microsoft.Dynamics.CRM.totalrecordcount")
    exceeded = "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
    page = api.get("contacts?$count=true", headers=EVERYTHING).json()
    assert ([page[name] for name in totals], page[exceeded]) == ([3, 3], False)
    page = api.get("contacts", headers=EVERYTHING).json()
    assert (page[totals[1]], page[exceeded], totals[0] in page) == (-1, False, False)
    api.world.caps = Caps(count=2, aggregate=2)
    page = api.get("contacts?$count=true", headers=EVERYTHING).json()
    assert ([page[name] for name in totals], page[exceeded]) == ([2, 2], True)
    assert api.get("contacts/$count").content.endswith(b"2")
    assert code(api.get("contacts?$apply=aggregate($count as n)")) == (400, "0x8004e023")
    few = "contacts?$apply=filter(statecode eq 0)/aggregate($count as n)"
    assert api.rows(few) == [{"n": 2}]


def test_groups_beyond_a_page_are_refused_not_cut_off(api: Api) -> None:
    api.world.caps = Caps(page=2)
    assert code(api.get("contacts?$apply=groupby((fullname))")) == (501, "0x80004001")
    assert len(api.rows("contacts?$apply=groupby((fullname))&$top=2")) == 2


def test_honoured_preferences_are_repeated(api: Api) -> None:
    both = {"Prefer": 'odata.maxpagesize=2,odata.include-annotations="OData.*"'}
    applied = api.get("contacts", headers=both).headers["preference-applied"]
    assert applied == 'odata.maxpagesize=2,odata.include-annotations="OData.*"'


@pytest.mark.parametrize("option", ["$expand", "$apply", "$orderby", "$filter"])
@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=12,
    )
)
@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_an_option_or_refused(api: Api, option: str, words: list[str]) -> None:
    service = Service(api.world)
    headers = {"authorization": f"Bearer {api.world.token}"}
    for text in ("".join(words), " ".join(words)):
        request = WireRequest("GET", "/api/data/v9.2/contacts", f"{option}={quote(text)}", headers)
        assert service.handle(request).status in (200, 400, 501)


def test_change_tracking_is_not_emulated(api: Api) -> None:
    assert code(api.get("contacts", headers={"Prefer": "odata.track-changes"})) == (501, "0x80004001")
