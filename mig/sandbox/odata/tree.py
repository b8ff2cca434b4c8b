"""The small tree that filters are read into."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["guid", "text", "integer", "decimal", "bool", "date", "datetime", "null"]


@dataclass(frozen=True, slots=True)
class Name:
    """A column as the Web API reads it, or a path to one: `lookup/column`, `variable/column`."""

    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A value and the kind of literal it was; ids lower-case, times as stored."""

    kind: Kind
    value: str | int | float | bool | None


Operand = Name | Constant


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Match:
    """`contains(column,'text')` and its like."""

    function: str
    column: Name
    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A query function, named without its namespace; `values` are its other arguments, always as text."""

    name: str
    column: Name
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """`collection/any(variable:filter)`, or `all`; `any()` without a filter asks whether there are rows."""

    collection: Name
    every: bool
    variable: str
    item: "Filter | None"


@dataclass(frozen=True, slots=True)
class Both:
    """All hold."""

    items: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one holds."""

    items: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """`not filter`."""

    item: "Filter"


Filter = Compare | Match | Function | Related | Both | Either | Opposite
