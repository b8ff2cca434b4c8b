"""`mig apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mig.cli.options import (
    BRAKES,
    PARALLELISM,
    address_options,
    apply_command,
    format_option,
    manifest_options,
    prune_option,
)

if TYPE_CHECKING:
    from mig.cli.terminal import Terminal
    from mig.engine.plan import Plan


def _approved(plan: Plan, terminal: Terminal, output: str) -> bool:
    from mig.cli.showing import plan_on_screen
    from mig.model.counted import counted

    if not terminal.asks:
        raise click.UsageError("there is no terminal to ask on; add --auto-approve")
    if output == "json":  # standard output is the result's; what is asked about must be seen
        terminal.note(plan_on_screen(plan, terminal))
    count = len(plan.work)
    what = "this change" if count == 1 else f"these {counted(count, 'change')}"
    return click.confirm(f"Apply {what} to {plan.target.name}?", err=True)


def _may_stop(plan: Plan, confirm: str | None, terminal: Terminal) -> bool:
    """Whether somebody has typed where a job of somebody else is to be ended; True where none is."""
    from mig.engine.jobs import Job

    if not any(isinstance(step, Job) and step.instead for change in plan.work for step in change.steps):
        return True
    name = plan.target.name
    where = f"{name} ({plan.target.url}, organisation {plan.target.organization_id})"
    terminal.note(f"This ends the registration job that runs in {where}, whoever started it.")
    if confirm is None:
        if not terminal.asks:
            raise click.UsageError(f"there is no terminal to ask on; add --confirm {name}")
        return click.prompt("To go on, type the name of the environment", err=True) == name
    if confirm != name:
        raise click.UsageError(f"--confirm is {confirm!r}, and the environment is called {name}")
    return True


@click.command("apply")
@click.argument(
    "plan_file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path, dir_okay=False)
)
@manifest_options
@address_options
@prune_option
@format_option
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--no-publish", is_flag=True, help="Leave publishing for another day.")
@click.option(
    "--no-wait",
    is_flag=True,
    help="Start what takes its time (publishing, a registration job) and leave; a later apply goes on.",
)
@click.option(
    "--stop-running-job",
    "stop_job",
    is_flag=True,
    help="End the registration job that runs, whoever started it; asks for the environment's name.",
)
@click.option(
    "--confirm",
    metavar="NAME",
    help="The answer to what --stop-running-job asks, where there is no terminal.",
)
@click.option(
    "--release-brake",
    "released",
    type=click.Choice(BRAKES),
    multiple=True,
    help="Go on though this brake of the policy holds; may be given more than once.",
)
@click.option(
    "--parallelism",
    type=click.IntRange(1, 52),
    default=PARALLELISM,
    show_default=True,
    help="How many requests may be under way at once.",
)
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what happens to this file, as lines of JSON.",
)
def command(
    *,
    plan_file: Path | None,
    manifest: Path,
    environment: str | None,
    home: Path | None,
    verbose: bool,
    only_: tuple[str, ...],
    except_: tuple[str, ...],
    prune: bool,
    output: str,
    auto_approve: bool,
    no_publish: bool,
    no_wait: bool,
    stop_job: bool,
    confirm: str | None,
    released: tuple[str, ...],
    parallelism: int,
    events: Path | None,
) -> int:
    """Plan, ask, and make the target as the manifest asks.

    Running it again changes nothing; after a run that ended early it goes on where that one stopped.

    PLAN, a file of `mig plan --out`, is applied as it was reviewed, without asking, or not at all where it
    does not hold any more. The manifest then says how to connect.
    """
    import asyncio

    from mig.cli.applying import Wish, carry_out
    from mig.cli.kept import read_plan
    from mig.cli.session import open_session
    from mig.cli.showing import show_plan, show_run
    from mig.cli.terminal import Terminal
    from mig.dataverse.errors import DataverseError
    from mig.engine.run import Run
    from mig.manifest.errors import ManifestError
    from mig.model.outcome import Exit, Outcome

    reviewed = None
    if plan_file is not None:
        if only_ or except_ or prune:
            raise click.UsageError("--only, --except and --prune are in the plan; make another one for them")
        if stop_job:
            raise click.UsageError("--stop-running-job is for a plan that is made now; leave PLAN out")
        reviewed = read_plan(plan_file)
        only_, except_, prune = reviewed.asked.only, reviewed.asked.leave, reviewed.asked.prune
        environment = environment or reviewed.plan.target.name
    wish = Wish(only_, except_, publish=not no_publish, prune=prune, release=released, stop_job=stop_job)

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            session.refuse_snapshot()
            plan, seen = (wish.part_of(reviewed.plan), None) if reviewed else await wish.plan(session)
            if output == "text":
                show_plan(plan, session.terminal, output)
            if plan.obstacle is not None:
                held_up = Outcome(plan.obstacle.exit, plan.closing(apply_command()))
                return ended(Run.never_begun(held_up), session.terminal)
            await session.check_writable(plan, seen)
            unasked = auto_approve or reviewed is not None or not plan.work
            agreed = _may_stop(plan, confirm, session.terminal)
            if not (agreed and (unasked or _approved(plan, session.terminal, output))):
                return ended(Run.never_begun(Outcome(Exit.DONE, "Nothing was applied.")), session.terminal)
            run = await carry_out(
                plan,
                wish,
                session,
                seen=seen,
                saved=reviewed.id if reviewed else "",
                events=events,
                parallelism=parallelism,
                wait=not no_wait,
            )
            return ended(run, session.terminal)

    def ended(run: Run, terminal: Terminal) -> int:
        show_run(run, terminal, output)
        return run.outcome.exit

    try:
        return asyncio.run(work())
    except (DataverseError, ManifestError) as error:
        if output == "json":
            code = error.exit if isinstance(error, DataverseError) else Exit.FAILED
            ended(Run.never_begun(Outcome(code, str(error))), Terminal.current())
        raise
