"""A small organisation to apply plans to, and short ways to state plans."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mig.dataverse.client import Client
from mig.engine.attempt import Stop
from mig.engine.environment_notes import EnvironmentNotes
from mig.engine.file_notes import FileNotes
from mig.engine.guarded import Conditions, apply_plan
from mig.engine.ledger import Entry, Ledger, Ledgers, ledgers_in
from mig.engine.lock import Heartbeat
from mig.engine.notes import Notes
from mig.engine.plan import Action, Change, Organization, Plan, Verdicts
from mig.engine.probed import OWN_IDS, Answer, Probed
from mig.engine.progress import Event, Listener
from mig.engine.run import Fate, Run
from mig.engine.snapshot import Base, Endpoint, read_kept
from mig.engine.steps import Operation, Record, Step, Write
from mig.model.address import Address
from mig.sandbox.app import create_app
from mig.sandbox.world import World
from tests.dataverse.apps import Talk
from tests.dataverse.conftest import talk, world

__all__ = ["talk", "world"]

MIGRATION = "wave-1"
LEDGER_FILE = "mig.ledger"

# Where ledger and lock are kept: for what must hold in either place.
in_both_stores = pytest.mark.parametrize("store", ["environment", "file"], indirect=True)


def silent(event: Event) -> None:
    """Nobody listens."""


def row_id(number: int) -> str:
    return f"c0000000-0000-0000-0000-{number:012}"


def entry(key: str, **facts: Any) -> Entry:
    given: dict[str, Any] = {
        "address": f"segment.{key}",
        "source_id": f"source-{key}",
        "target": {"contact": f"target-{key}"},
        "desired": {"name": key},
        "applied": {"name": key},
    }
    return Entry(**{**given, **facts})


def change(
    key: str,
    action: Action = Action.CREATE,
    *,
    steps: Iterable[Step] = (),
    depends_on: Iterable[str] = (),
    **facts: Any,
) -> Change:
    given: dict[str, Any] = {
        "address": Address("segment", key),
        "source_id": f"source-{key}",
        "source_name": key,
        "action": action,
        "reason": "a test asks for it",
        "listed": True,
        "verdicts": Verdicts(documented=True, extended=True),
        "depends_on": tuple(depends_on),
        "steps": tuple(steps),
    }
    return Change(**{**given, **facts})


def creating(key: str, *numbers: int, depends_on: Iterable[str] = ()) -> Change:
    """A change that makes contacts of these numbers, together, and records it."""
    operations = tuple(
        Operation("POST", "contacts", row_id(one), {"lastname": key}, id_column="contactid")
        for one in numbers
    )
    return change(key, steps=[Write(operations), Record(entry(key))], depends_on=depends_on)


def plan_of(*changes: Change, organization: str = "0-0") -> Plan:
    here = Organization(
        name="test", url="sandbox:small", organization_id=organization, phase="removed", evidence="a test"
    )
    return Plan(
        tool="mig test",
        migration=MIGRATION,
        source=here,
        target=here,
        manifest_digest="d",
        quota=None,
        changes=changes,
    )


@dataclass
class Place:
    """An organisation, this machine's home folder, and what one does with the two.

    `store` says where ledger and lock are kept.
    """

    world: World
    talk: Talk
    home: Path
    store: str = "environment"

    @property
    def organization(self) -> str:
        return self.world.organization_id

    def ledgers(self, migration: str = MIGRATION) -> Ledgers:
        """As they are, whatever a test has put in between."""
        talk = Talk(create_app(self.world), token=self.world.token)
        notes = talk(lambda client: read_kept(self.notes(client)))
        return ledgers_in(notes, self.organization, migration)

    def notes(self, client: Client) -> Notes:
        if self.store == "file":
            file = FileNotes(self.home / LEDGER_FILE, LEDGER_FILE)
            return file.writable()
        return EnvironmentNotes(client)

    def keep(self, job: Callable[[Notes], Awaitable[Any]]) -> Any:
        """Do something with the notes."""
        return self.talk(lambda client: job(self.notes(client)), writable=True)

    def contacts(self) -> Mapping[int, str]:
        """Last names by the number of the row, without the rows the world began with."""
        rows = self.world.connection.execute(
            "SELECT contactid, lastname FROM contact WHERE lastname IS NOT NULL"
        )
        return {int(found[0][-12:]): found[1] for found in rows}

    def conditions(
        self,
        *,
        run_id: str = "run-1",
        listen: Listener = silent,
        stop: Stop | None = None,
        parallelism: int = 4,
        wait: bool = True,
    ) -> Conditions:
        return Conditions(
            run_id=run_id,
            heartbeat=Heartbeat(self.home),
            clock=self.world.clock.now,
            listen=listen,
            stop=stop or Stop(),
            parallelism=parallelism,
            wait=wait,
        )

    def _probed(self, own_ids: bool | None) -> Probed:
        if own_ids is None:
            return Probed(self.organization)
        answer = Answer(accepted=own_ids, at="", version="", organization=self.organization)
        return Probed(self.organization, {OWN_IDS: answer})

    def apply(
        self,
        *changes: Change,
        ledger: Ledger | None = None,
        found: Plan | None = None,
        own_ids: bool | None = None,
        **conditions: Any,
    ) -> Run:
        """Apply a plan of these changes as `mig apply` would; `found` is what planning anew comes to.

        `own_ids` is what a probe found.
        """
        plan = plan_of(*changes, organization=self.organization)
        ledgers = self.ledgers()
        ledgers = ledgers if ledger is None else replace(ledgers, own=ledger)
        base = Base(plan.source, plan.target, ledgers, self._probed(own_ids))

        async def replan() -> tuple[Plan, Base]:
            return plan if found is None else found, base

        async def job(client: Client) -> Run:
            target = Endpoint("test", client, self.notes(client))
            return await apply_plan(plan, replan, target, self.conditions(**conditions))

        run: Run = self.talk(job, writable=True)
        return run


def fates(run: Run) -> Mapping[str, Fate]:
    return {result.address.key: result.fate for result in run.results}


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    kept: str = getattr(request, "param", "environment")
    return kept


@pytest.fixture
def place(world: World, talk: Talk, tmp_path: Path, store: str) -> Place:
    return Place(world, talk, tmp_path, store)
