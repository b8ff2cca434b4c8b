"""FetchXML: rows, pages as two clients follow them, annotations, and odd texts."""

import re
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import quoteattr

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig.sandbox.odata.paging import Caps
from mig.sandbox.service import Service
from mig.sandbox.wire import WireRequest
from tests.sandbox.conftest import Api, MakeWorld, code
from tests.sandbox.customers import ANN, BOB, FABRIKAM, ROWS, plain, with_ids
from tests.sandbox.test_reading import cases

EVERYTHING = {"Prefer": 'odata.include-annotations="*"'}
MORE = "@Microsoft.Dynamics.CRM.morerecords"
COOKIE = "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
SHOWN = "@OData.Community.Display.V1.FormattedValue"
NAME = "@OData.Community.Display.V1.AttributeName"
# Four rows, one for each contact and list: Ann is in two lists, Cid in none.
JOINED = (
    "<entity name='contact'><attribute name='fullname'/>{}<link-entity name='listmember' from='entityid' "
    "to='contactid' link-type='outer' alias='m'><attribute name='listid'/></link-entity></entity>"
)


@pytest.fixture
def api(make_world: MakeWorld) -> Api:
    return Api(make_world(rows=ROWS))


def fetch(
    api: Api, text: str, entity_set: str = "contacts", more: str = "", **options: Any
) -> httpx.Response:
    return api.get(f"{entity_set}?fetchXml={quote(text)}{more}", **options)


@pytest.mark.parametrize("case", cases("fetchxml.yaml"), ids=lambda case: case["fetch"][:160])
def test_fetch(api: Api, case: dict[str, Any]) -> None:
    answer = fetch(api, case["fetch"], case.get("set", "contacts"))
    if "refused" in case:
        assert code(answer) == tuple(case["refused"])
    elif "counts" in case:
        assert len(answer.json()["value"]) == case["counts"]
    else:
        assert plain(answer.json()["value"]) == with_ids(case["is"])


def test_all_columns_come_without_attributes_and_empty_ones_are_left_out(api: Api) -> None:
    page = fetch(api, "<fetch><entity name='contact'/></fetch>").json()
    assert page["@odata.context"].endswith("$metadata#contacts")
    (ann, _, _) = page["value"]
    whole = api.row(f"contacts({ANN})")
    del whole["@odata.context"]
    assert ann == {name: value for name, value in whole.items() if value is not None}


def test_annotations_on_request(api: Api) -> None:
    text = (
        "<fetch><entity name='contact'><attribute name='statuscode'/><attribute name='parentcustomerid'/>"
        "<attribute name='birthdate' alias='born'/><link-entity name='account' from='accountid' "
        "to='parentcustomerid' alias='a'><attribute name='createdby'/></link-entity></entity></fetch>"
    )
    assert "@O" not in fetch(api, text).text
    row = fetch(api, text, headers=EVERYTHING).json()["value"][0]
    assert (row["statuscode" + SHOWN], "statuscode" + NAME in row) == ("Active", False)
    assert row["_parentcustomerid_value" + SHOWN] == "Fabrikam"
    assert row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    navigation = "_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"
    assert row[navigation] == "parentcustomerid_account"
    assert (row["born" + SHOWN], row["born" + NAME]) == ("2/28/1990", "birthdate")
    assert (row["a.createdby" + SHOWN], row["a.createdby" + NAME]) == ("Sandbox Administrator", "createdby")
    assert row["a.createdby@Microsoft.Dynamics.CRM.lookuplogicalname"] == "systemuser"


def test_groups_have_formatted_values(api: Api) -> None:
    text = (
        "<fetch aggregate='true'><entity name='contact'><attribute name='parentcustomerid' alias='of' "
        "groupby='true'/><attribute name='creditlimit' alias='sum' aggregate='sum'/><order alias='of' "
        "descending='true'/></entity></fetch>"
    )
    answer = fetch(api, text, headers=EVERYTHING)
    row = answer.json()["value"][0]
    assert (row["of"], row["of" + SHOWN], row["sum" + SHOWN]) == (FABRIKAM, "Fabrikam", "$150.50")
    assert '"sum":150.500000000,' in answer.text


