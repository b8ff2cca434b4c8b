"""Filters as SQL over the rows of a scope. Values are always parameters.

Conditions are two-valued, as OData has it: a comparison with an empty column is false, and its `not` true.
Text compares without regard to case, and `%`, `_` and `[…]` are wildcards in the text functions, as on the
service's own database.
"""

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from mig.model.tables import TEXTS
from mig.sandbox.errors import bad_url
from mig.sandbox.odata.functions import Sql, query_function
from mig.sandbox.odata.literals import comparable, fitting, fold, misfit
from mig.sandbox.odata.navigation import Linked, ToMany, navigation
from mig.sandbox.odata.scope import Scope, far_rows
from mig.sandbox.odata.tree import (
    Both,
    Compare,
    Either,
    Filter,
    Function,
    Match,
    Name,
    Operand,
    Opposite,
    Related,
)

_SIGNS: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the SQL made here calls."""
    connection.create_function("_fold", 1, fold, deterministic=True)
    connection.create_function("_like", 2, _like, deterministic=True)


def condition(filter_: Filter, scope: Scope) -> Sql:
    """A filter as an SQL condition with its parameters."""
    match filter_:
        case Both(items):
            return joined([condition(item, scope) for item in items], "AND")
        case Either(items):
            return joined([condition(item, scope) for item in items], "OR")
        case Opposite(item):
            sql, values = condition(item, scope)
            return f"NOT {sql}", values
        case Compare():
            return _compare(filter_, scope)
        case Match():
            return _match(filter_, scope)
        case Function(name, column, values):
            return query_function(name, scope.property(column.text), values, scope.reader)
        case Related():
            return _related(filter_, scope)


def joined(parts: Sequence[Sql], word: str) -> Sql:
    """A balanced tree: SQLite refuses expressions that are more than 1,000 deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    (left, some), (right, more) = joined(parts[:middle], word), joined(parts[middle:], word)
    return f"({left} {word} {right})", some + more


def _compare(compare: Compare, scope: Scope) -> Sql:
    left, some = _side(compare.left, compare.right, scope)
    right, more = _side(compare.right, compare.left, scope)
    match compare.operator:
        case "eq":
            sql = f"({left} IS {right})"
        case "ne":
            sql = f"({left} IS NOT {right})"
        case operator:
            sql = f"ifnull({left} {_SIGNS[operator]} {right}, 0)"
    return sql, some + more


def _side(operand: Operand, other: Operand, scope: Scope) -> Sql:
    if isinstance(operand, Name):
        return scope.place(operand.text).expression, []
    if isinstance(other, Name):
        column = scope.place(other.text).column
        return "?", [comparable(column, fitting(operand, column))]
    return "?", [operand.value]


def _match(match: Match, scope: Scope) -> Sql:
    place = scope.place(match.column.text)
    if place.column.type not in TEXTS:
        raise misfit("text", place.column)
    before = "" if match.function == "startswith" else "%"
    after = "" if match.function == "endswith" else "%"
    return f"_like({place.sql}, ?)", [f"{before}{match.text}{after}"]


def _related(related: Related, scope: Scope) -> Sql:
    """`any` is EXISTS; `all` is that none exists for which the filter does not hold."""
    steps = scope.steps(related.collection.text)
    link = navigation(scope.reader.schema, scope.table, steps[0]) if len(steps) == 1 else None
    if not isinstance(link, ToMany | Linked):
        raise bad_url(
            f"any and all need a collection of '{scope.table.name}', not '{related.collection.text}'."
        )
    inner = scope.below(link.table, related.variable)
    far = far_rows(link, inner)
    sql, values = condition(related.item, inner) if related.item is not None else ("1", [])
    wanted = f"NOT {sql}" if related.every else sql
    linked = f"{far.near} = {scope.key} AND {far.where}"
    exists = f"EXISTS (SELECT 1 FROM {far.source} WHERE {linked} AND {wanted})"
    return (f"NOT {exists}" if related.every else exists), values


def _like(value: str | None, pattern: str) -> bool:
    return value is not None and _pattern(pattern).fullmatch(value) is not None


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    """A LIKE pattern of the service's database as a regular expression."""
    parts: list[str] = []
    for found in re.finditer(r"\[([^\]]+)\]|%+|_|(.)", pattern, re.DOTALL):
        text = found.group()
        if found[1]:
            negated = "^" if found[1].startswith("^") else ""
            inside = re.escape(found[1].removeprefix("^")).replace(r"\-", "-")
            parts.append(f"[{negated}{inside}]")
        else:
            parts.append({"%": ".*", "_": "."}.get(text[0], re.escape(text)))
    try:
        return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    except re.error:  # a range that runs backwards, such as [z-a], matches nothing but itself
        return re.compile(re.escape(pattern), re.IGNORECASE)
