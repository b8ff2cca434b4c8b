"""`mig status`."""

from pathlib import Path

import click

from mig.cli.options import format_option, manifest_options


@click.command("status")
@manifest_options
@format_option
def command(*, manifest: Path, environment: str | None, home: Path | None, verbose: bool, output: str) -> int:
    """Show what is in flight, and change nothing.

    Who holds the lock, what became of the last apply, how far registration jobs are, and every segment and
    event of this migration that is on its way, stuck, in trouble, or of which something is still to be done,
    each with what to do.
    """
    import asyncio

    from mig.cli.session import open_session
    from mig.cli.showing import show_status
    from mig.engine import jobs, lock
    from mig.engine.history import read_history
    from mig.events.job_status import job_standings
    from mig.events.kind import EventSnapshot
    from mig.events.offer import read_offer
    from mig.events.status import in_flight as events_in_flight
    from mig.model.outcome import Exit
    from mig.report.status_report import Status
    from mig.segments.kind import SegmentSnapshot
    from mig.segments.status import in_flight

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            snapshot = await session.snapshot()
            base, now = snapshot.base, session.clock()
            rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
            moved = next(kind.rows for kind in snapshot.kinds if isinstance(kind, EventSnapshot))
            notes, organization = session.target.notes, base.target.organization_id
            history = await read_history(notes, organization, session.manifest.migration)
            client = session.target.client
            running = jobs.in_flight((base.ledger, *base.ledgers.others))
            status = Status(
                now=now,
                target=base.target,
                held=await lock.find(notes, organization),
                last=history.runs[-1] if history.runs else None,
                ledger=base.ledger,
                standings=in_flight(session.manifest, base, rows, now),
                events=events_in_flight(session.manifest, base, moved),
                jobs=await job_standings(client, running, await read_offer(client), now) if running else (),
            )
            show_status(status, session.terminal, output)
            return Exit.DONE

    return asyncio.run(work())
