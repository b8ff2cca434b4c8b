"""`mig verify`."""

from pathlib import Path

import click

from mig.cli.options import format_option, manifest_options


@click.command("verify")
@manifest_options
@format_option
@click.option(
    "--ids",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write who is missing and who is surplus, by id, to this CSV file; whole or not at all.",
)
@click.option(
    "--waitlist",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write who waits for each event, in order and by id, to this CSV file; whole or not at all.",
)
def command(
    *,
    manifest: Path,
    environment: str | None,
    home: Path | None,
    verbose: bool,
    output: str,
    ids: Path | None,
    waitlist: Path | None,
) -> int:
    """Compare the members of every live copy with those its source should have, and events row by row."""
    import asyncio

    from mig.cli.session import open_session
    from mig.cli.showing import show_verification
    from mig.cli.verifying import compare
    from mig.engine.files import write_whole
    from mig.events.export import read_waitlists
    from mig.events.waitlist import waitlist_lines
    from mig.report.verification_report import difference_lines

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            verified = await compare(session)
            show_verification(verified, session.terminal, output)
            if ids is not None:
                write_whole(ids, difference_lines(verified))
            if waitlist is not None:
                write_whole(waitlist, waitlist_lines(await read_waitlists(session.manifest, session.source)))
            return verified.outcome.exit

    return asyncio.run(work())
