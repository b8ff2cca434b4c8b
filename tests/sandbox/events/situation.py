"""An outbound event and the empty real-time draft it goes to, and a client for the events endpoint."""

from dataclasses import dataclass
from typing import Any

import httpx

from mig.sandbox.events import endpoint
from mig.sandbox.world import World
from tests.sandbox.conftest import CONTACTS, Api, MakeWorld

SOURCE = "50000000-0000-0000-0000-000000000001"
TARGET = "50000000-0000-0000-0000-000000000002"
ABSENT = "50000000-0000-0000-0000-0000000000ff"
DRAFT, LIVE = 100000000, 100000003
OUTBOUND, REALTIME = 100000001, 100000002
REGISTRATIONS = 10
CANCELLED = 3  # the position of the registration that is cancelled

Rows = dict[str, list[dict[str, object]]]


def number(prefix: str, position: int) -> str:
    return f"{prefix}0000000-0000-0000-0000-{position:012}"


def event(key: str, name: str, system: int | None, **more: object) -> dict[str, object]:
    facts: dict[str, object] = {
        "msevtmgt_eventid": key,
        "msevtmgt_name": name,
        "msevtmgt_readableeventid": name.replace(" ", "_"),
        "msevtmgt_sourcesystem": system,
        "msevtmgt_publishstatus": DRAFT,
        "msevtmgt_eventstartdate": "2027-05-04T09:00:00Z",
        "msevtmgt_eventenddate": "2027-05-05T17:00:00Z",
        **ACTIVE,
    }
    return {**facts, **more}


ACTIVE: dict[str, object] = {"statecode": 0, "statuscode": 1, "createdon": "2026-03-01T08:00:00Z"}


def rows(*, source: dict[str, object] | None = None, target: dict[str, object] | None = None) -> Rows:
    """The rows of both events; the arguments change their own columns."""
    people = [str(CONTACTS[position % 3]["contactid"]) for position in range(REGISTRATIONS)]
    origin = {"msevtmgt_event": SOURCE}
    return {
        "contact": CONTACTS,
        "msevtmgt_event": [
            event(SOURCE, "Spring Summit", OUTBOUND, **(source or {})),
            event(TARGET, "Spring Summit 2027", REALTIME, **(target or {})),
        ],
        "msevtmgt_session": [
            {
                "msevtmgt_sessionid": number("6", position),
                "msevtmgt_name": name,
                "msevtmgt_sessionmaxcapacity": 50,
                "msevtmgt_publishstatus": LIVE,
                **ACTIVE,
                **origin,
            }
            for position, name in enumerate(("Keynote", "Round table"))
        ],
        "msevtmgt_pass": [
            {
                "msevtmgt_passid": number("7", 0),
                "msevtmgt_name": "Standard",
                "msevtmgt_eventid": SOURCE,
                "msevtmgt_noofpassesallocated": 100,
                "msevtmgt_noofpassessold": 10,
                "msevtmgt_passprice": 90,
                **ACTIVE,
            }
        ],
        "msevtmgt_customregistrationfield": [
            {
                "msevtmgt_customregistrationfieldid": number("8", 0),
                "msevtmgt_text": "Which meal?",
                "msevtmgt_type": 100000003,
                "msevtmgt_choices": "Fish\nVegan",
                "msevtmgt_isrequired": 0,
                **ACTIVE,
            }
        ],
        "msevtmgt_eventcustomregistrationfield": [
            {
                "msevtmgt_eventcustomregistrationfieldid": number("8", 1),
                "msevtmgt_customregistrationfield": number("8", 0),
                **ACTIVE,
                **origin,
            }
        ],
        "msevtmgt_eventregistration": [
            {
                "msevtmgt_eventregistrationid": number("9", position),
                "msevtmgt_name": f"R{position}",
                "msevtmgt_eventid": SOURCE,
                "msevtmgt_contactid": person,
                "msevtmgt_iscanceled": int(position == CANCELLED),
                "msevtmgt_qrcode": f"QR R{position}",
                **ACTIVE,
            }
            for position, person in enumerate(people)
        ],
        "msevtmgt_sessionregistration": [
            {
                "msevtmgt_sessionregistrationid": number("a", position),
                "msevtmgt_name": f"S{position}",
                "msevtmgt_registrationid": number("9", position),
                "msevtmgt_sessionid": number("6", position % 2),
                "msevtmgt_contactid": person,
                "msevtmgt_iscanceled": int(position == CANCELLED),
                **ACTIVE,
                **origin,
            }
            for position, person in enumerate(people)
        ],
        "msevtmgt_attendeepass": [
            {
                "msevtmgt_attendeepassid": number("b", position),
                "msevtmgt_name": f"P{position}",
                "msevtmgt_eventid": SOURCE,
                "msevtmgt_eventregistrationid": number("9", position),
                "msevtmgt_pass": number("7", 0),
                "msevtmgt_contact": people[position],
                "msevtmgt_passprice": 90,
                **ACTIVE,
            }
            for position in range(0, REGISTRATIONS, 2)
        ],
        "msevtmgt_registrationresponse": [
            {
                "msevtmgt_registrationresponseid": number("d", 0),
                "msevtmgt_response": "Vegan",
                "msevtmgt_customregistrationfield": number("8", 0),
                "msevtmgt_eventregistration": number("9", 0),
                **ACTIVE,
            }
        ],
        "msevtmgt_waitlistitem": [
            {
                "msevtmgt_waitlistitemid": number("e", 0),
                "msevtmgt_contact": people[0],
                **ACTIVE,
                **origin,
            }
        ],
        "msevtmgt_checkin": [
            {
                "msevtmgt_checkinid": number("f", 0),
                "msevtmgt_registrationid": number("9", 0),
                "msevtmgt_contact": people[0],
                **ACTIVE,
                **origin,
            }
        ],
    }


@dataclass
class Endpoint:
    """Requests to the events endpoint of a world, with its token unless told otherwise."""

    world: World

    def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        options["params"] = {
            "emApplicationtoken": token or self.world.events_token,
            **options.get("params", {}),
        }
        return Api(self.world).send(method, endpoint("http://sandbox", self.world) + path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.send("GET", path, **options)

    def start(self, **changes: object) -> httpx.Response:
        body = {"fromEventId": SOURCE, "toEventId": TARGET, **changes}
        return self.send("POST", "obmMigration/start", json=body)

    @property
    def status(self) -> str:
        return str(self.get("obmMigration/status").json()["status"])

    def pass_time(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def copies(self, table: str, select: str = "", *, event_column: str = "_msevtmgt_eventid_value") -> Any:
        """Rows of the target event, the oldest first."""
        found = Api(self.world).rows(
            table, params={"$filter": f"{event_column} eq {TARGET}", "$orderby": "createdon,msevtmgt_name"}
        )
        return [row[select] for row in found] if select else found

    @property
    def names(self) -> list[str]:
        """The registration ids in the target event, sorted."""
        return sorted(self.copies("msevtmgt_eventregistrations", "msevtmgt_name"))


def open_endpoint(make_world: MakeWorld, **changes: Any) -> Endpoint:
    """A world in the phase that has the job, with both events."""
    return Endpoint(make_world(**{"phase": "hidden", "rows": rows(), **changes}))
