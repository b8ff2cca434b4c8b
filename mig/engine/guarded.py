"""An apply under the lock, of a plan that still holds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.engine.apply import Applier
from mig.engine.attempt import Stop
from mig.engine.history import History, Past, read_history, save_history
from mig.engine.lock import Heartbeat, Holder, Lock
from mig.engine.plan import Change, Plan
from mig.engine.progress import Event, Listener
from mig.engine.run import Fate, Run
from mig.engine.snapshot import Base
from mig.model.outcome import Exit

Replan = Callable[[], Awaitable[tuple[Plan, Base]]]


class PlanStale(DataverseError):
    """What the plan was made from has changed before it could be applied."""

    exit = Exit.STALE
    code = "ENV013"
    fix = "look at the plan again, then apply it"

    def __init__(self, reviewed: Plan, found: Plan) -> None:
        before = {change.id: _decided(change) for change in reviewed.changes}
        after = {change.id: _decided(change) for change in found.changes}
        differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        told = ", ".join(sorted({key.partition("/")[0] for key in differing})[:5]) or "the manifest"
        super().__init__(f"since this plan was made, something has changed: {told}")


def _decided(change: Change) -> object:
    return change.precondition, change.before, change.after, change.depends_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What an apply needs besides the plan."""

    run_id: str
    heartbeat: Heartbeat
    clock: Callable[[], datetime]
    listen: Listener
    stop: Stop
    parallelism: int


async def apply_plan(plan: Plan, replan: Replan, client: Client, conditions: Conditions) -> Run:
    """Take the lock, see that the plan still holds, run it, give the lock back on every way out.

    `replan` reads and plans anew: what is carried out is that plan, with the row versions just read, and only
    if it decides what the reviewed one did; otherwise `PlanStale`.
    """
    organization = plan.target.organization_id
    lock = await Lock.take(client, organization, conditions.run_id, conditions.heartbeat, conditions.clock)
    try:
        if lock.taken_over:
            conditions.listen(Event(event="lock-taken-over"))
        found, base = await replan()
        if found.digest != plan.digest:
            raise PlanStale(plan, found)
        applier = Applier(
            client,
            lock,
            base.ledger,
            run_id=conditions.run_id,
            clock=conditions.clock,
            listen=conditions.listen,
            stop=conditions.stop,
            parallelism=conditions.parallelism,
        )
        past = _begun(found, lock.holder)
        history = await read_history(client, organization, plan.migration)
        history = await save_history(client, history.told(past))
        run = await applier.run(found)
        await _ended(client, history, past, run, conditions)
        return run
    finally:
        await _give_back(lock, conditions.listen)


def _begun(plan: Plan, holder: Holder) -> Past:
    return Past(
        run_id=holder.run_id,
        plan=plan.digest,
        tool=plan.tool,
        who=holder.who,
        where=holder.where,
        began=holder.since,
    )


async def _ended(client: Client, history: History, past: Past, run: Run, conditions: Conditions) -> None:
    """What became of the run matters more than that it can be remembered."""
    fates = run.fates
    past = replace(
        past,
        ended=conditions.clock().isoformat(timespec="seconds"),
        outcome=run.outcome_word,
        done=fates[Fate.DONE],
        failed=fates[Fate.FAILED],
        skipped=fates[Fate.SKIPPED],
        refused=run.refused,
    )
    try:
        await save_history(client, history.told(past))
    except DataverseError as error:
        conditions.listen(Event(event="run-not-remembered", detail=str(error)))


async def _give_back(lock: Lock, listen: Listener) -> None:
    """What became of the run matters more than a lock that could not be removed: its lease ends by itself."""
    try:
        await lock.release()
    except DataverseError as error:
        listen(Event(event="lock-not-released", detail=str(error)))
