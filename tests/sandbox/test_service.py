import asyncio
import signal
import socket
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from mig.sandbox import app, routes
from mig.sandbox.errors import TYPE
from mig.sandbox.metadata import definitions
from mig.sandbox.odata import options
from mig.sandbox.serve import ServeError, serve
from mig.sandbox.service import Service
from mig.sandbox.spec import Deed
from mig.sandbox.switches import Switches
from mig.sandbox.wire import WireRequest
from mig.sandbox.world import World
from tests.sandbox.conftest import ANN, BASE, Api, code


def test_a_token_is_demanded(api: Api) -> None:
    for headers, wanted in (
        ({"Authorization": ""}, "0x80044300"),
        ({"Authorization": "Bearer x"}, "0x8004a100"),
    ):
        answer = api.get("WhoAmI", headers=headers)
        assert code(answer) == (401, wanted)
        assert answer.headers["www-authenticate"].startswith("Bearer authorization_uri=http://sandbox/")


@pytest.mark.parametrize("version", ["v9.0", "v9.1", "v9.2"])
def test_versions(api: Api, version: str) -> None:
    answer = api.row(f"http://sandbox/api/data/{version}/WhoAmI")
    assert answer["@odata.context"].startswith(f"http://sandbox/api/data/{version}/$metadata#")


@pytest.mark.parametrize("path", ["/", "/api/data/v8.2/contacts", "/api/data/v9.20/contacts", "/contacts"])
def test_a_wrong_base(api: Api, path: str) -> None:
    assert code(api.get(f"http://sandbox{path}")) == (400, "0x80060888")


@pytest.mark.parametrize("path", ["WhoAmI", "WhoAmI()", "contacts", "nosuch", f"contacts({ANN})"])
def test_every_answer_has_the_services_headers(api: Api, path: str) -> None:
    headers = api.get(path).headers
    assert headers["odata-version"] == "4.0"
    assert headers["content-type"] == "application/json; odata.metadata=minimal"
    assert headers["x-ms-service-request-id"] == headers["req_id"]
    assert headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "1,200.00"
    assert "ARRAffinity" in headers["set-cookie"]


def test_request_ids_differ_and_repeat_with_the_requests(world: World) -> None:
    def ids() -> list[str]:
        service = Service(world)
        request = WireRequest("GET", "/api/data/v9.2/WhoAmI")
        return [service.handle(request).headers["REQ_ID"] for _ in range(3)]

    first = ids()
    assert len(set(first)) == 3
    assert ids() == first


def test_functions(api: Api) -> None:
    assert api.row("WhoAmI") == api.row("WhoAmI()")
    assert api.row("RetrieveVersion()")["Version"].startswith("9.2.")
    access = "AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default'"
    detail = api.row(f"RetrieveCurrentOrganization({access})")["Detail"]
    assert detail["OrganizationId"] == api.row("WhoAmI")["OrganizationId"]


def test_a_body_above_the_limit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "LARGEST_BODY", 100)
    assert api.post("contacts", {"description": "x" * 200}).status_code == 413
    assert api.post("contacts", {"lastname": "x"}).status_code == 204


def test_unknown_verbs(api: Api) -> None:
    for method in ("PUT", "OPTIONS"):
        assert api.send(method, "contacts").status_code == 405


def test_serving(world: World) -> None:
    seen: list[Any] = []

    def ask(url: str) -> None:
        headers = {"Authorization": f"Bearer {world.token}"}
        try:
            with httpx.Client(base_url=f"{url}/api/data/v9.2/", headers=headers) as client:
                seen.append(client.get("contacts?$select=fullname&$top=1"))
                seen.append(client.post("contacts", json={"lastname": "Served"}))
        finally:
            signal.raise_signal(signal.SIGINT)

    asking: list[threading.Thread] = []

    def on_ready(url: str) -> None:
        asking.append(threading.Thread(target=ask, args=(url,)))
        asking[0].start()

    serve(world, 0, on_ready)
    asking[0].join()
    read, created = seen
    assert read.json()["@odata.context"].startswith("http://127.0.0.1:")
    assert created.status_code == 204
    assert "Served" in {row["lastname"] for row in Api(world).rows("contacts")}


