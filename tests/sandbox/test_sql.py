"""SQL on an entity set: rows, pages, and odd texts."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mig.sandbox.odata.paging import Caps
from mig.sandbox.service import Service
from mig.sandbox.wire import WireRequest
from tests.sandbox.conftest import Api, MakeWorld, code
from tests.sandbox.customers import ROWS, with_ids
from tests.sandbox.test_reading import cases

WORDS = [
    *("SELECT", "DISTINCT", "TOP", "FROM contact", "JOIN account a ON", "LEFT", "WHERE", "AND", "OR", "NOT"),
    *("IN (", "LIKE", "BETWEEN", "IS", "NULL", "GROUP BY", "ORDER BY", "OFFSET 1 ROWS", "FETCH NEXT 1"),
    *("ROWS ONLY", "AS", "COUNT(*)", "MAX(createdon)", "COUNT(DISTINCT", "c", "fullname", "a.name"),
    *("statecode", "createdon", "parentcustomerid", "a.accountid = parentcustomerid", "statecode = 1"),
    *("'x'", "N'x'", "1", "-1", "2.5", "(", ")", "*", ",", "=", "<>", "[n]", "UNION", "--", "/*", "'", ";"),
]


@pytest.fixture
def api(make_world: MakeWorld) -> Api:
    return Api(make_world(rows=ROWS))


def ask(api: Api, text: str, entity_set: str = "contacts", **options: Any) -> httpx.Response:
    return api.get(f"{entity_set}?sql={quote(text, safe='')}", **options)


def set_of(case: dict[str, Any]) -> str:
    """The entity set of the first table, as the Python client finds it."""
    found = re.search(r"\bfrom\s+(\w+)", case["sql"], re.IGNORECASE)
    name = found[1].lower() if found else "contact"
    return str(case.get("set", f"{name}s"))


@pytest.mark.parametrize("case", cases("sql.yaml"), ids=lambda case: case["sql"])
def test_sql(api: Api, case: dict[str, Any]) -> None:
    answer = ask(api, case["sql"], set_of(case))
    if "refused" in case:
        assert code(answer) == tuple(case["refused"])
        assert case.get("names", "") in answer.json()["error"]["message"]
    else:
        assert answer.json()["value"] == with_ids(case["is"])


def test_both_encodings_are_read(api: Api) -> None:
    query = "SELECT fullname FROM contact WHERE fullname = 'Ann'"
    plus = api.get(f"contacts?sql={quote(query).replace('%20', '+')}").json()
    assert plus == ask(api, query).json()
    assert plus["@odata.context"].endswith("#contacts(fullname)")


def test_other_options_do_not_stand_beside_it(api: Api) -> None:
    answer = api.get(f"contacts?sql={quote('SELECT fullname FROM contact')}&$top=1")
    assert code(answer) == (400, "0x80060888")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT fullname FROM contact",
        "SELECT fullname FROM contact ORDER BY statecode DESC, lastname",
        "SELECT c.fullname, m.listid FROM contact c LEFT JOIN listmember m ON m.entityid = c.contactid",
        "SELECT c.fullname, m.listid FROM contact c LEFT JOIN listmember m ON m.entityid = c.contactid "
        "ORDER BY m.listid DESC",
        "SELECT fullname FROM contact ORDER BY fullname OFFSET 1 ROWS",
        "SELECT DISTINCT lastname, statecode FROM contact ORDER BY statecode",
        "SELECT lastname, COUNT(*) AS n FROM contact GROUP BY lastname ORDER BY n DESC",
    ],
)
def test_pages_hold_the_rows_of_the_whole(api: Api, query: str) -> None:
    whole = ask(api, query).json()["value"]
    api.world.caps = Caps(page=1)
    page = ask(api, query).json()
    found, links = page["value"], []
    while "@odata.nextLink" in page:
        links.append(page["@odata.nextLink"])
        page = api.get(links[-1]).json()
        found += page["value"]
    assert found == whole
    assert len(set(links)) == len(links) == len(whole) - 1


def test_top_has_no_next_page_and_aggregates_read_so_far(api: Api) -> None:
    api.world.caps = Caps(page=2, aggregate=2)
    page = ask(api, "SELECT TOP 2 fullname FROM contact").json()
    assert (len(page["value"]), "@odata.nextLink" in page) == (2, False)
    assert code(ask(api, "SELECT TOP 3 fullname FROM contact")) == (400, "0x8006088a")
    assert code(ask(api, "SELECT COUNT(*) AS n FROM contact")) == (400, "0x8004e023")
    assert ask(api, "SELECT COUNT(*) AS n FROM contact WHERE statecode = 0").json()["value"] == [{"n": 2}]


def test_formatted_values_on_request(api: Api) -> None:
    headers = {"Prefer": 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"'}
    query = "SELECT TOP 1 parentcustomerid, statecode FROM contact ORDER BY fullname"
    (row,) = ask(api, query, headers=headers).json()["value"]
    shown = "@OData.Community.Display.V1.FormattedValue"
    assert (row["parentcustomerid" + shown], row["statecode" + shown]) == ("Fabrikam", "Active")


@pytest.mark.parametrize(
    "condition",
    ["(" * 300 + "fullname = 'x'" + ")" * 300, "NOT " * 300 + "fullname = 'x'"],
)
def test_deep_conditions_are_refused(api: Api, condition: str) -> None:
    assert code(ask(api, f"SELECT fullname FROM contact WHERE {condition}")) == (400, "0x8006088a")


def test_long_conditions_are_read(api: Api) -> None:
    many = " OR ".join(f"numberofchildren = {number}" for number in range(1, 600))
    found = ask(api, f"SELECT fullname FROM contact WHERE {many}").json()["value"]
    assert [row["fullname"] for row in found] == ["Ann", "Cid"]
    joins = "".join(f" LEFT JOIN account a{i} ON a{i}.accountid = c.parentcustomerid" for i in range(70))
    for item in ("c.fullname", "COUNT(*) AS n"):
        assert code(ask(api, f"SELECT {item} FROM contact c{joins}")) == (501, "0x80004001")


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(["", "SELECT fullname FROM contact "]))
@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_text_is_sql_or_refused(api: Api, words: list[str], start: str) -> None:
    service = Service(api.world)
    headers = {"authorization": f"Bearer {api.world.token}"}
    for text in (start + "".join(words), start + " ".join(words)):
        request = WireRequest("GET", "/api/data/v9.2/contacts", f"sql={quote(text)}", headers)
        assert service.handle(request).status in (200, 400, 501)
