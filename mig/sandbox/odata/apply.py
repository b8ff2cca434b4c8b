"""`$apply`, read into a value.

apply      = [ "filter" "(" filter ")" "/" ] ( aggregate | groupby )
groupby    = "groupby" "(" "(" path { "," path } ")" [ "," aggregate ] ")"
aggregate  = "aggregate" "(" item { "," item } ")"
item       = "$count" "as" name | column "with" method "as" name
method     = "sum" | "average" | "min" | "max"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mig.sandbox.errors import bad_syntax, bad_url
from mig.sandbox.odata.filters import read_filter
from mig.sandbox.odata.tree import Filter
from mig.sandbox.odata.words import split

METHODS: Final = frozenset({"sum", "average", "min", "max"})

_ITEM: Final = re.compile(r"(\S+)\s+with\s+(\w+)\s+as\s+(\w+)|\$count\s+as\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One result, under `name`: a method over a column, or without either the number of rows."""

    name: str
    column: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Apply:
    """Which rows, grouped by which columns or paths, and what to tell of each group."""

    filter: Filter | None
    groups: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]


def read_apply(text: str, aliases: Mapping[str, str]) -> Apply:
    """Read `$apply`; 400 where it cannot be read."""
    *before, last = split(text, "/")
    filter_ = None
    if before:
        (inside,) = (_inside(part, "filter") for part in before) if len(before) == 1 else (None,)
        if inside is None:
            raise _unreadable(text)
        filter_ = read_filter(inside, aliases)
    if (inside := _inside(last, "aggregate")) is not None:
        return Apply(filter_, (), _aggregates(inside))
    if (inside := _inside(last, "groupby")) is not None:
        return Apply(filter_, *_groupby(inside))
    raise _unreadable(text)


def _groupby(text: str) -> tuple[tuple[str, ...], tuple[Aggregate, ...]]:
    columns, *rest = split(text, ",")
    names = _inside(columns, "")
    if names is None or len(rest) > 1:
        raise _unreadable(text)
    groups = tuple(name.strip() for name in names.split(","))
    if not rest:
        return groups, ()
    inside = _inside(rest[0], "aggregate")
    if inside is None:
        raise _unreadable(rest[0])
    return groups, _aggregates(inside)


def _aggregates(text: str) -> tuple[Aggregate, ...]:
    return tuple(_aggregate(item.strip()) for item in split(text, ","))


def _aggregate(text: str) -> Aggregate:
    found = _ITEM.fullmatch(text)
    if found is None:
        raise _unreadable(text)
    column, method, name, count = found.groups()
    if count is not None:
        return Aggregate(count)
    if method not in METHODS:
        raise bad_url(
            f"The aggregation method '{method}' is not supported; it is one of sum, average, min, max."
        )
    return Aggregate(name, column, method)


def _inside(text: str, name: str) -> str | None:
    """What is in the brackets of `name(…)`; None when the text is something else."""
    text = text.strip()
    opened = text.removeprefix(name).lstrip()
    if not text.startswith(name) or not (opened.startswith("(") and opened.endswith(")")):
        return None
    return opened[1:-1]


def _unreadable(text: str) -> Exception:
    return bad_syntax(f"Syntax error in $apply at '{text.strip()}'.")
