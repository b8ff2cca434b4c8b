"""Outbound events as rows, with the number of their registrations.

Facts: reference/events-and-transition.md 1.4 and 2.1. The service's own counter stops at 50,000, so rows are
counted; of a registration nothing but its event is read.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from mig.dataverse import odata
from mig.dataverse.cells import code, lookup, moment, row_key, word
from mig.dataverse.client import Client
from mig.dataverse.errors import RequestFailed
from mig.dataverse.messages import Row
from mig.events.rows import OUTBOUND, PublishStatus
from mig.events.tables import EVENT, REGISTRATION
from mig.model.findings import Finding, Severity

_OUTBOUND: Final = f"msevtmgt_sourcesystem eq {OUTBOUND} or msevtmgt_sourcesystem eq null"
_EVENT: Final = "_msevtmgt_eventid_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundEvent:
    """A row of `msevtmgt_event`; `registrations` counts all of them, cancelled ones included."""

    id: str
    name: str
    status_code: int
    created: datetime | None
    modified: datetime | None
    owner_id: str | None
    unit_id: str | None
    registrations: int | None

    COLUMNS = (
        "msevtmgt_eventid",
        "msevtmgt_name",
        "msevtmgt_publishstatus",
        "createdon",
        "modifiedon",
        "_ownerid_value",
        "_owningbusinessunit_value",
    )

    @classmethod
    def of(cls, row: Row, registrations: Counter[str] | None) -> Self:
        """From a Web API row; None where nobody may count."""
        key = row_key(row, "msevtmgt_eventid")
        return cls(
            id=key,
            name=row.get("msevtmgt_name") or "",
            status_code=code(row, "msevtmgt_publishstatus"),
            created=moment(row.get("createdon")),
            modified=moment(row.get("modifiedon")),
            owner_id=lookup(row, "ownerid"),
            unit_id=lookup(row, "owningbusinessunit"),
            registrations=None if registrations is None else registrations[key],
        )

    @property
    def status(self) -> str:
        """`draft`, `live`, `cancelled`, …"""
        return word(PublishStatus, self.status_code)


@dataclass(frozen=True, slots=True)
class OutboundEvents:
    """All there are, by id; `gaps` says what could not be read, table by table."""

    events: tuple[OutboundEvent, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What follows from the gaps."""
        return tuple(
            Finding(
                code="EVT002",
                severity=Severity.WARNING,
                message=f"not all is known of the outbound events: {gap}",
                fix="give this identity read access to the table",
            )
            for gap in self.gaps
        )


async def read_outbound(client: Client) -> OutboundEvents:
    """All of them, with the number of their registrations."""
    try:
        path = odata.query(EVENT.entity_set, select=OutboundEvent.COLUMNS, where=_OUTBOUND)
        rows = [row async for row in client.rows(path)]
    except RequestFailed as error:
        return OutboundEvents(gaps=_gap(EVENT.table, error))
    counted, gaps = await _registrations(client) if rows else (None, ())
    events = sorted((OutboundEvent.of(row, counted) for row in rows), key=lambda event: event.id)
    return OutboundEvents(tuple(events), gaps)


async def _registrations(client: Client) -> tuple[Counter[str] | None, tuple[str, ...]]:
    path = odata.query(REGISTRATION.entity_set, select=(_EVENT,))
    try:
        return Counter([str(row.get(_EVENT)).lower() async for row in client.rows(path)]), ()
    except RequestFailed as error:
        return None, _gap(REGISTRATION.table, error)


def _gap(table: str, error: RequestFailed) -> tuple[str, ...]:
    """A table that is missing is no gap: there never were events. Any other failure fails the command."""
    if error.status == 404:
        return ()
    if error.status == 403:
        return (f"{table} cannot be read: {error.status} {error.message}".strip(),)
    raise error
