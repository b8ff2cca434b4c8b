"""Making a waitlist anew, as a step: who waits is read when it is needed, and kept nowhere."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from mig.dataverse.client import Client
from mig.dataverse.messages import Request
from mig.engine.steps import Converge
from mig.events.read_waitlist import read_registered, read_waiting
from mig.events.waitlist import queue_of, unlisted, waitlist_requests


def make_waitlist(source: str, target: str, status: int) -> Converge:
    """The step that puts on the target's waitlist who is not there yet, one after the other."""
    about = {"source": source, "target": target, "status": status}
    return Converge("its waitlist, in order", about, Listing(source, target, status), in_order=True)


@dataclass(frozen=True, slots=True)
class Listing:
    """Makes the registrations that are missing of a waitlist."""

    source: str
    target: str
    status: int

    async def __call__(self, client: Client) -> Iterable[Request]:
        """The requests that are left, the oldest person first."""
        waiting, registered, there = await asyncio.gather(
            read_waiting(client, self.source),
            read_registered(client, self.source),
            read_registered(client, self.target),
        )
        people = queue_of(waiting, registered).people
        return waitlist_requests(unlisted(people, self.target, there, self.status), self.target, self.status)
