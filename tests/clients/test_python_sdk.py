"""Microsoft's own Python client, as released, does its daily work on the sandbox."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models import UpsertItem
from PowerPlatform.Dataverse.models.filters import col

from tests.clients.conftest import ABSENT, ANN, FABRIKAM, Served


class Given:
    """A credential that has its token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


@pytest.fixture
def client(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataverseClient]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", served.ca)
    with DataverseClient(served.url, Given(served.token)) as client:
        yield client


@pytest.fixture
def several(client: DataverseClient) -> Iterator[SimpleNamespace]:
    """Seven contacts made in one call, gone afterwards."""
    names = [f"Several {number}" for number in range(7)]
    ids = client.records.create("contact", [{"lastname": name} for name in names])
    yield SimpleNamespace(ids=ids, names=names, filter="startswith(lastname,'Several')")
    client.records.delete("contact", ids, use_bulk_delete=False)


def lastname(client: DataverseClient, key: str) -> str | None:
    found = client.records.retrieve("contact", key, select=["lastname"])
    return None if found is None else str(found["lastname"])


def test_a_row_is_made_read_changed_and_deleted(client: DataverseClient) -> None:
    key = client.records.create(
        "contact", {"lastname": "Ångström", "parentcustomerid_account@odata.bind": f"/accounts({FABRIKAM})"}
    )
    assert lastname(client, key) == "Ångström"
    client.records.update("contact", key, {"lastname": "Berg"})
    assert lastname(client, key) == "Berg"
    client.records.delete("contact", key)
    assert lastname(client, key) is None


def test_a_label_is_turned_into_its_number(client: DataverseClient) -> None:
    key = client.records.create("contact", {"lastname": "Gold", "new_tier": "Gold"})
    assert client.records.retrieve("contact", key, select=["new_tier"])["new_tier"] == 1
    client.records.delete("contact", key)


def test_an_absent_row_is_none_and_cannot_be_changed(client: DataverseClient) -> None:
    assert client.records.retrieve("contact", ABSENT) is None
    with pytest.raises(HttpError) as caught:
        client.records.update("contact", ABSENT, {"lastname": "Nobody"})
    assert caught.value.status_code == 404
    assert caught.value.details["service_error_code"] == "0x80040217"
    assert caught.value.details["service_request_id"]


def test_rows_come_page_by_page(client: DataverseClient, several: SimpleNamespace) -> None:
    pages = list(
        client.records.list_pages(
            "contact", filter=several.filter, select=["lastname"], orderby=["lastname desc"], page_size=3
        )
    )
    assert [len(list(page)) for page in pages] == [3, 3, 1]
    assert [row["lastname"] for page in pages for row in page] == several.names[::-1]


def test_filters_of_the_builder_are_understood(client: DataverseClient, several: SimpleNamespace) -> None:
    def found(expression: Any) -> list[str]:
        rows = client.records.list("contact", filter=expression, select=["lastname"], orderby=["lastname"])
        return [row["lastname"] for row in rows]

    assert found(col("lastname").in_(["Several 1", "Several 2"])) == several.names[1:3]
    assert found((col("lastname") == "Several 3") | (col("lastname") == "Several 4")) == several.names[3:5]
    assert found(col("fullname") == "Ann O'Neil") == ["O'Neil"]
    assert found(~col("lastname").like("Several%") & (col("new_tier") == 2)) == ["Berg"]


def test_a_related_row_comes_with_it_and_so_do_labels(client: DataverseClient) -> None:
    (row,) = client.records.list(
        "contact",
        filter=f"contactid eq {ANN}",
        select=["lastname", "new_tier"],
        expand=["parentcustomerid_account($select=name)"],
        include_annotations="*",
    )
    assert row["parentcustomerid_account"]["name"] == "Fabrikam"
    assert row["new_tier@OData.Community.Display.V1.FormattedValue"] == "Gold"


def test_several_are_changed_at_once(client: DataverseClient, several: SimpleNamespace) -> None:
    client.records.update("contact", several.ids[:2], [{"firstname": "One"}, {"firstname": "Two"}])
    rows = client.records.list("contact", filter=several.filter, select=["firstname"], orderby=["lastname"])
    assert [row["firstname"] for row in rows] == ["One", "Two", *[None] * 5]


def test_upsert_goes_by_the_alternate_key(client: DataverseClient) -> None:
    def put(*pairs: tuple[str, str]) -> None:
        client.records.upsert(
            "contact", [UpsertItem({"new_code": code}, {"lastname": name}) for code, name in pairs]
        )

    put(("X-1", "First"))
    put(("X-1", "Second"), ("X-2", "Other"))
    rows = list(client.records.list("contact", filter="startswith(new_code,'X-')", orderby=["new_code"]))
    assert [(row["new_code"], row["lastname"]) for row in rows] == [("X-1", "Second"), ("X-2", "Other")]
    for row in rows:
        client.records.delete("contact", row["contactid"])