def test_the_count_comes_on_request(api: Api) -> None:
    text = "<fetch count='1' {}><entity name='contact'><attribute name='fullname'/></entity></fetch>"
    assert "@odata.count" not in fetch(api, text.format("")).json()
    page = fetch(api, text.format("returntotalrecordcount='true'"), headers=EVERYTHING).json()
    assert (page["@odata.count"], page["@Microsoft.Dynamics.CRM.totalrecordcount"]) == (3, 3)
    assert fetch(api, text.format(""), more="&$count=true").json()["@odata.count"] == 3
    distinct = "<fetch distinct='true'><entity name='contact'><attribute name='lastname'/></entity></fetch>"
    assert fetch(api, distinct, more="&$count=true").json()["@odata.count"] == 2


def test_other_options_do_not_stand_beside_it(api: Api) -> None:
    text = "<fetch><entity name='contact'/></fetch>"
    assert code(fetch(api, text, more="&$top=1")) == (400, "0x80060888")


def inner_cookie(annotation: str) -> tuple[int, str]:
    """The next page's number, and the cookie inside, decoded twice."""
    found = re.fullmatch(
        '<cookie pagenumber="([0-9]+)" pagingcookie="([^"<>&]+)" istracking="False" />', annotation
    )
    assert found is not None
    return int(found[1]), unquote(unquote(found[2]))


def follow_like_the_sdk(api: Api, body: str, count: int) -> list[dict[str, Any]]:
    """As the Python client pages: without a cookie by number, else the cookie becomes an attribute."""
    rows: list[dict[str, Any]] = []
    page, cookie = 1, ""
    while True:
        text = f"<fetch count='{count}' page='{page}'{cookie}>{body}</fetch>"
        answer = fetch(api, text, headers=EVERYTHING).json()
        rows += answer["value"]
        if not answer.get(MORE):
            assert COOKIE not in answer
            return rows
        page, inner = inner_cookie(answer[COOKIE])
        cookie = f" paging-cookie={quoteattr(inner)}"


def follow_like_dynamics_web_api(api: Api, body: str, count: int) -> list[dict[str, Any]]:
    """As the JavaScript client pages: a pattern over the whole annotation, some marks escaped, not `&`."""
    rows: list[dict[str, Any]] = []
    attributes = " page='1'"
    while True:
        text = f"<fetch count='{count}'{attributes}>{body}</fetch>"
        answer = fetch(api, text, headers=EVERYTHING).json()
        rows += answer["value"]
        if COOKIE not in answer:
            return rows
        decoded = unquote(unquote(answer[COOKIE]))
        found = re.search('pagingcookie="(<cookie page="([0-9]+)".+</cookie>)', decoded)
        assert found is not None
        cookie = found[1]
        for mark, escaped in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
            cookie = cookie.replace(mark, escaped)
        attributes = f' page="{int(found[2]) + 1}" paging-cookie="{cookie}"'


@pytest.mark.parametrize("follow", [follow_like_the_sdk, follow_like_dynamics_web_api])
@pytest.mark.parametrize(
    "order",
    [
        "",
        "<order attribute='numberofchildren' descending='true'/>",
        "<order attribute='parentcustomerid'/><order attribute='statecode'/>",
        "<order attribute='lastname'/>",
    ],
)
def test_pages_hold_the_rows_of_the_whole(api: Api, follow: Any, order: str) -> None:
    assert api.patch(f"contacts({BOB})", {"lastname": "O'Birch & 100%<ü>"}).status_code == 204
    whole = fetch(api, f"<fetch>{JOINED.format(order)}</fetch>", headers=EVERYTHING).json()["value"]
    assert len(whole) == 4
    assert follow(api, JOINED.format(order), 1) == whole
    assert follow(api, JOINED.format(order), 3) == whole


