"""An apply under the lock, of a plan that still holds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from mig.dataverse.errors import DataverseError
from mig.engine.apply import Applier
from mig.engine.attempt import Stop
from mig.engine.binding import check_holds, unfinished
from mig.engine.clock import check_clock
from mig.engine.history import History, Past, read_history, save_history
from mig.engine.lock import Heartbeat, Holder, Lock
from mig.engine.notes import Notes
from mig.engine.plan import Plan
from mig.engine.progress import Event, Listener
from mig.engine.run import Fate, Run
from mig.engine.snapshot import Base, Endpoint

Replan = Callable[[], Awaitable[tuple[Plan, Base]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What an apply needs besides the plan. Without `wait`, what only has to be waited for is left."""

    run_id: str
    heartbeat: Heartbeat
    clock: Callable[[], datetime]
    listen: Listener
    stop: Stop
    parallelism: int
    wait: bool = True


async def apply_plan(
    plan: Plan, replan: Replan, target: Endpoint, conditions: Conditions, *, saved: str = ""
) -> Run:
    """Take the lock, see that the plan still holds, run it, give the lock back on every way out.

    `replan` reads and plans anew: what is carried out is that plan, with the row versions just read, and only
    if it decides what the reviewed one did; otherwise `PlanStale`. `saved` is the id of a saved plan: that is
    applied once (`PlanUsed`), and again only when its run died.
    """
    organization = plan.target.organization_id
    async with locked(target, organization, conditions) as lock:
        history, (found, base) = await asyncio.gather(
            read_history(target.notes, organization, plan.migration), replan()
        )
        resumed = bool(saved) and unfinished(saved, history.runs)
        check_holds(plan, found, resumed=resumed)
        applier = Applier(
            target.client,
            target.notes,
            lock,
            base.ledger,
            own_ids=base.probed.own_ids,
            run_id=conditions.run_id,
            clock=conditions.clock,
            listen=conditions.listen,
            stop=conditions.stop,
            parallelism=conditions.parallelism,
            others=base.ledgers.others,
            wait=conditions.wait,
        )
        past = _begun(plan, saved, lock.holder)
        history = await save_history(target.notes, history.told(past))
        run = await applier.run(found)
        await _ended(target.notes, history, past, run, conditions)
        return run


@asynccontextmanager
async def locked(target: Endpoint, organization: str, conditions: Conditions) -> AsyncIterator[Lock]:
    """Take the lock, and give it back on every way out. `ClockOff` where this machine cannot judge leases."""
    await check_clock(target.client)
    lock = await Lock.take(
        target.notes, organization, conditions.run_id, conditions.heartbeat, conditions.clock
    )
    try:
        if lock.taken_over:
            conditions.listen(Event(event="lock-taken-over"))
        yield lock
    finally:
        await _give_back(lock, conditions.listen)


def _begun(plan: Plan, saved: str, holder: Holder) -> Past:
    return Past(
        run_id=holder.run_id,
        plan=saved or plan.digest,
        tool=plan.tool,
        who=holder.who,
        where=holder.where,
        began=holder.since,
    )


async def _ended(notes: Notes, history: History, past: Past, run: Run, conditions: Conditions) -> None:
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
        await save_history(notes, history.told(past))
    except DataverseError as error:
        conditions.listen(Event(event="run-not-remembered", detail=str(error)))


async def _give_back(lock: Lock, listen: Listener) -> None:
    """What became of the run matters more than a lock that could not be removed: its lease ends by itself."""
    try:
        await lock.release()
    except DataverseError as error:
        listen(Event(event="lock-not-released", detail=str(error)))
