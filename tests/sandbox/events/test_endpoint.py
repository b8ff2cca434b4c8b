"""The events endpoint: its address and token, what it shows of live events, and registering."""

from typing import Any

import httpx
import pytest

from mig.model.tables import Column, ColumnType
from mig.sandbox.events import endpoint
from tests.sandbox.conftest import ANN, Api, MakeWorld, spec
from tests.sandbox.events.situation import (
    LIVE,
    REALTIME,
    SOURCE,
    TARGET,
    Endpoint,
    number,
    open_endpoint,
    rows,
)
from tests.sandbox.test_reading import cases

PERSON = {"firstName": "Ivo", "lastName": "Quill", "email": "ivo@example.com"}


@pytest.fixture
def events(make_world: MakeWorld) -> Endpoint:
    """The source event as a live real-time event, the other one in draft."""
    return open_endpoint(
        make_world,
        phase="removed",
        rows=rows(source={"msevtmgt_sourcesystem": REALTIME, "msevtmgt_publishstatus": LIVE}),
    )


def register(events: Endpoint, *attendees: Any) -> httpx.Response:
    return events.send("POST", "events/Spring_Summit/registrations", json={"attendees": attendees})


def test_the_address_is_built_on_the_host_that_the_client_used(events: Endpoint) -> None:
    organization = events.world.organization_id
    assert endpoint("https://127.0.0.1:8443", events.world) == (
        f"https://127.0.0.1:8443/api/v1.0/orgs/{organization}/eventmanagement/"
    )


def test_tokens(events: Endpoint) -> None:
    published = endpoint("http://sandbox", events.world) + "events/published"
    assert Api(events.world).get(published).status_code == 400  # the bearer token is not looked at
    assert events.get("events/published", token=TARGET).status_code == 401
    assert events.get("events/published", token=events.world.token).status_code == 401
    assert Api(events.world).get("contacts", token=events.world.events_token).status_code == 401
    other = published.replace(events.world.organization_id, SOURCE)
    params = {"emApplicationtoken": events.world.events_token}
    assert Api(events.world).get(other, params=params).status_code == 404


def test_it_does_not_speak_odata(events: Endpoint) -> None:
    answer = events.get("events/published")
    assert "odata-version" not in answer.headers
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("case", cases("events_endpoint.yaml"), ids=str)
def test_answers(events: Endpoint, case: dict[str, Any]) -> None:
    if "get" in case:
        answer = events.get(case["get"])
    else:
        answer = events.send("POST", case["post"], json=case.get("body", {}))
    assert answer.status_code == case["is"]
    if "shows" in case:
        assert answer.json() == case["shows"]
    if "says" in case:
        assert case["says"] in answer.json()["message"]


def test_published_events(events: Endpoint) -> None:
    (shown,) = events.get("events/published").json()
    assert (shown["eventId"], shown["readableEventId"]) == (SOURCE, "Spring_Summit")
    assert (shown["eventName"], shown["startDate"]) == ("Spring Summit", "2027-05-04T09:00:00Z")
    assert events.get("events/Spring_Summit").json()["eventName"] == "Spring Summit"
    unit = {"businessUnitId": events.world.business_unit.upper(), "webappId": ""}
    assert len(events.get("events/published", params=unit).json()) == 1
    assert events.get("events/published", params={"businessUnitId": TARGET}).json() == []


def test_registering_someone_known_and_someone_new(events: Endpoint) -> None:
    known = {"firstName": "ann", "lastName": "O'Neil", "email": "ANN@fabrikam.example"}
    api = Api(events.world)
    api.patch(f"contacts({ANN})", {"firstname": "Ann"})
    assert register(events, known, PERSON).status_code == 200
    made = api.rows("msevtmgt_eventregistrations", params={"$filter": "msevtmgt_createdfromapi eq true"})
    contacts = {row["_msevtmgt_contactid_value"] for row in made}
    assert (len(made), ANN in contacts) == (2, True)
    (new,) = contacts - {ANN}
    assert api.row(f"contacts({new})")["emailaddress1"] == "ivo@example.com"
    assert events.get("events/Spring_Summit/registrations/count").json() == 11


@pytest.mark.parametrize(
    "attendees",
    [[], ["Ivo"], [{**PERSON, "email": " "}], [PERSON, {"firstName": "Ivo"}]],
)
def test_registrations_that_cannot_be_read(events: Endpoint, attendees: list[Any]) -> None:
    answer = register(events, *attendees)
    assert (answer.status_code, "not valid" in answer.json()["message"]) == (400, True)
    assert events.get("events/Spring_Summit/registrations/count").json() == 9


@pytest.mark.parametrize(
    "more",
    [{"passId": number("7", 0)}, {"responses": [{"id": 1}]}, {"attendeeSessions": [1]}, {"waitlisted": True}],
)
def test_parts_that_are_not_emulated(events: Endpoint, more: dict[str, Any]) -> None:
    assert register(events, {**PERSON, **more}).status_code == 501


def test_a_waitlisted_registration_where_the_organisation_names_the_status(make_world: MakeWorld) -> None:
    status = Column(name="statuscode", type=ColumnType.STATUS, options={1: "Registered", 700: "Waitlisted"})
    events = open_endpoint(
        make_world,
        rows=rows(source={"msevtmgt_sourcesystem": REALTIME, "msevtmgt_publishstatus": LIVE}),
        columns={**spec().columns, "msevtmgt_eventregistration": (status,)},
    )
    assert register(events, {**PERSON, "waitlisted": True}).status_code == 200
    found = Api(events.world).rows("msevtmgt_eventregistrations", params={"$filter": "statuscode eq 700"})
    assert len(found) == 1


def test_a_status_of_the_organisations_own_makes_an_active_row(make_world: MakeWorld) -> None:
    status = Column(name="statuscode", type=ColumnType.STATUS, options={1: "Registered", 700: "Waitlisted"})
    columns = {**spec().columns, "msevtmgt_eventregistration": (status,)}
    api = Api(make_world(columns=columns))
    body = {"msevtmgt_eventregistrationid": number("9", 9), "statuscode": 700}
    assert api.post("msevtmgt_eventregistrations", body).status_code == 204
    made = api.row(f"msevtmgt_eventregistrations({number('9', 9)})")
    assert (made["statecode"], made["statuscode"]) == (0, 700)
