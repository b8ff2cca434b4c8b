"""The entry point: commands by name, and the one place where errors become exit codes."""

import gc
import importlib
import sys
from typing import Final, NoReturn

import click

from mig import __version__
from mig.model.outcome import Exit

# Modules are imported when their command is asked for, so that `mig --help` is instant.
_COMMANDS: Final = {
    "apply": "Make the target as the manifest asks.",
    "demo": "Do the whole job once, on a sandbox of its own.",
    "doctor": "See whether an environment is fit for a migration.",
    "history": "List what was applied to an environment.",
    "init": "Write a first manifest from an environment.",
    "inventory": "List the outbound segments and events, and what would become of them.",
    "lock": "Show the lock, or release it.",
    "members": "Write the ids of a segment's members as CSV.",
    "plan": "Show what would change. Changes nothing.",
    "query": "Check, explain, translate, compare and run segment queries.",
    "sandbox": "Make, serve, disturb, list and remove sandboxes.",
    "show": "Show a saved plan, run or verification.",
    "snapshot": "Record an environment to a file, for planning without credentials.",
    "status": "Show what is in flight: the lock, segments, registration jobs.",
    "validate": "Check a manifest without any environment.",
    "verify": "Compare members and registrations after an apply.",
}


_YOUNG: Final = 50_000
"""Objects made before garbage is looked for. Most of ours are immutable and last until the command ends: at
Python's own 700, a seventh of the time of a large plan goes into going through them."""


class _Lazy(click.Group):
    """Commands are found in `mig.cli.<name>`, as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"mig.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mig")
def cli() -> None:
    """Bring segments and events from outbound marketing to real-time journeys.

    People write a manifest; `plan` shows what would change, `apply` makes it so, `verify` compares members.
    `mig demo` shows all of it, with nothing to set up.
    """


def main() -> NoReturn:
    """Run a command and exit with its code."""
    from mig.cli.terminal import prepare_streams
    from mig.cli.traces import silence_libraries

    gc.set_threshold(_YOUNG)
    prepare_streams()
    silence_libraries()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; returns the exit code, whatever happens."""
    try:
        code = cli.main(arguments, prog_name="mig", standalone_mode=False)
        return int(code or Exit.DONE)
    except click.UsageError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        error.show()
        return Exit.FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody left to tell
        return Exit.FAILED
    except Exception as error:
        from mig.cli.problems import report

        return report(error)
