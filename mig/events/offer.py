"""Whether the events service offers its registration job here, and what that job is doing: reads only."""

from dataclasses import dataclass
from enum import StrEnum

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.dataverse.events_service import JobNotOffered, TokenRefused
from mig.dataverse.job_status import JobState, JobStatus


class Standing(StrEnum):
    """How the service answers to the question how its job is."""

    OFFERED = "offered"
    ABSENT = "absent"
    DENIED = "denied"
    SILENT = "silent"
    UNCONFIGURED = "unconfigured"


@dataclass(frozen=True, slots=True)
class Offer:
    """What was found; `told` is the evidence. `status` is there where the job is offered."""

    standing: Standing
    told: str
    status: JobStatus | None = None

    @property
    def busy(self) -> bool:
        """Whether the service says that a job is running."""
        return self.status is not None and self.status.state is JobState.RUNNING

    @property
    def unclear(self) -> bool:
        """Whether it does not tell whether one is."""
        return self.status is not None and self.status.state is JobState.INDETERMINATE


UNCONFIGURED = Offer(Standing.UNCONFIGURED, "the manifest names no events service")


async def read_offer(client: Client) -> Offer:
    """Ask how the job is. Nothing that goes wrong ends the reading: it is what was found."""
    if client.events is None:
        return UNCONFIGURED
    try:
        status = await client.events.status()
    except JobNotOffered as error:
        return Offer(Standing.ABSENT, f"the official job is gone: obmMigration answers {error.status}")
    except TokenRefused as error:
        return Offer(Standing.DENIED, str(error))
    except DataverseError as error:
        return Offer(Standing.SILENT, str(error))
    return Offer(Standing.OFFERED, "the service offers it: obmMigration answers", status)
