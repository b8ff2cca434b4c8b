"""`mig members`."""

from pathlib import Path

import click

from mig.cli.options import address_argument, manifest_options


@click.command("members")
@address_argument
@click.option(
    "--side",
    type=click.Choice(["source", "target"]),
    default="source",
    show_default=True,
    help="The outbound segment, or its copy.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, whole or not at all; default: standard output.",
)
@manifest_options
def command(
    *,
    address: str,
    side: str,
    out: Path | None,
    manifest: Path,
    environment: str | None,
    home: Path | None,
    verbose: bool,
) -> int:
    """Write the ids of a segment's members as CSV.

    ADDRESS is one of the manifest's, such as segment.newsletter. Of an outbound segment the stored ids are
    written, or those its query picks now; of its copy those the service lists.
    """
    import asyncio

    from mig.cli.listing import list_members
    from mig.cli.session import open_session
    from mig.engine.files import write_whole
    from mig.model.counted import counted
    from mig.model.outcome import Exit
    from mig.report.tabular import csv_text

    async def work() -> int:
        async with open_session(manifest, environment, home=home, verbose=verbose) as session:
            found = await list_members(session, address, side)
            text = csv_text([found.column], ([key] for key in found.ids))
            if out is None:
                session.terminal.exact(text)
            else:
                write_whole(out, [text])
                session.terminal.note(f"Wrote {counted(len(found.ids), 'id')} of members to {out}.")
            return Exit.DONE

    return asyncio.run(work())
