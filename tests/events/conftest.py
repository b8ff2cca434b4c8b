"""A pair of events in a world that offers the registration job, and how a plan drives it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mig.dataverse.events_service import EventsAccess
from mig.engine.jobs import Job, JobRecord, record_of
from mig.engine.ledger import Entry
from mig.engine.plan import Action, Change
from mig.engine.steps import Record
from mig.events.registration_job import RegistrationJob
from mig.model.address import Address
from mig.sandbox.app import create_app
from mig.sandbox.events import endpoint
from mig.sandbox.spec import Deed, Fault, Phase
from mig.sandbox.switches import Switches
from mig.sandbox.world import World
from mig.sandbox.worlds import Worlds
from tests.dataverse.apps import Talk
from tests.engine.conftest import Place, change
from tests.sandbox.conftest import spec
from tests.sandbox.events.situation import REGISTRATIONS, SOURCE, TARGET, rows
from tests.worlds import create

START = "POST obmMigration/start"
EVENT = Entry(
    address="event.spring", source_id=SOURCE, target={"msevtmgt_event": TARGET}, desired={}, applied={}
)


@dataclass
class JobPlace(Place):
    """A world with an outbound event of ten registrations and an empty draft."""

    def job(self, **facts: Any) -> Job:
        given: dict[str, Any] = {
            "told": "copy 10 registrations of Spring Summit to Spring Summit 2027",
            "target": TARGET,
            "rows": REGISTRATIONS,
            "few": 2,
            "entry": EVENT,
            "driver": RegistrationJob(SOURCE, TARGET),
        }
        return Job(**{**given, **facts})

    def migrating(self, **facts: Any) -> Change:
        """The change that has the service move registrations."""
        job = self.job(**facts)
        return change(
            "",
            Action.MIGRATE_REGISTRATIONS,
            address=Address("event", job.entry.address.removeprefix("event.")),
            source_id=job.entry.source_id,
            steps=(job, Record(job.entry)),
        )

    @property
    def there(self) -> int:
        """Registrations in the target."""
        sql = "SELECT COUNT(*) FROM msevtmgt_eventregistration WHERE msevtmgt_eventid = ?"
        (found,) = self.world.connection.execute(sql, (TARGET,)).fetchone()
        return int(found)

    @property
    def begun(self) -> list[str]:
        """The states of the jobs that the service began, the first one first."""
        return [row[0] for row in self.world.connection.execute("SELECT state FROM _jobs ORDER BY number")]

    @property
    def record(self) -> JobRecord | None:
        """What the ledger holds of the job."""
        return record_of(self.ledgers().own.entries.get(SOURCE))

    @property
    def starts(self) -> int:
        """How often a start was sent."""
        return sum(exchange.request == START for exchange in self.talk.log)


@contextmanager
def job_place(home: Path, facts: Mapping[str, Any], name: str = "w") -> Iterator[JobPlace]:
    """The place that a case describes."""
    worlds = Worlds(home)
    if not worlds.exists(name):
        stated = spec(
            phase=Phase(facts.get("phase", "hidden")),
            rows=rows(source=facts.get("source")),
            switches=Switches(**facts.get("switches", {})),
            faults=tuple(Fault(**{**one, "do": Deed(one["do"])}) for one in facts.get("faults", ())),
        )
        create(home, name, stated)
    with worlds.open(name) as world:
        yield JobPlace(world, talk_to(world, facts.get("token")), home)


def talk_to(world: World, token: str | None = None) -> Talk:
    """A client with the world's events service; waiting moves the world's clock."""
    access = EventsAccess(
        endpoint("http://sandbox", world), token or world.events_token, "http://sandbox", "the service"
    )
    return Talk(
        create_app(world),
        token=world.token,
        pass_time=world.clock.advance,
        url="http://sandbox",
        events=access,
    )
