"""Where `mig query` takes texts and metadata from."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import yaml

from mig.model.tables import Schema, SchemaFileError, bundled_schema, read_schema

_BETWEEN: Final = "---"
_YAML: Final = frozenset({".yaml", ".yml", ".json"})

_MOST_BYTES: Final = 5_000_000  # of a file with table metadata


@dataclass(frozen=True, slots=True)
class Source:
    """A query's text; `id` is None for one that came alone."""

    text: str
    id: str | None = None


def sources(text: str | None, file: Path | None) -> list[Source]:
    """The queries: from exactly one of the argument, a file, or standard input.

    A YAML or JSON file holds one text, a list of texts or of entries with `query:` (and `id:`), or a mapping
    from ids to texts. Any other file holds one text, or several between lines of `---`.
    """
    if (text is None) == (file is None):
        raise click.UsageError("give the query as TEXT, with --file, or as - for standard input; one of them")
    if text is not None and text != "-":
        return [Source(text)]
    content = _given() if file is None else _decoded(file)
    if file is None or file.suffix.lower() not in _YAML:
        return _between_lines(content)
    return list(_entries(_yaml(content, file), file))


def only_query(text: str | None, file: Path | None) -> str:
    """The one query that a command takes."""
    found = sources(text, file)
    if len(found) != 1:
        raise click.ClickException(f"{file or 'standard input'} holds {len(found)} queries; give one")
    return found[0].text


def two_queries(texts: Sequence[str], files: Sequence[Path]) -> tuple[str, str]:
    """The two queries of a comparison."""
    if (len(texts), len(files)) not in ((2, 0), (0, 2)) or list(texts) == ["-", "-"]:
        raise click.UsageError("give two queries: ONE and OTHER, or --file twice")
    one, other = [only_query(text, None) for text in texts] or [only_query(None, file) for file in files]
    return one, other


def schema_of(path: Path | None) -> Schema:
    """Table metadata from a YAML or JSON file; the bundled tables without one.

    `SchemaFileError` when the file holds none, or is out of bounds.
    """
    if path is None:
        return bundled_schema()
    if path.stat().st_size > _MOST_BYTES:
        raise SchemaFileError(f"{path} is larger than the {_MOST_BYTES:,} bytes that are read")
    text = _decoded(path)
    try:
        return read_schema(json.loads(text) if path.suffix == ".json" else _without_aliases(text))
    except RecursionError as error:
        raise SchemaFileError(f"{path} is nested too deeply to hold table metadata") from error
    except (ValueError, ArithmeticError, yaml.YAMLError) as error:
        raise SchemaFileError(f"{path} does not hold table metadata: {error}") from error


def _without_aliases(text: str) -> Any:
    """A few lines of aliases can mean something endless."""
    for event in yaml.parse(text):
        if isinstance(event, yaml.AliasEvent):
            raise SchemaFileError(f"it has the alias *{event.anchor}; write out what that stands for")
    return yaml.safe_load(text)


def _between_lines(content: str) -> list[Source]:
    """Texts between lines of `---`, numbered from 1; a text without such a line stands alone."""
    texts = [""]
    for line in content.splitlines(keepends=True):
        if line.strip() == _BETWEEN:
            texts.append("")
        else:
            texts[-1] += line
    if len(texts) == 1:
        return [Source(content)]
    given = [text for text in texts if text.strip()]
    return [Source(text, str(number)) for number, text in enumerate(given, start=1)]


def _yaml(content: str, file: Path) -> Any:
    try:
        return yaml.safe_load(content)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise click.ClickException(f"{file} is not YAML: {error}") from error


def _entries(document: Any, file: Path) -> Iterator[Source]:
    if isinstance(document, str):
        yield Source(document)
        return
    if not isinstance(document, list | dict):
        raise click.ClickException(
            f"{file} holds neither a list of queries nor a mapping from ids to queries"
        )
    numbered = document.items() if isinstance(document, dict) else enumerate(document, start=1)
    for key, entry in numbered:
        text = entry.get("query") if isinstance(entry, dict) else entry
        name = str(entry.get("id", key) if isinstance(entry, dict) else key)
        if not isinstance(text, str):
            raise click.ClickException(f"{file}: entry {name} is no query text, and has none under `query:`")
        yield Source(text, name)


def _given() -> str:
    try:
        return sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"standard input cannot be read: {error}") from error


def _decoded(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error