@pytest.mark.parametrize(
    "body",
    [
        JOINED.format("<order entityname='m' attribute='listid'/>"),
        "<entity name='contact'><attribute name='statecode'/><attribute name='contactid'/></entity>",
    ],
)
def test_without_a_cookie_pages_go_by_number(api: Api, body: str) -> None:
    distinct = "" if "entityname" in body else " distinct='true'"
    whole = fetch(api, f"<fetch{distinct}>{body}</fetch>", headers=EVERYTHING).json()["value"]
    found: list[dict[str, Any]] = []
    for page in range(1, len(whole) + 1):
        answer = fetch(
            api, f"<fetch count='1' page='{page}'{distinct}>{body}</fetch>", headers=EVERYTHING
        ).json()
        assert COOKIE not in answer
        assert answer.get(MORE, False) is (page < len(whole))
        found += answer["value"]
    assert found == whole


def test_page_numbers_reach_so_far_only(api: Api) -> None:
    api.world.caps = Caps(page=2, numbered=2)
    body = "<entity name='contact'><attribute name='fullname'/></entity>"
    assert fetch(api, f"<fetch page='1'>{body}</fetch>").status_code == 200
    assert code(fetch(api, f"<fetch page='2'>{body}</fetch>")) == (400, "0x80040203")
    assert len(follow_like_the_sdk(api, body, 2)) == 3


def test_a_row_that_stops_matching_is_not_skipped_by_position(api: Api) -> None:
    """A cookie tells where the last page ended; a page number counts the rows that there are now."""
    body = (
        "<entity name='contact'><attribute name='fullname'/><filter>"
        "<condition attribute='fullname' operator='ne' value='x'/></filter></entity>"
    )
    first = fetch(api, f"<fetch count='1'>{body}</fetch>", headers=EVERYTHING).json()
    _, inner = inner_cookie(first[COOKIE])
    assert api.delete(f"contacts({ANN})").status_code == 204
    keyed = f"<fetch count='1' page='2' paging-cookie={quoteattr(inner)}>{body}</fetch>"
    assert [row["fullname"] for row in fetch(api, keyed).json()["value"]] == ["Bob"]
    numbered = f"<fetch count='1' page='2'>{body}</fetch>"
    assert [row["fullname"] for row in fetch(api, numbered).json()["value"]] == ["Cid"]
    # The cookie of another page than the one before is ignored.
    other = f"<fetch count='1' page='1' paging-cookie={quoteattr(inner)}>{body}</fetch>"
    assert [row["fullname"] for row in fetch(api, other).json()["value"]] == ["Bob"]


def test_a_page_has_5000_rows_at_most_and_aggregates_read_50000(api: Api) -> None:
    api.world.caps = Caps(page=2, aggregate=2)
    page = fetch(api, "<fetch count='3'><entity name='contact'/></fetch>", headers=EVERYTHING).json()
    assert (len(page["value"]), page[MORE]) == (2, True)
    count = (
        "<fetch aggregate='true'><entity name='contact'><attribute name='contactid' alias='n' "
        "aggregate='count'/>{}</entity></fetch>"
    )
    assert code(fetch(api, count.format(""))) == (400, "0x8004e023")
    some = "<filter><condition attribute='statecode' operator='eq' value='0'/></filter>"
    assert fetch(api, count.format(some)).json()["value"] == [{"n": 2}]


def test_in_a_batch_the_query_may_be_longer(api: Api) -> None:
    values = "".join(f"<value>{number}</value>" for number in range(3_000))
    text = (
        "<fetch><entity name='contact'><attribute name='fullname'/><filter><condition "
        f"attribute='numberofchildren' operator='in'>{values}</condition></filter></entity></fetch>"
    )
    url = f"contacts?fetchXml={quote(text, safe='<>/= ')}"
    part = "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    body = f"{part}GET /api/data/v9.2/{url} HTTP/1.1\r\n\r\n\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = api.send("POST", "$batch", content=body.encode(), headers=headers)
    assert '"fullname":"Ann"' in answer.text
    assert '"fullname":"Bob"' not in answer.text


@pytest.mark.parametrize("number, refused", [(15, False), (16, True)])
def test_a_query_has_15_links_at_most(api: Api, number: int, refused: bool) -> None:
    link = (
        "<link-entity name='account' from='accountid' to='parentcustomerid' alias='a{}' link-type='outer'/>"
    )
    links = "".join(link.format(index) for index in range(number))
    answer = fetch(api, f"<fetch><entity name='contact'>{links}</entity></fetch>")
    assert code(answer) == (400, "0x8004430d") if refused else answer.status_code == 200


