"""`mig snapshot`."""

from pathlib import Path

import click

from mig.cli.options import manifest_options


@click.command("snapshot")
@manifest_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write, whole or not at all; its name ends in .migsnap.",
)
def command(*, manifest: Path, environment: str | None, home: Path | None, verbose: bool, out: Path) -> int:
    """Record an environment to a file, for planning without credentials.

    The file holds what a plan reads, and nothing of persons: no members, no names. A manifest plans from it
    with `environments: {review: {snapshot: FILE}}`; such a plan is never applied. Record with the manifest
    that will be planned: what it does not ask about is not in the file.
    """
    import asyncio

    from mig.cli.session import open_session
    from mig.engine.files import write_whole
    from mig.manifest.model import SNAPSHOT_SUFFIX
    from mig.model.outcome import Exit

    if out.suffix != SNAPSHOT_SUFFIX:
        raise click.UsageError(f"the name of a snapshot ends in {SNAPSHOT_SUFFIX}")

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            session.refuse_snapshot()
            recording = await session.recording()
            size = write_whole(out, recording.packed())
            session.terminal.result(f"Wrote {out}: {session.target.name}, {size:,} bytes.")
            return Exit.DONE

    return asyncio.run(work())
