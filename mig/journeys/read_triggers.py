"""Reading which journeys wait for triggers. Definitions are long; only what is waited for is kept."""

import asyncio
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.messages import Row
from mig.journeys.cues import cues_in
from mig.journeys.rows import DEFINITIONS_PER_PAGE, JOURNEY, JOURNEY_COLUMNS, journey_of, read_rows
from mig.journeys.triggers import Cued, Triggers

_TRIGGER: Final = "msdynmkt_eventmetadata"
_TRIGGER_COLUMNS: Final = ("msdynmkt_uniquename", "msdynmkt_sourceentity")
_TRIGGERS_PER_PAGE: Final = 5000


async def read_triggers(client: Client) -> Triggers:
    """One paged request a table, of the environment that rows are written to."""
    (journeys, no_journeys), (watched, no_watched) = await asyncio.gather(
        read_rows(client, JOURNEY, JOURNEY_COLUMNS, _cued, DEFINITIONS_PER_PAGE, labels=True),
        read_rows(client, _TRIGGER, _TRIGGER_COLUMNS, _watched, _TRIGGERS_PER_PAGE),
    )
    return Triggers(
        journeys=tuple(sorted(journeys, key=lambda cued: cued.journey)),
        watched=dict(watched),
        gaps=tuple(gap for gap in (no_journeys, no_watched) if gap is not None),
    )


def _cued(row: Row) -> Cued | None:
    """None for a journey that waits for no trigger."""
    journey = journey_of(row)
    if journey is None:
        return None
    cues = cues_in(row.get("msdynmkt_journeyjson"))
    return Cued(journey, cues or (), garbled=cues is None) if cues or cues is None else None


def _watched(row: Row) -> tuple[str, str] | None:
    name, table = row.get("msdynmkt_uniquename"), row.get("msdynmkt_sourceentity")
    return (name.lower(), table.lower()) if name and table else None
