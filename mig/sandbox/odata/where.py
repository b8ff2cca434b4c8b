"""Filters and orders as SQL over one table. Values are always parameters.

Conditions are two-valued, as OData has it: a comparison with an empty column is false, and its `not` true.
Text compares without regard to case, and `%`, `_` and `[…]` are wildcards in the text functions, as on the
service's own database.
"""

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from mig.model.tables import CHOICES, FRACTIONS, TEXTS, WHOLE_NUMBERS, Column, ColumnType, Table
from mig.sandbox.errors import incompatible, unknown_column
from mig.sandbox.layout import holds_id, quoted
from mig.sandbox.odata.tree import (
    Among,
    Both,
    Compare,
    Constant,
    Either,
    Filter,
    Kind,
    Match,
    Name,
    Operand,
    Opposite,
)
from mig.sandbox.odata.url import is_guid

Sql = tuple[str, list[object]]

_SIGNS: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_EDM: Final[dict[Kind, str]] = {
    "guid": "Edm.Guid",
    "text": "Edm.String",
    "integer": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "bool": "Edm.Boolean",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
}


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the SQL made here calls."""
    connection.create_function("_fold", 1, _fold, deterministic=True)
    connection.create_function("_like", 2, _like, deterministic=True)


def column_of(table: Table, name: str) -> Column:
    """The column of that Web API name; the service's error when there is none."""
    column = table.by_read_name.get(name)
    if column is None:
        raise unknown_column(name, table.name)
    return column


def expression(column: Column) -> str:
    """The column as SQL compares and sorts it."""
    return f"_fold({quoted(column.name)})" if column.type in TEXTS else quoted(column.name)


def comparable(column: Column, value: object) -> object:
    """A stored value as `expression` yields it."""
    return _fold(value) if column.type in TEXTS else value


def condition(filter_: Filter, table: Table) -> Sql:
    """A filter as an SQL condition with its parameters."""
    match filter_:
        case Both(items):
            return _joined([condition(item, table) for item in items], "AND")
        case Either(items):
            return _joined([condition(item, table) for item in items], "OR")
        case Opposite(item):
            sql, values = condition(item, table)
            return f"NOT {sql}", values
        case Compare():
            return _compare(filter_, table)
        case Match():
            return _match(filter_, table)
        case Among():
            return _among(filter_, table)


def _joined(parts: Sequence[Sql], word: str) -> Sql:
    """A balanced tree: SQLite refuses expressions that are more than 1,000 deep."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    (left, some), (right, more) = _joined(parts[:middle], word), _joined(parts[middle:], word)
    return f"({left} {word} {right})", some + more


def _compare(compare: Compare, table: Table) -> Sql:
    left, some = _side(compare.left, compare.right, table)
    right, more = _side(compare.right, compare.left, table)
    match compare.operator:
        case "eq":
            sql = f"({left} IS {right})"
        case "ne":
            sql = f"({left} IS NOT {right})"
        case operator:
            sql = f"ifnull({left} {_SIGNS[operator]} {right}, 0)"
    return sql, some + more


def _side(operand: Operand, other: Operand, table: Table) -> Sql:
    if isinstance(operand, Name):
        return expression(column_of(table, operand.text)), []
    if isinstance(other, Name):
        column = column_of(table, other.text)
        return "?", [comparable(column, _fitting(operand, column))]
    return "?", [operand.value]


def _fitting(literal: Constant, column: Column) -> object:
    """A literal's value for a column; the service's error when the types do not go together."""
    wanted = _kinds(column)
    if literal.kind != "null" and literal.kind not in wanted:
        raise incompatible(_EDM[wanted[0]], _EDM[literal.kind])
    value = literal.value
    if isinstance(value, bool):
        return int(value)
    if literal.kind == "date" and not column.date_only:
        return f"{value}T00:00:00Z"
    if literal.kind == "datetime" and column.date_only:
        return str(value)[:10]
    return value


def _kinds(column: Column) -> tuple[Kind, ...]:
    if holds_id(column):
        return ("guid",)
    if column.type is ColumnType.BOOLEAN:
        return ("bool",)
    if column.type in CHOICES or column.type in WHOLE_NUMBERS:
        return ("integer",)
    if column.type in FRACTIONS:
        return ("decimal", "integer")
    if column.type is ColumnType.DATE_TIME:
        return ("datetime", "date")
    return ("text",)


def _match(match: Match, table: Table) -> Sql:
    column = column_of(table, match.column.text)
    if column.type not in TEXTS:
        raise incompatible("Edm.String", _EDM[_kinds(column)[0]])
    before = "" if match.function == "startswith" else "%"
    after = "" if match.function == "endswith" else "%"
    return f"_like({quoted(column.name)}, ?)", [f"{before}{match.text}{after}"]


def _among(among: Among, table: Table) -> Sql:
    column = column_of(table, among.column.text)
    values = [comparable(column, _from_text(text, column)) for text in among.values]
    places = ", ".join("?" * len(values))
    return f"ifnull({expression(column)} IN ({places}), 0)", values


def _from_text(text: str, column: Column) -> object:
    """A value of `In`, which is text whatever the column's type."""
    kind = _kinds(column)[0]
    match kind:
        case "text" | "datetime":
            return text
        case "guid" if is_guid(text):
            return text.lower()
        case "bool" if text.lower() in ("true", "false", "0", "1"):
            return int(text.lower() in ("true", "1"))
        case "integer" if re.fullmatch(r"-?\d{1,18}", text):
            return int(text)
        case "decimal" if re.fullmatch(r"-?\d{1,18}(\.\d+)?", text):
            return float(text)
    raise incompatible(_EDM[kind], "Edm.String")


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


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
