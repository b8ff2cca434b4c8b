"""`mig query`."""

from pathlib import Path

import click

from mig.cli.options import Command, format_option, home_option


def _query_options(command: Command) -> Command:
    command = click.option(
        "--file",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Read the query from this file; from YAML, or between lines of ---, several at once.",
    )(command)
    return click.argument("text", required=False)(command)


def _dialect_option(command: Command) -> Command:
    return click.option(
        "--dialect",
        type=click.Choice(["outbound", "rtm"]),
        default="outbound",
        show_default=True,
        help="Which of the two languages it is written in.",
    )(command)


def _schema_option(command: Command) -> Command:
    return click.option(
        "--schema",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Table metadata, instead of the bundled tables.",
    )(command)


@click.group("query")
def command() -> None:
    """Work on a segment query, given as TEXT, from a file, or - for standard input."""


@command.command("check")
@_query_options
@_dialect_option
@format_option
def check_command(*, text: str | None, file: Path | None, dialect: str, output: str) -> int:
    """Tell whether a query parses, and what it is about."""
    from mig.cli.query_answers import check, give
    from mig.cli.query_texts import sources

    return give(sources(text, file), output, check(dialect))


@command.command("format")
@_query_options
@_dialect_option
@format_option
def format_command(*, text: str | None, file: Path | None, dialect: str, output: str) -> int:
    """Print a query in a layout for reading."""
    from mig.cli.query_answers import give, layout
    from mig.cli.query_texts import sources

    return give(sources(text, file), output, layout(dialect))


@command.command("explain")
@_query_options
@_dialect_option
@_schema_option
@format_option
def explain_command(
    *, text: str | None, file: Path | None, dialect: str, schema: Path | None, output: str
) -> int:
    """Say in plain words who is in the segment, draw the query, and show what becomes of it.

    Outbound queries are shown before and after their translation, with every rule that was used.
    """
    from mig.cli.query_answers import explain, give
    from mig.cli.query_texts import schema_of, sources

    return give(sources(text, file), output, explain(dialect, schema_of(schema)))


@command.command("translate")
@_query_options
@_schema_option
@format_option
def translate_command(*, text: str | None, file: Path | None, schema: Path | None, output: str) -> int:
    """Translate an outbound query into the real-time language.

    A reference to another segment is kept by its name: its copy is not known here.
    """
    from mig.cli.query_answers import give, translate
    from mig.cli.query_texts import schema_of, sources

    return give(sources(text, file), output, translate(schema_of(schema)))


@command.command("diff")
@click.argument("texts", nargs=-1, metavar="[ONE OTHER]")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read a query from this file; given twice, instead of ONE and OTHER.",
)
@_dialect_option
@format_option
def diff_command(*, texts: tuple[str, ...], files: tuple[Path, ...], dialect: str, output: str) -> int:
    """Tell in words what changes from ONE query to the OTHER; either may be - for standard input.

    Compared is meaning: spelling, layout and the order of conditions do not count.
    """
    from mig.cli.query_answers import compare, give_one
    from mig.cli.query_texts import two_queries

    return give_one(compare(*two_queries(texts, files), dialect), output)


@command.command("run")
@_query_options
@_dialect_option
@click.option("--world", required=True, metavar="NAME", help="The sandbox to run it on.")
@home_option
@format_option
def run_command(
    *, text: str | None, file: Path | None, dialect: str, world: str, home: Path | None, output: str
) -> int:
    """Tell who would be in a segment of this query, over the rows of a sandbox."""
    from mig.cli.query_answers import give_one, run
    from mig.cli.query_texts import only_query

    return give_one(run(only_query(text, file), dialect, world, home), output)
