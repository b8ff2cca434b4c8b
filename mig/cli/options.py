"""Options that several commands share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from mig.model.address import Address

Command = Callable[..., Any]

# As mig/engine/brakes.py has them; not imported, so that help stays quick. A test compares them.
BRAKES: Final = ("updates", "deletes", "publishes", "people")
PARALLELISM: Final = 4  # what a just created organisation recommends: reference/dataverse-web-api.md 2.2


def manifest_options(command: Command) -> Command:
    """`-f FILE`, `--env NAME`, `--home DIR`, `-v`."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Log requests to standard error."),
        home_option,
        click.option("--env", "environment", metavar="NAME", help="The environment; default: the only one."),
        click.option(
            "-f",
            "--file",
            "manifest",
            type=click.Path(path_type=Path),
            default=Path("mig.yaml"),
            show_default=True,
            help="The manifest.",
        ),
    ):
        command = option(command)
    return command


def home_option(command: Command) -> Command:
    """`--home DIR`."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where sandboxes are kept; default: MIG_HOME, else your data folder.",
    )(command)


def format_option(command: Command) -> Command:
    """`--format text|json`."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="json prints one document and nothing else.",
    )(command)


def address_options(command: Command) -> Command:
    """`--only ADDRESS`, `--except ADDRESS`."""
    for name, told in (("except", "Leave this address out"), ("only", "Only this address")):
        command = click.option(
            f"--{name}",
            f"{name}_",
            metavar="ADDRESS",
            multiple=True,
            callback=_addresses,
            help=f"{told}; may be given more than once.",
        )(command)
    return command


def prune_option(command: Command) -> Command:
    """`--prune`."""
    return click.option(
        "--prune",
        is_flag=True,
        help="Delete what this migration made and the manifest no longer lists, unless something uses it.",
    )(command)


def address_argument(command: Command) -> Command:
    """`ADDRESS`."""
    return click.argument("address", callback=lambda ctx, parameter, value: _address(value))(command)


def apply_command(*without: str) -> tuple[str, ...]:
    """The words of a `mig apply` with all that was given to the command that runs, but for some of it."""
    context = click.get_current_context()
    given = (one for one in context.command.params if one.name not in without and _is_given(one, context))
    return ("mig", "apply", *(word for one in given for word in _words(one, context.params[one.name or ""])))


def _is_given(parameter: click.Parameter, context: click.Context) -> bool:
    return context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE


def _words(parameter: click.Parameter, value: Any) -> Iterator[str]:
    """As it would be typed."""
    for one in value if parameter.multiple else [value]:
        if isinstance(parameter, click.Option):
            yield parameter.opts[0]
        if one is not True:
            yield str(one)


def _addresses(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(_address, value))


def _address(text: str) -> str:
    try:
        return str(Address.parse(text))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
