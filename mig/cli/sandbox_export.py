"""`mig sandbox export`."""

from pathlib import Path

import click

from mig.cli.options import home_option


@click.command("export")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, whole or not at all; default: standard output.",
)
@home_option
def command(*, name: str, out: Path | None, home: Path | None) -> int:
    """Write the sandbox NAME as a world file, which `mig sandbox new --from` reads.

    Equal sandboxes give equal bytes. Tokens are never in it.
    """
    from mig.cli.session import home_of
    from mig.engine.files import write_whole
    from mig.model.outcome import Exit
    from mig.sandbox.export import export
    from mig.sandbox.worldfile import MOST_BYTES
    from mig.sandbox.worlds import Worlds

    with Worlds(home_of(home)).open(name) as world:
        if out is None:
            for part in export(world):
                click.echo(part, nl=False)
            return Exit.DONE
        size = write_whole(out, export(world))
    click.echo(f"Wrote the sandbox {name} to {out}: {size:,} bytes.", err=True)
    if size > MOST_BYTES:
        click.echo(f"It is too large to be read again: at most {MOST_BYTES:,} bytes are.", err=True)
    return Exit.DONE
