"""`mig lock`."""

from pathlib import Path

import click

from mig.cli.options import manifest_options


@click.group("lock")
def command() -> None:
    """Show who holds the lock of an environment, or release it."""


@command.command("show")
@manifest_options
def show_command(*, manifest: Path, environment: str | None, home: Path | None, verbose: bool) -> int:
    """Show who holds the lock."""
    import asyncio

    from mig.cli.session import open_session
    from mig.engine import lock
    from mig.engine.snapshot import identify
    from mig.model.outcome import Exit

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            organization = (await identify(session.target)).organization_id
            session.terminal.result(lock.told(await lock.find(session.target.notes, organization)))
            return Exit.DONE

    return asyncio.run(work())


@command.command("release")
@manifest_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def release_command(
    *, manifest: Path, environment: str | None, home: Path | None, verbose: bool, yes: bool
) -> int:
    """Release the lock of a run that is dead.

    A run that is still alive stops before its next write.
    """
    import asyncio

    from mig.cli.session import Session, open_session
    from mig.engine import lock
    from mig.engine.snapshot import identify
    from mig.model.outcome import Exit

    def approved(session: Session) -> bool:
        if yes:
            return True
        if not session.terminal.asks:
            raise click.UsageError("there is no terminal to ask on; add --yes")
        return click.confirm("Release it?", err=True)

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            organization = (await identify(session.target)).organization_id
            held = await lock.find(session.target.notes, organization)
            session.terminal.result(lock.told(held))
            if held is not None and approved(session):
                await lock.release(session.target.notes.writable(), held)
                session.terminal.result("Released.")
            return Exit.DONE

    return asyncio.run(work())
