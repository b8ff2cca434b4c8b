"""`mig demo`."""

from pathlib import Path

import click

from mig.cli.options import home_option


@click.command("demo")
@home_option
@click.option("-v", "--verbose", is_flag=True, help="Log requests to standard error.")
def command(*, home: Path | None, verbose: bool) -> int:
    """Do the whole job once: a sandbox with data, plan, apply, publish, verify.

    Nothing has to be set up, and nothing leaves this machine. Run it again: there is nothing left to do.
    """
    import asyncio

    from mig.cli.applying import Wish, carry_out
    from mig.cli.session import open_session
    from mig.cli.showing import show_plan, show_run, show_verification
    from mig.cli.verifying import compare_members
    from mig.model.bundled import bundled
    from mig.model.outcome import gravest

    manifest = bundled("plans", "demo.yaml")

    async def work() -> int:
        async with open_session(manifest, None, home=home, verbose=verbose) as session:
            terminal = session.terminal
            wish = Wish()
            plan, seen = await wish.plan(session)
            show_plan(plan, terminal, "text", brief=True)
            terminal.blank()
            run = await carry_out(plan, wish, session, seen=seen)
            show_run(run, terminal, "text")
            terminal.blank()
            verification = await compare_members(session)
            show_verification(verification, terminal, "text")
            terminal.note(f"\nThe manifest of this demo, and all it asks for:\n  mig plan -f {manifest}")
            return gravest([run.outcome.exit, verification.outcome.exit])

    return asyncio.run(work())
