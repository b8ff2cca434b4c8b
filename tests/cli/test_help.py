"""Every command explains itself and its options."""

from collections.abc import Iterator

import click
import pytest

from mig import __version__
from mig.cli.main import cli
from tests.support import mig


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)


@pytest.mark.parametrize("names", [(), *commands(cli)], ids=" ".join)
def test_help(names: tuple[str, ...]) -> None:
    ran = mig(*names, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: {' '.join(('mig', *names))}")
    assert not [line for line in ran.out.splitlines() if len(line) > 80]


def test_the_commands_of_this_version() -> None:
    assert {" ".join(names) for names in commands(cli)} >= {
        "apply",
        "demo",
        "init",
        "inventory",
        "lock release",
        "lock show",
        "members",
        "plan",
        "query check",
        "query format",
        "query run",
        "query translate",
        "sandbox list",
        "sandbox new",
        "sandbox remove",
        "sandbox serve",
        "validate",
        "verify",
    }


@pytest.mark.parametrize("names", list(commands(cli)), ids=" ".join)
def test_each_option_says_what_it_is_for(names: tuple[str, ...]) -> None:
    command: click.Command | None = cli
    for name in names:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name)
    assert command is not None
    assert command.help
    silent = [
        option.name for option in command.params if isinstance(option, click.Option) and not option.help
    ]
    assert not silent


def test_version() -> None:
    assert mig("--version").out == f"mig, version {__version__}\n"
