"""Reading the waitlists of all events that a manifest lists, to be written to a file."""

from mig.engine.recording import EnvironmentNeeded
from mig.engine.snapshot import Endpoint
from mig.events.gather import EventRows, list_events
from mig.events.read_waitlist import read_waiting
from mig.events.rows import Waiting
from mig.manifest.model import Manifest
from mig.model.address import Address


async def read_waitlists(manifest: Manifest, source: Endpoint) -> list[tuple[Address, tuple[Waiting, ...]]]:
    """By address, whether an event was moved or not; an entry that means no event has none.

    `EnvironmentNeeded` where the source is a snapshot: persons are not in it, not even by their ids.
    """
    if not manifest.events:
        return []
    if source.recording is not None:
        raise EnvironmentNeeded(source.name)
    asked = EventRows(sources=await list_events(source)).asked(manifest)
    return [(one.address, await read_waiting(source.client, one.source.id)) for one in asked.wanted]
