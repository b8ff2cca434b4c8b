"""Carrying out a plan from the command line: lock, progress, Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from uuid import uuid4

from mig.cli.options import PARALLELISM
from mig.cli.progress import progress
from mig.cli.session import Session
from mig.engine.attempt import Stop
from mig.engine.guarded import Conditions, apply_plan
from mig.engine.lock import Heartbeat
from mig.engine.plan import Plan
from mig.engine.planner import make_plan, only, with_released, without_publishing
from mig.engine.progress import Event
from mig.engine.run import Run
from mig.engine.snapshot import Base, Snapshot


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of the manifest is meant: `keep` and `leave` are addresses. `prune` goes beyond it.
    `release` names brakes. `stop_job`: a registration job of somebody else is ended to make room.
    """

    keep: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    publish: bool = True
    prune: bool = False
    release: tuple[str, ...] = ()
    stop_job: bool = False

    async def plan(self, session: Session) -> tuple[Plan, Snapshot]:
        """Read and plan."""
        snapshot = await session.snapshot()
        return self.plan_of(session, snapshot), snapshot

    def plan_of(self, session: Session, snapshot: Snapshot) -> Plan:
        """What is meant, as things stand."""
        if self.stop_job:
            snapshot = replace(snapshot, base=replace(snapshot.base, stop_job=True))
        whole = make_plan(session.manifest, snapshot, prune=self.prune)
        return self.part_of(only(whole, self.keep, self.leave))

    def part_of(self, plan: Plan) -> Plan:
        """What is meant of a plan of these addresses."""
        return with_released(plan if self.publish else without_publishing(plan), self.release)


async def carry_out(
    plan: Plan,
    wish: Wish,
    session: Session,
    *,
    seen: Snapshot | None = None,
    saved: str = "",
    events: Path | None = None,
    parallelism: int = PARALLELISM,
    wait: bool = True,
) -> Run:
    """Apply the plan under the lock. Without work nothing is written, not even the lock.

    `seen` is what it was made of: where that is so still, planning anew comes to the same. `saved` is the
    id of one that comes from a file: it is applied once. Without `wait`, what has to be waited for is left.
    """
    run_id = str(uuid4())
    stop = Stop()
    with (
        progress(session.terminal, events=events, run_id=run_id, clock=session.clock) as listen,
        interruptible(stop, session),
    ):
        if not plan.work:
            run = Run(run_id=run_id, results=(), refused=len(plan.refused), nothing_to_do=plan.nothing_to_do)
            listen(Event(event="run-ended", detail=run.outcome_word))
            return run
        conditions = Conditions(
            run_id=run_id,
            heartbeat=Heartbeat(session.home),
            clock=session.clock,
            listen=listen,
            stop=stop,
            parallelism=parallelism,
            wait=wait,
        )

        async def replan() -> tuple[Plan, Base]:
            snapshot = await session.snapshot(seen)
            found = plan if snapshot == seen else wish.plan_of(session, snapshot)
            return found, snapshot.base

        return await apply_plan(plan, replan, session.target.writable(), conditions, saved=saved)


@contextmanager
def interruptible(stop: Stop, session: Session) -> Iterator[None]:
    """The first Ctrl-C finishes what is in flight, the second stops at once; pipelines send a SIGTERM."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True
        session.terminal.note("Interrupted: finishing what is in flight. Press Ctrl-C again to stop at once.")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
