"""`mig show`."""

from pathlib import Path

import click

from mig.cli.options import format_option


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@click.option("--explain", is_flag=True, help="Print the steps of each change of a plan too.")
def command(*, file: Path, output: str, explain: bool) -> int:
    """Show a saved plan, run or verification.

    FILE is what `mig plan --out` wrote, or what `mig apply` or `mig verify` printed with `--format json`. No
    environment is asked: a plan is shown as it was made, whether or not it still holds.
    """
    from mig.cli.kept import show_kept
    from mig.cli.terminal import Terminal
    from mig.model.outcome import Exit

    show_kept(file, Terminal.current(), output, explain=explain)
    return Exit.DONE