def test_deep_and_wide_texts_are_refused(api: Api) -> None:
    deep = f"<fetch><entity name='contact'>{'<filter>' * 400}{'</filter>' * 400}</entity></fetch>"
    assert code(fetch(api, deep)) == (400, "0x80040203")
    nested = (
        "<filter type='or'>" * 28 + "<condition attribute='fullname' operator='null'/>" + "</filter>" * 28
    )
    assert fetch(api, f"<fetch><entity name='contact'>{nested}</entity></fetch>").status_code == 200
    links = "".join(
        f"<link-entity name='contact' from='contactid' to='parentcustomerid' alias='l{index}' "
        "link-type='outer'><all-attributes/></link-entity>"
        for index in range(15)
    )
    wide = fetch(api, f"<fetch><entity name='contact'>{links}</entity></fetch>", headers=EVERYTHING)
    assert code(wide) == (501, "0x80004001")


COLUMNS = ["fullname", "contactid", "parentcustomerid", "createdon", "statecode", "accountid", "nosuch", ""]
NAMES = ["contact", "account", "listmember", "a", "b", "contact1"]
KINDS = ["inner", "outer", "any", "not any", "exists", "all"]
VALUES = [
    "x",
    "1",
    "2026-01-01",
    "{00000000-0000-0000-0000-000000000061}",
    "a.fullname",
    "99999999999999999999",
]
OPERATORS = [
    "eq",
    "ne",
    "gt",
    "like",
    "in",
    "between",
    "null",
    "today",
    "last-x-days",
    "contain-values",
    "on",
]
FLAGS = ["true", "false", "1", "maybe"]
ELEMENTS: dict[str, dict[str, list[str]]] = {
    "attribute": {
        "name": COLUMNS,
        "alias": NAMES,
        "aggregate": ["count", "countcolumn", "sum", "max"],
        "groupby": FLAGS,
        "dategrouping": ["week", "fiscal-year"],
    },
    "order": {"attribute": COLUMNS, "alias": NAMES, "entityname": NAMES, "descending": FLAGS},
    "filter": {"type": ["and", "or", "x"]},
    "condition": {
        "attribute": COLUMNS,
        "operator": OPERATORS,
        "value": VALUES,
        "valueof": COLUMNS + VALUES,
        "entityname": NAMES,
    },
    "value": {},
    "link-entity": {"name": NAMES, "from": COLUMNS, "to": COLUMNS, "alias": NAMES, "link-type": KINDS},
}
INSIDE = {
    "condition": ["value"],
    "filter": ["condition", "filter", "link-entity"],
    "link-entity": ["attribute", "order", "filter", "link-entity"],
}


@st.composite
def elements(draw: st.DrawFn, names: list[str], depth: int = 0) -> str:
    """An element that is nearly right, so that some get far."""
    name = draw(st.sampled_from(names))
    attributes = {
        key: draw(st.sampled_from(values))
        for key, values in ELEMENTS[name].items()
        if draw(st.integers(0, 3 if key in ("name", "attribute", "operator", "from", "to") else 1))
    }
    inside = INSIDE.get(name, []) if depth < 3 else []
    children = draw(st.lists(elements(inside, depth + 1), max_size=2)) if inside else []
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children) or 'x'}</{name}>"


@given(
    st.lists(elements(["attribute", "order", "filter", "link-entity"]), max_size=3),
    st.sampled_from(["", " aggregate='true'", " distinct='1'", " page='2'"]),
)
@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_fetchxml_or_refused(api: Api, inside: list[str], attributes: str) -> None:
    service = Service(api.world)
    headers = {"authorization": f"Bearer {api.world.token}", "prefer": 'odata.include-annotations="*"'}
    text = f"<fetch{attributes}><entity name='contact'>{''.join(inside)}</entity></fetch>"
    for query in (text, text[: len(text) // 2], text.replace("<entity", "<entity <")):
        request = WireRequest("GET", "/api/data/v9.2/contacts", f"fetchXml={quote(query)}", headers)
        assert service.handle(request).status in (200, 400, 501)
