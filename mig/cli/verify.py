"""`mig verify`."""

from pathlib import Path

import click

from mig.cli.options import format_option, manifest_options


@click.command("verify")
@manifest_options
@format_option
def command(*, manifest: Path, environment: str | None, home: Path | None, verbose: bool, output: str) -> int:
    """Compare the members of every live copy with those its source should have."""
    import asyncio

    from mig.cli.session import open_session
    from mig.cli.show import show_verification
    from mig.cli.verifying import compare_members

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            verification = await compare_members(session)
            show_verification(verification, session.terminal, output)
            return verification.outcome.exit

    return asyncio.run(work())
