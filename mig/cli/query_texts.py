"""Where `mig query` takes texts, metadata and rows from."""

import json
import sys
from pathlib import Path

import click
import yaml

from mig.cli.session import home_of
from mig.model.tables import Schema, SchemaFileError, read_schema
from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect, Query
from mig.report.query_report import pointed
from mig.sandbox.worlds import Worlds


def query_text(text: str | None, file: Path | None) -> str:
    """The query: from exactly one of the argument, a file, or standard input."""
    if (text is None) == (file is None):
        raise click.UsageError("give the query as TEXT, with --file, or as - for standard input; one of them")
    if file is not None:
        return _decoded(file)
    return sys.stdin.read() if text == "-" else text or ""


def parsed(text: str | None, file: Path | None, dialect: Dialect) -> Query:
    """The query's tree; a text that does not parse ends the command with its message."""
    source = query_text(text, file)
    try:
        return parse(source, dialect)
    except QueryError as error:
        raise click.ClickException(pointed(error, source)) from error


def read_schema_file(path: Path) -> Schema:
    """Table metadata from a YAML or JSON file."""
    text = _decoded(path)
    try:
        document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        return read_schema(document)
    except (ValueError, yaml.YAMLError, SchemaFileError) as error:
        raise SchemaFileError(f"{path} does not hold table metadata: {error}") from error


def run_on_world(
    text: str | None, file: Path | None, dialect: Dialect, world: str, home: Path | None
) -> tuple[str | None, list[str]]:
    """The members' table and ids, over a sandbox world."""
    from mig.sandbox.segmentation import members_of

    query = parsed(text, file, dialect)
    with Worlds(home_of(home)).open(world) as opened:
        return members_of(opened, query, dialect)


def _decoded(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error
