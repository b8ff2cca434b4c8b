"""People who register through the endpoint: `{attendees: [{firstName, lastName, email, waitlisted?}]}`, §2.6.

Assumed: the background worker is done at once; it matches a contact by e-mail, first and last name, or
makes one; the answer is 200 without content. Passes, sessions and answers of attendees are not emulated: the
columns of their tables, or the shape of their parts, are not public.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mig.sandbox import errors
from mig.sandbox.call import Call
from mig.sandbox.events.answers import plain_json
from mig.sandbox.events.published import live_event
from mig.sandbox.events.tables import REGISTRATION, add_row, derived_id
from mig.sandbox.values import Stored
from mig.sandbox.wire import WireResponse
from mig.sandbox.world import World

_REQUIRED: Final = ("firstName", "lastName", "email")
_LATER: Final = ("passId", "responses", "attendeeSessions")
_WAITLISTED: Final = "Waitlisted"


def register(call: Call, readable_id: str) -> WireResponse:
    """Every attendee becomes a registration, or all are refused."""
    event = live_event(call.world, readable_id)["msevtmgt_eventid"]
    attendees = call.document().get("attendees")
    if not isinstance(attendees, list) or not attendees:
        raise errors.bad_registration("attendees is a list of at least one")
    now = call.world.clock.now()
    for attendee in attendees:
        _register(call.world, event, _read(attendee), now)
    return plain_json(200, {})


def _read(attendee: object) -> Mapping[str, Any]:
    if not isinstance(attendee, dict):
        raise errors.bad_registration("an attendee is an object")
    for name in _REQUIRED:
        if not isinstance(attendee.get(name), str) or not attendee[name].strip():
            raise errors.bad_registration(f"an attendee has a {name}")
    for name in _LATER:
        if attendee.get(name):
            raise errors.not_emulated(f"{name} of an attendee")
    return attendee


def _register(world: World, event: str, attendee: Mapping[str, Any], now: datetime) -> None:
    key = derived_id(world, REGISTRATION, event, world.version())
    values: dict[str, Stored] = {
        "msevtmgt_eventid": event,
        "msevtmgt_contactid": _contact(world, attendee, now),
        "msevtmgt_name": key.replace("-", "")[:12].upper(),
        "msevtmgt_createdfromapi": 1,
    }
    if attendee.get("waitlisted"):
        values["statuscode"] = _waitlisted(world)
    add_row(world, REGISTRATION, key, values, now)


def _waitlisted(world: World) -> int:
    """The number behind the label is not public: a world says it, as a column of its own, or has none."""
    for number, label in world.schema[REGISTRATION].columns["statuscode"].options.items():
        if label == _WAITLISTED:
            return number
    raise errors.not_emulated("a waitlisted registration: this world has no such status reason")


def _contact(world: World, attendee: Mapping[str, Any], now: datetime) -> str:
    first, last, email = (attendee[name].strip() for name in _REQUIRED)
    sql = (
        "SELECT contactid FROM contact WHERE lower(emailaddress1) = lower(?) AND lower(firstname) = lower(?)"
        " AND lower(lastname) = lower(?) ORDER BY createdon, contactid LIMIT 1"
    )
    found = world.connection.execute(sql, (email, first, last)).fetchone()
    if found is not None:
        return str(found[0])
    key = derived_id(world, "contact", world.version())
    values: dict[str, Stored] = {"firstname": first, "lastname": last, "emailaddress1": email}
    add_row(world, "contact", key, {**values, "fullname": f"{first} {last}"}, now)
    return key