def test_a_port_in_use(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"127.0.0.1:{port} cannot be served"):
            serve(world, port, print)


def test_one_table_by_name(api: Api) -> None:
    entry = api.row("EntityDefinitions(LogicalName='contact')?$select=EntitySetName,SchemaName")
    assert entry["@odata.context"] == f"{BASE}$metadata#EntityDefinitions/$entity"
    assert (entry["EntitySetName"], entry["SchemaName"]) == ("contacts", "Contact")
    assert "MetadataId" in entry


def test_several_tables_with_their_attributes(api: Api) -> None:
    found = api.rows(
        "EntityDefinitions?$select=LogicalName,PrimaryIdAttribute,PrimaryNameAttribute"
        "&$filter=LogicalName eq 'contact' or LogicalName eq 'msdynmkt_segment' or LogicalName eq 'nosuch'"
        "&$expand=Attributes($select=LogicalName,AttributeType,SourceType)"
    )
    contact, segment = sorted(found, key=lambda entry: str(entry["LogicalName"]))
    assert (contact["PrimaryIdAttribute"], segment["PrimaryNameAttribute"]) == (
        "contactid",
        "msdynmkt_sourcesegmentuid",
    )
    attributes = {entry["LogicalName"]: entry for entry in contact["Attributes"]}
    assert attributes["new_tier"]["AttributeType"] == "Picklist"
    assert attributes["new_tier"]["@odata.type"] == "#Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    assert "MaxLength" not in attributes["lastname"]
    sources = {entry["LogicalName"]: entry["SourceType"] for entry in segment["Attributes"]}
    assert (sources["msdynmkt_membercount"], sources["msdynmkt_displayname"]) == (2, 0)


def test_all_tables(api: Api) -> None:
    entries = api.rows("EntityDefinitions?$select=LogicalName,IsOptimisticConcurrencyEnabled")
    assert len(entries) == len(api.world.schema.tables)
    assert all(entry["IsOptimisticConcurrencyEnabled"] for entry in entries)


def test_attributes_by_cast_have_what_their_type_adds(api: Api) -> None:
    base = "EntityDefinitions(LogicalName='contact')/Attributes"
    texts = api.rows(f"{base}/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=LogicalName,MaxLength")
    assert {entry["LogicalName"]: entry["MaxLength"] for entry in texts}["lastname"] == 50
    (one,) = api.rows(f"{base}?$select=SourceType&$filter=LogicalName eq 'fullname'")
    assert one["SourceType"] == 0
    (lookup,) = api.rows(
        f"{base}/Microsoft.Dynamics.CRM.LookupAttributeMetadata?$filter=LogicalName eq 'parentcustomerid'"
    )
    assert lookup["Targets"] == ["account", "contact"]


def test_the_docs_name_what_is_emulated_and_what_is_not() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    emulated, missing = page.split("## What is not emulated")
    bound = (name.removeprefix(TYPE) for name in (*routes.BOUND_TO_SETS, *routes.BOUND_TO_USERS))
    languages = (f"?{name}=" for name in routes.QUERY_LANGUAGES)
    for name in (*routes.FUNCTIONS, *routes.ACTIONS, *bound, *languages, *definitions.ROOTS):
        assert f"`{name}" in emulated, name
    for name in (*(one.name for one in fields(Switches)), *Deed):
        assert f"`{name}`" in emulated, name
    for name in (*routes.LATER, *options.LATER):
        assert name in missing, name


def test_who_leaves_half_way_through_a_request_is_not_answered(api: Api) -> None:
    """As a process that is killed does; a server that complained of each would hide what matters."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/data/v9.2/contacts",
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "server": ("sandbox", 80),
    }
    told = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(told)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    asyncio.run(api.app(scope, receive, send))
    assert next(told, None) is None
