"""`mig demo`."""

from pathlib import Path

import click

from mig.cli.options import home_option


@click.command("demo")
@home_option
@click.option(
    "--phase",
    type=click.Choice(["live", "hidden", "removed"]),
    default="removed",
    show_default=True,
    help="How far the removal of outbound marketing has gone.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log requests to standard error.")
def command(*, home: Path | None, phase: str, verbose: bool) -> int:
    """Do the whole job once: a sandbox with data, plan, apply, publish, verify.

    Nothing has to be set up, and nothing leaves this machine. Run it again: there is nothing left to do.
    With --phase hidden the vendor's own job moves the registrations, and loses some, as it may.
    """
    import asyncio
    import os
    from dataclasses import replace

    from mig.cli.applying import Wish, carry_out
    from mig.cli.embedded import made_sandbox
    from mig.cli.session import Session, home_of, open_manifest
    from mig.cli.showing import show_plan, show_run, show_verification
    from mig.cli.terminal import Terminal
    from mig.cli.verifying import compare
    from mig.engine.run import Fate, Run
    from mig.manifest.load import load_manifest
    from mig.model.bundled import bundled
    from mig.model.outcome import gravest
    from mig.sandbox.spec import Deed, Fault, Phase

    file = bundled("plans", "demo.yaml")
    manifest = load_manifest(file, environ=os.environ)
    if phase != Phase.REMOVED:  # a world of its own, beside that of the manifest
        name = f"demo-{phase}"
        losing = Fault("POST */obmMigration/start", Deed.LOSE_REGISTRATIONS, nth=1)
        faults = [losing] if phase == Phase.HIDDEN else []
        made_sandbox(name, home_of(home), Terminal.current(), Phase(phase), faults)
        (environment,) = manifest.environments.values()
        manifest = replace(manifest, environments={environment.name: replace(environment, sandbox=name)})

    async def applied(session: Session) -> Run:
        wish = Wish()
        plan, seen = await wish.plan(session)
        show_plan(plan, session.terminal, "text", brief=True)
        session.terminal.blank()
        run = await carry_out(plan, wish, session, seen=seen)
        show_run(run, session.terminal, "text")
        session.terminal.blank()
        return run

    async def work() -> int:
        async with open_manifest(manifest, None, home=home, verbose=verbose) as session:
            terminal = session.terminal
            run = await applied(session)
            if run.fates[Fate.FAILED]:  # what was lost on the way is found; another apply puts it right
                run = await applied(session)
            verified = await compare(session)
            show_verification(verified, terminal, "text")
            if phase == Phase.REMOVED:
                terminal.note(f"\nThe manifest of this demo, and all it asks for:\n  mig plan -f {file}")
            return gravest([run.outcome.exit, verified.outcome.exit])

    return asyncio.run(work())
