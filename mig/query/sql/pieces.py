"""Pieces of SQL that carry their parameters, and what cannot be made into one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from mig.model.tables import Table
from mig.query.tree import Span

Parameter = str | int | float

_TERMS: Final = 20
"""AND and OR lists are grouped by so many: SQLite refuses expressions deeper than 1,000."""


class NotEvaluated(ValueError):
    """A query, or a part of one, that is not evaluated: why, and which part of the text."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


@dataclass(frozen=True, slots=True)
class Sql:
    """A text and the values of its question marks, in order."""

    text: str
    parameters: tuple[Parameter, ...] = ()


def sql(template: str, *pieces: Sql) -> Sql:
    """The template with each `{}` filled by a piece."""
    text = template.format(*(piece.text for piece in pieces))
    return Sql(text, tuple(chain.from_iterable(piece.parameters for piece in pieces)))


def listed(pieces: Iterable[Sql], glue: str) -> Sql:
    """The pieces one after the other."""
    pieces = tuple(pieces)
    text = glue.join(piece.text for piece in pieces)
    return Sql(text, tuple(chain.from_iterable(piece.parameters for piece in pieces)))


def grouped_list(pieces: Sequence[Sql], glue: str) -> Sql:
    """As `listed`, with parentheses that keep the expression shallow; `glue` is AND or OR."""
    while len(pieces) > _TERMS:
        groups = (pieces[at : at + _TERMS] for at in range(0, len(pieces), _TERMS))
        pieces = [sql("({})", listed(group, glue)) for group in groups]
    return listed(pieces, glue)


def qualified(table: Table, column: str) -> str:
    """A column with its table: alone, SQLite would take an unknown name in double quotes for a string."""
    return f"{quoted(table.name)}.{quoted(column)}"


def quoted(name: str) -> str:
    """A name from the metadata as an SQL identifier."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
