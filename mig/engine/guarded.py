"""An apply under the lock, on the ledger the plan was made from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.engine.apply import Applier, Stop
from mig.engine.ledger import read_ledgers
from mig.engine.lock import Heartbeat, Lock
from mig.engine.plan import Plan
from mig.engine.progress import Event, Listener
from mig.engine.run import Run
from mig.engine.snapshot import Base
from mig.model.outcome import Exit


class PlanStale(DataverseError):
    """Something was applied between planning and taking the lock."""

    exit = Exit.STALE
    code = "ENV006"
    fix = "plan again"

    def __init__(self) -> None:
        super().__init__("the ledger changed since this plan was made: another run has applied meanwhile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What an apply needs besides the plan."""

    run_id: str
    heartbeat: Heartbeat
    clock: Callable[[], datetime]
    listen: Listener
    stop: Stop
    parallelism: int


async def apply_plan(plan: Plan, base: Base, client: Client, conditions: Conditions) -> Run:
    """Take the lock, run the plan, give the lock back on every way out."""
    organization = base.target.organization_id
    lock = await Lock.take(client, organization, conditions.run_id, conditions.heartbeat, conditions.clock)
    try:
        if lock.taken_over:
            conditions.listen(Event(event="lock-taken-over"))
        ledgers = await read_ledgers(client, organization, plan.migration)
        if ledgers.own != base.ledger:
            raise PlanStale
        applier = Applier(
            client,
            lock,
            ledgers.own,
            run_id=conditions.run_id,
            clock=conditions.clock,
            listen=conditions.listen,
            stop=conditions.stop,
            parallelism=conditions.parallelism,
        )
        return await applier.run(plan)
    finally:
        await _give_back(lock, conditions.listen)


async def _give_back(lock: Lock, listen: Listener) -> None:
    """What became of the run matters more than a lock that could not be removed: its lease ends by itself."""
    try:
        await lock.release()
    except DataverseError as error:
        listen(Event(event="lock-not-released", detail=str(error)))
