"""Reading a waitlist, and of those who are registered what a waitlist asks of them."""

from typing import Final

from mig.dataverse import odata
from mig.dataverse.cells import code, lookup, moment, row_key
from mig.dataverse.client import Client
from mig.dataverse.messages import Row
from mig.events.rows import Waiting
from mig.events.tables import REGISTRATION, WAITING
from mig.events.waitlist import Registered

WAITING_COLUMNS: Final = (
    "msevtmgt_waitlistitemid",
    "_msevtmgt_contact_value",
    "_msevtmgt_session_value",
    "createdon",
    "msevtmgt_autoregister",
)
_REGISTERED_COLUMNS: Final = (
    REGISTRATION.id_column,
    "_msevtmgt_contactid_value",
    "msevtmgt_iscanceled",
    "statuscode",
)


async def read_waiting(client: Client, event_id: str) -> tuple[Waiting, ...]:
    """Who waits for an event; `RequestFailed` where that may not be read."""
    path = odata.query(WAITING.entity_set, select=WAITING_COLUMNS, where=WAITING.of(event_id))
    return tuple([waiting_of(row) async for row in client.rows(path)])


async def read_registered(client: Client, event_id: str) -> tuple[Registered, ...]:
    """Who is registered for an event."""
    where = REGISTRATION.of(event_id)
    path = odata.query(REGISTRATION.entity_set, select=_REGISTERED_COLUMNS, where=where)
    return tuple([_registered(row) async for row in client.rows(path)])


def waiting_of(row: Row) -> Waiting:
    """A row of the waitlist."""
    return Waiting(
        id=row_key(row, "msevtmgt_waitlistitemid"),
        contact=lookup(row, "msevtmgt_contact"),
        session=lookup(row, "msevtmgt_session"),
        created=moment(row.get("createdon")),
        automatic=bool(row.get("msevtmgt_autoregister")),
    )


def _registered(row: Row) -> Registered:
    return Registered(
        row_key(row, REGISTRATION.id_column),
        lookup(row, "msevtmgt_contactid"),
        bool(row.get("msevtmgt_iscanceled")),
        code(row, "statuscode"),
    )
