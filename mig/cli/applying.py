"""Carrying out a plan from the command line: lock, progress, Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from uuid import uuid4

from mig.cli.progress import progress
from mig.cli.session import Session
from mig.engine.apply import Stop
from mig.engine.guarded import Conditions, apply_plan
from mig.engine.lock import Heartbeat
from mig.engine.plan import Plan
from mig.engine.run import Run
from mig.engine.snapshot import Snapshot

PARALLELISM = 4  # what a just created organisation recommends: reference/dataverse-web-api.md 2.2


async def carry_out(
    plan: Plan,
    snapshot: Snapshot,
    session: Session,
    *,
    events: Path | None = None,
    parallelism: int = PARALLELISM,
) -> Run:
    """Apply the plan under the lock. Without work nothing is written, not even the lock."""
    run_id = str(uuid4())
    if not plan.work:
        return Run(run_id=run_id, results=(), refused=len(plan.refused))
    stop = Stop()
    with (
        progress(session.terminal, events=events, run_id=run_id, clock=session.clock) as listen,
        _interruptible(stop, session),
    ):
        conditions = Conditions(
            run_id=run_id,
            heartbeat=Heartbeat(session.home),
            clock=session.clock,
            listen=listen,
            stop=stop,
            parallelism=parallelism,
        )
        return await apply_plan(plan, snapshot.base, session.target.client.writable(), conditions)


@contextmanager
def _interruptible(stop: Stop, session: Session) -> Iterator[None]:
    """The first Ctrl-C finishes what is in flight, the second stops at once."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True
        session.terminal.note("Interrupted: finishing what is in flight. Press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
