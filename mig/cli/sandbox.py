"""`mig sandbox`."""

from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from mig.cli import sandbox_advance, sandbox_export, sandbox_fault, sandbox_serve
from mig.cli.options import home_option

_MADE: Final = ("contacts", "segments", "events", "seed", "phase")  # what the maker is told


@click.group("sandbox")
def command() -> None:
    """Sandboxes: embedded Dataverse worlds, one file each."""


for part in (sandbox_serve, sandbox_export, sandbox_advance, sandbox_fault):
    command.add_command(part.command)


@command.command("new")
@click.argument("name")
@click.option(
    "--from",
    "world_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take everything from this world file.",
)
@click.option("--copy-of", "original", metavar="OTHER", help="Copy this sandbox, as another organisation.")
@click.option(
    "--contacts", type=click.IntRange(0), default=5000, show_default=True, help="How many contacts."
)
@click.option("--segments", type=click.IntRange(0), default=120, show_default=True, help="How many segments.")
@click.option("--events", type=click.IntRange(0), default=2, show_default=True, help="How many events.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed gives other rows.")
@click.option(
    "--phase",
    type=click.Choice(["live", "hidden", "removed"]),
    default="removed",
    show_default=True,
    help="How far outbound's removal has come.",
)
@home_option
@click.pass_context
def new_command(
    ctx: click.Context,
    *,
    name: str,
    world_file: Path | None,
    original: str | None,
    contacts: int,
    segments: int,
    events: int,
    seed: int,
    phase: str,
    home: Path | None,
) -> int:
    """Make a sandbox NAME: from a world file, as the copy of another, or by the maker."""
    from mig.cli.session import home_of
    from mig.model.counted import counted
    from mig.model.outcome import Exit
    from mig.sandbox.maker import make_world
    from mig.sandbox.spec import Phase
    from mig.sandbox.worldfile import load_world_file
    from mig.sandbox.worlds import Worlds

    made = [name for name in _MADE if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if world_file is not None and made:
        raise click.UsageError(f"--from takes everything from the file; leave --{made[0]} out")
    if original is not None and (made or world_file is not None):
        raise click.UsageError(
            f"--copy-of takes everything from {original}; leave --{[*made, 'from'][0]} out"
        )
    if original is not None:
        Worlds(home_of(home)).copy(name, original)
        click.echo(f"Made the sandbox {name}, a copy of {original} as another organisation.")
        return Exit.DONE
    if world_file is not None:
        spec = load_world_file(world_file)
    else:
        spec = make_world(contacts=contacts, segments=segments, events=events, seed=seed, phase=Phase(phase))
    rows = Worlds(home_of(home)).create(name, spec)
    click.echo(f"Made the sandbox {name}: {counted(rows, 'row')}, outbound marketing {spec.phase}.")
    return Exit.DONE


@command.command("list")
@home_option
def list_command(*, home: Path | None) -> int:
    """List the sandboxes."""
    from mig.cli.session import home_of
    from mig.model.outcome import Exit
    from mig.sandbox.worlds import Worlds

    names = Worlds(home_of(home)).names()
    for name in names:
        click.echo(name)
    if not names:
        click.echo("There are no sandboxes; make one: mig sandbox new NAME", err=True)
    return Exit.DONE


@command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
def remove_command(*, name: str, yes: bool, home: Path | None) -> int:
    """Remove the sandbox NAME and all that is in it."""
    from mig.cli.session import home_of
    from mig.cli.terminal import Terminal
    from mig.model.outcome import Exit
    from mig.sandbox.worlds import Worlds

    if not yes:
        if not Terminal.current().asks:
            raise click.UsageError("there is no terminal to ask on; add --yes")
        click.confirm(f"Remove the sandbox {name} and all that is in it?", abort=True, err=True)
    Worlds(home_of(home)).remove(name)
    click.echo(f"Removed the sandbox {name}.")
    return Exit.DONE
