"""Where `mig query` takes texts, metadata and rows from."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import click
import yaml

from mig.cli.session import home_of
from mig.model.tables import Schema, SchemaFileError, read_schema
from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect, Query
from mig.report.query_report import pointed
from mig.sandbox.worlds import Worlds

_MOST_BYTES: Final = 5_000_000  # of a file with table metadata


def query_text(text: str | None, file: Path | None) -> str:
    """The query: from exactly one of the argument, a file, or standard input."""
    if (text is None) == (file is None):
        raise click.UsageError("give the query as TEXT, with --file, or as - for standard input; one of them")
    if file is not None:
        return _decoded(file)
    return sys.stdin.read().removeprefix("\ufeff") if text == "-" else text or ""


def parsed(text: str | None, file: Path | None, dialect: Dialect) -> Query:
    """The query's tree; a text that does not parse ends the command with its message."""
    source = query_text(text, file)
    try:
        return parse(source, dialect)
    except QueryError as error:
        raise click.ClickException(pointed(error, source)) from error


def read_schema_file(path: Path) -> Schema:
    """Table metadata from a YAML or JSON file; `SchemaFileError` when it holds none, or is out of bounds."""
    if path.stat().st_size > _MOST_BYTES:
        raise SchemaFileError(f"{path} is larger than the {_MOST_BYTES:,} bytes that are read")
    text = _decoded(path)
    try:
        return read_schema(json.loads(text) if path.suffix == ".json" else _yaml(text))
    except RecursionError as error:
        raise SchemaFileError(f"{path} is nested too deeply to hold table metadata") from error
    except (ValueError, ArithmeticError, yaml.YAMLError) as error:
        raise SchemaFileError(f"{path} does not hold table metadata: {error}") from error


def _yaml(text: str) -> Any:
    """Without aliases: a few lines of them can mean something endless."""
    for event in yaml.parse(text):
        if isinstance(event, yaml.AliasEvent):
            raise SchemaFileError(f"it has the alias *{event.anchor}; write out what that stands for")
    return yaml.safe_load(text)


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
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error
