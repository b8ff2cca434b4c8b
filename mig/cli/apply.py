"""`mig apply`."""

from pathlib import Path

import click

from mig.cli.options import (
    BRAKES,
    PARALLELISM,
    address_options,
    format_option,
    manifest_options,
    prune_option,
)


@click.command("apply")
@manifest_options
@address_options
@prune_option
@format_option
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--no-publish", is_flag=True, help="Leave publishing for another day.")
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
    released: tuple[str, ...],
    parallelism: int,
    events: Path | None,
) -> int:
    """Plan, ask, and make the target as the manifest asks.

    Running it again changes nothing; after a run that ended early it goes on where that one stopped.
    """
    import asyncio

    from mig.cli.applying import Wish, carry_out
    from mig.cli.session import Session, open_session
    from mig.cli.showing import plan_on_screen, show_plan, show_run
    from mig.engine.plan import Plan
    from mig.engine.run import Run
    from mig.model.outcome import Exit

    wish = Wish(only_, except_, publish=not no_publish, prune=prune, release=released)

    def approved(plan: Plan, session: Session) -> bool:
        if auto_approve or not plan.work:
            return True
        if not session.terminal.asks:
            raise click.UsageError("there is no terminal to ask on; add --auto-approve")
        if output == "json":  # standard output is the result's; what is asked about must be seen
            session.terminal.note(plan_on_screen(plan, session.terminal))
        return click.confirm(f"Apply these {len(plan.work)} changes to {plan.target.name}?", err=True)

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            session.refuse_snapshot()
            plan, _ = await wish.plan(session)
            if output == "text":
                show_plan(plan, session.terminal, output)
            if plan.obstacle is not None:
                if output == "json":
                    show_run(Run.never_begun(plan.obstacle.sentence), session.terminal, output)
                return plan.obstacle.exit
            if not approved(plan, session):
                if output == "json":
                    show_run(Run.never_begun("not approved"), session.terminal, output)
                session.terminal.note("Nothing was applied.")
                return Exit.DONE
            run = await carry_out(plan, wish, session, events=events, parallelism=parallelism)
            show_run(run, session.terminal, output)
            return run.outcome.exit

    return asyncio.run(work())
