"""`mig plan`."""

from pathlib import Path

import click

from mig.cli.options import (
    address_options,
    apply_command,
    format_option,
    manifest_options,
    prune_option,
)


@click.command("plan")
@manifest_options
@address_options
@prune_option
@format_option
@click.option("--explain", is_flag=True, help="Print the steps of each change too.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Save the plan to this file, whole or not at all; `mig show` shows it again.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when changes are pending.")
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
    explain: bool,
    out: Path | None,
    detailed_exitcode: bool,
) -> int:
    """Show what would change in the target. Changes nothing."""
    import asyncio
    import json
    import shlex
    from uuid import uuid4

    from mig.cli.applying import Wish
    from mig.cli.session import open_session
    from mig.cli.showing import show_plan
    from mig.engine.files import write_whole
    from mig.model.outcome import Exit
    from mig.report.saved_plan import Asked, SavedPlan, saved_plan_document

    own = ("output", "explain", "out", "detailed_exitcode")

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            plan, _ = await Wish(only_, except_, prune=prune).plan(session)
            show_plan(plan, session.terminal, output, explain=explain, apply=apply_command(*own))
            if out is not None:
                saved = SavedPlan(plan, Asked(only=only_, leave=except_, prune=prune), str(uuid4()))
                write_whole(out, [json.dumps(saved_plan_document(saved), ensure_ascii=False, indent=1)])
                just_this = shlex.join([*apply_command(*own, "only_", "except_", "prune"), str(out)])
                session.terminal.note(f"Saved to {out}. To apply just this: {just_this}")
            code = plan.outcome.exit
            return Exit.DONE if code is Exit.PENDING and not detailed_exitcode else code

    return asyncio.run(work())