def test_many_are_deleted_by_a_job(client: DataverseClient) -> None:
    ids = client.records.create("contact", [{"lastname": "Gone"}, {"lastname": "Gone"}])
    job = client.records.delete("contact", ids)
    assert job is not None
    deadline = time.monotonic() + 60  # the world's clock runs sixty times as fast
    while client.records.list("contact", filter="lastname eq 'Gone'") and time.monotonic() < deadline:
        pass
    assert not list(client.records.list("contact", filter="lastname eq 'Gone'"))


def test_a_batch_with_a_change_set(client: DataverseClient) -> None:
    batch = client.batch.new()
    with batch.changeset() as changes:
        made = changes.records.create("contact", {"lastname": "Zoë"})
        changes.records.update("contact", made, {"firstname": "Z"})
    batch.records.retrieve("contact", ANN, select=["lastname"])
    result = batch.execute()
    assert [answer.status_code for answer in result.responses] == [204, 204, 200]
    assert result.responses[2].data["lastname"] == "O'Neil"
    (key,) = set(result.entity_ids)
    assert lastname(client, key) == "Zoë"
    client.records.delete("contact", key)


def test_a_batch_stops_at_the_first_failure_or_goes_on(client: DataverseClient) -> None:
    def statuses(*, continue_on_error: bool) -> list[int]:
        batch = client.batch.new()
        batch.records.update("contact", ABSENT, {"lastname": "Nobody"})
        batch.records.retrieve("contact", ANN, select=["lastname"])
        return [answer.status_code for answer in batch.execute(continue_on_error=continue_on_error).responses]

    assert statuses(continue_on_error=False) == [404]
    assert statuses(continue_on_error=True) == [404, 200]


FETCH = """
<fetch count="3">
  <entity name="contact">
    <attribute name="lastname" />
    <filter><condition attribute="lastname" operator="like" value="Several%" /></filter>
    <order attribute="lastname" />
  </entity>
</fetch>
"""
JOINED = """
<fetch aggregate="true">
  <entity name="account">
    <attribute name="name" groupby="true" alias="name" />
    <link-entity name="contact" from="parentcustomerid" to="accountid" alias="c">
      <attribute name="contactid" aggregate="count" alias="people" />
    </link-entity>
  </entity>
</fetch>
"""


def test_fetchxml_is_paged_by_its_cookie(client: DataverseClient, several: SimpleNamespace) -> None:
    pages = list(client.query.fetchxml(FETCH).execute_pages())
    assert [[row["lastname"] for row in page] for page in pages] == [
        several.names[:3],
        several.names[3:6],
        several.names[6:],
    ]


def test_fetchxml_joins_and_counts(client: DataverseClient) -> None:
    (row,) = client.query.fetchxml(JOINED).execute()
    assert (row["name"], row["people"]) == ("Fabrikam", 1)


def test_sql(client: DataverseClient, several: SimpleNamespace) -> None:
    def told(sql: str) -> list[dict[str, Any]]:
        return [row.to_dict() for row in client.query.sql(sql)]

    top = told("SELECT TOP 2 lastname FROM contact WHERE lastname LIKE 'Several%' ORDER BY lastname DESC")
    assert [row["lastname"] for row in top] == several.names[:-3:-1]
    joined = told(
        "SELECT a.name, COUNT(c.contactid) AS cnt FROM account a "
        "JOIN contact c ON a.accountid = c.parentcustomerid GROUP BY a.name"
    )
    assert [(row["name"], row["cnt"]) for row in joined] == [("Fabrikam", 1)]
    with pytest.raises(HttpError) as caught:
        client.query.sql("SELECT nosuch FROM contact")
    assert caught.value.status_code == 400


def test_metadata(client: DataverseClient) -> None:
    table = client.tables.get("contact")
    assert table is not None
    assert (table["entity_set_name"], table["primary_id_attribute"]) == ("contacts", "contactid")
    assert client.tables.get("new_absent") is None
    assert {"contact", "account"} <= {found["LogicalName"] for found in client.tables.list()}
    columns = {column["LogicalName"]: column for column in client.tables.list_columns("contact")}
    assert columns["new_tier"]["AttributeType"] == "Picklist"
    names = {found["SchemaName"] for found in client.tables.list_table_relationships("contact")}
    assert "contact_customer_accounts" in names
    (key,) = client.tables.get_alternate_keys("contact")
    assert (key.schema_name, list(key.key_attributes), key.status) == ("new_code_key", ["new_code"], "Active")


def test_an_unknown_table_is_told(client: DataverseClient) -> None:
    with pytest.raises(MetadataError):
        client.records.create("new_absent", {"name": "x"})


def test_what_is_not_emulated_says_so(client: DataverseClient) -> None:
    with pytest.raises(HttpError) as caught:
        client.tables.create("new_Thing", {"new_Name": "string"})
    assert caught.value.status_code == 501
    assert "not emulated" in str(caught.value)


def test_a_wrong_token_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", served.ca)
    with DataverseClient(served.url, Given("wrong")) as client, pytest.raises(HttpError) as caught:
        client.records.retrieve("contact", ANN)
    assert caught.value.status_code == 401
