"""`mig init`."""

from pathlib import Path

import click

from mig.cli.options import home_option


@click.command("init")
@click.option("--sandbox", metavar="NAME", help="Write it from this sandbox; made when it does not exist.")
@click.option("--url", metavar="URL", help="Write it from the organisation there; see docs/sign-in.md.")
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it from this file of `mig snapshot`.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("mig.yaml"),
    show_default=True,
    help="The file to write; it must not exist yet.",
)
@click.option("-v", "--verbose", is_flag=True, help="Log requests to standard error.")
@home_option
def command(
    *,
    sandbox: str | None,
    url: str | None,
    snapshot: Path | None,
    out: Path,
    verbose: bool,
    home: Path | None,
) -> int:
    """Write a first manifest from an environment, given by --sandbox, --url or --snapshot.

    What can be brought over is listed, ranked by use; comments say what nobody uses, what means the same as
    another, and what cannot move and why. A token is written by its name, never its value.
    """
    import asyncio
    import os

    from mig.cli.first import environment_of, write_first
    from mig.cli.session import open_manifest
    from mig.engine.files import write_whole
    from mig.manifest.load import parse_manifest
    from mig.model.outcome import Exit
    from mig.report.first_manifest import manifest_head

    name, environment = environment_of(sandbox, url, snapshot, out.parent, os.environ)
    if out.exists():
        raise click.ClickException(f"{out} exists already; give another name with --out.")
    head = manifest_head(name, environment)
    manifest = parse_manifest(head, str(out), environ=os.environ)

    async def work() -> int:
        async with open_manifest(manifest, None, home=home, verbose=verbose) as session:
            text, outcome = await write_first(session, head)
            write_whole(out, [text])
            session.terminal.result(f"Wrote {out}: {outcome}. `mig plan -f {out}` shows what they become.")
            return Exit.DONE

    return asyncio.run(work())
