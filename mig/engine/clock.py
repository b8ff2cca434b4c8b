"""This machine's clock against the organisation's.

Leases of the lock and the times in the ledger are compared between machines. One whose clock is off would
take over a lock that is held, or keep one that others think has ended: it may look, and not write.
"""

from datetime import timedelta
from typing import Final

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.dataverse.privileges import who_am_i

TOLERATED: Final = timedelta(minutes=2)  # less than half of a lease, after which it is renewed


class ClockOff(DataverseError):
    """The two clocks are too far apart."""

    code = "ENV038"
    fix = "set the clock of this machine, best by the network's time, and run again"

    def __init__(self, place: str, ahead: timedelta) -> None:
        minutes = round(abs(ahead) / timedelta(minutes=1))
        side = "behind" if ahead > timedelta() else "ahead of"
        super().__init__(
            f"the clock of this machine is {minutes} minutes {side} that of {place}:"
            " when a lock ends could not be judged"
        )


async def check_clock(client: Client) -> None:
    """By what the organisation said last; `ClockOff` when that is too far from here."""
    if client.ahead is None:
        await who_am_i(client)
    ahead = client.ahead or timedelta()
    if abs(ahead) > TOLERATED:
        raise ClockOff(client.shown_as, ahead)
