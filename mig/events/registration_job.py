"""The official registration job, as the engine drives it."""

from dataclasses import dataclass
from typing import Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.events_service import EventsService, NoEventsService
from mig.dataverse.job_status import JobStatus
from mig.events.tables import ATTENDEE_PASS, REGISTRATION, SESSION_REGISTRATION, Rows

# What the job makes besides registrations; whether it counts those, no public source says.
_OTHERS: Final = (SESSION_REGISTRATION, ATTENDEE_PASS)


@dataclass(frozen=True, slots=True)
class RegistrationJob:
    """The job over one pair of events, by their ids."""

    source: str
    target: str

    async def start(self, client: Client, *, instead: bool) -> None:
        """Start it; `OutcomeUnknown` when nobody knows whether it began."""
        await _service(client).start(self.source, self.target, instead=instead)

    async def status(self, client: Client) -> JobStatus:
        """What the service says of its latest job, whoever started it."""
        return await _service(client).status()

    async def rows(self, client: Client) -> tuple[int, int]:
        """Registrations of the target, and the rows that hang on them."""
        others = [await self._count(client, rows) for rows in _OTHERS]
        return await self._count(client, REGISTRATION), sum(others)

    async def _count(self, client: Client, rows: Rows) -> int:
        """Row by row: the service's own counts end at 50,000 (reference/events-and-transition.md 2.1)."""
        path = odata.query(rows.entity_set, select=(rows.id_column,), where=rows.of(self.target))
        return len([row async for row in client.rows(path)])

    def concerns(self, status: JobStatus) -> bool:
        """Whether a status may be that of this pair."""
        pair = zip((status.source, status.target), (self.source, self.target), strict=True)
        return all(named is None or named == own for named, own in pair)


def _service(client: Client) -> EventsService:
    if client.events is None:
        raise NoEventsService(client.shown_as)
    return client.events
