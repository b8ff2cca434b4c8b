"""`mig history`."""

from pathlib import Path

import click

from mig.cli.options import format_option, manifest_options


@click.command("history")
@manifest_options
@format_option
def command(*, manifest: Path, environment: str | None, home: Path | None, verbose: bool, output: str) -> int:
    """List what was applied to an environment for this manifest, the newest first."""
    import asyncio

    from mig.cli.session import open_session
    from mig.cli.showing import show_history
    from mig.engine import lock
    from mig.engine.history import read_history
    from mig.engine.snapshot import identify
    from mig.model.outcome import Exit

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            notes = session.target.notes
            organization = (await identify(session.target)).organization_id
            history = await read_history(notes, organization, session.manifest.migration)
            held = await lock.find(notes, organization)
            running = held.holder.run_id if held and held.holder else ""
            show_history(history.runs, running, session.terminal, output)
            return Exit.DONE

    return asyncio.run(work())
