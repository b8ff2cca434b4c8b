"""`mig query`."""

from pathlib import Path
from typing import Any

import click

from mig.cli.options import Command, format_option, home_option


def _query_options(command: Command) -> Command:
    command = click.option(
        "--file",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Read the query from this file.",
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


@click.group("query")
def command() -> None:
    """Work on a segment query, given as TEXT, from a file, or - for standard input."""


@command.command("check")
@_query_options
@_dialect_option
@format_option
def check_command(*, text: str | None, file: Path | None, dialect: str, output: str) -> int:
    """Tell whether a query parses, and what it is about."""
    from mig.cli.query_texts import query_text
    from mig.model.outcome import Exit
    from mig.query.parser import QueryError, parse
    from mig.query.tree import Dialect
    from mig.report.query_report import check_document, check_text

    source = query_text(text, file)
    try:
        query, error = parse(source, Dialect(dialect)), None
    except QueryError as failure:
        query, error = None, failure
    _show(check_document(query, error), output, lambda: check_text(query, error, source))
    return Exit.FAILED if error else Exit.DONE


@command.command("format")
@_query_options
@_dialect_option
def format_command(*, text: str | None, file: Path | None, dialect: str) -> int:
    """Print a query in a layout for reading."""
    from mig.cli.query_texts import parsed
    from mig.model.outcome import Exit
    from mig.query.printer import format_text
    from mig.query.tree import Dialect

    query = parsed(text, file, Dialect(dialect))
    click.echo(format_text(query, Dialect(dialect)))
    return Exit.DONE


@command.command("translate")
@_query_options
@click.option(
    "--schema",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Table metadata, instead of the bundled tables.",
)
@format_option
def translate_command(*, text: str | None, file: Path | None, schema: Path | None, output: str) -> int:
    """Translate an outbound query into the real-time language.

    A reference to another segment is kept by its name: its copy is not known here.
    """
    from mig.cli.query_texts import parsed, read_schema_file
    from mig.model.outcome import Exit
    from mig.model.tables import bundled_schema
    from mig.query.translate import translate
    from mig.query.tree import Dialect
    from mig.report.query_report import translation_document, translation_text

    tables = read_schema_file(schema) if schema else bundled_schema()
    query = parsed(text, file, Dialect.OUTBOUND)
    translation = translate(query, tables, lambda name: None)
    _show(translation_document(translation), output, lambda: translation_text(translation))
    return Exit.DONE if translation.text is not None else Exit.FAILED


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
    from mig.cli.query_texts import run_on_world
    from mig.model.outcome import Exit
    from mig.query.tree import Dialect

    table, ids = run_on_world(text, file, Dialect(dialect), world, home)
    document = {"format_version": 1, "member_table": table, "count": len(ids), "ids": ids}
    _show(document, output, lambda: f"{len(ids)} rows of {table or 'an unknown table'}")
    return Exit.DONE


def _show(document: Any, output: str, text: Any) -> None:
    import json

    click.echo(json.dumps(document, ensure_ascii=False, indent=2) if output == "json" else text())
