"""`mig sandbox advance`."""

from pathlib import Path

import click

from mig.cli.durations import duration as seconds
from mig.cli.options import home_option


@click.command("advance")
@click.argument("name")
@click.argument("duration", type=seconds)
@home_option
def command(*, name: str, duration: float, home: Path | None) -> int:
    """Let DURATION (1h, 30d) pass in the sandbox NAME, also while it is served.

    What has become due happens at its next request.
    """
    from mig.cli.session import home_of
    from mig.model.outcome import Exit
    from mig.sandbox.clock import stored_time
    from mig.sandbox.worlds import Worlds

    with Worlds(home_of(home)).open(name) as world:
        world.clock.advance(duration)
        click.echo(f"In {name} it is {stored_time(world.clock.now())}.")
    return Exit.DONE
