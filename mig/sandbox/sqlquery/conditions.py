"""Conditions of the tree as SQL. They are three-valued, as T-SQL has it: `<>` does not find empty columns."""

from collections.abc import Callable
from typing import Final

from mig.model.tables import TEXTS
from mig.sandbox.odata.functions import Sql
from mig.sandbox.odata.literals import comparable, from_text, kinds, misfit
from mig.sandbox.odata.scope import Place
from mig.sandbox.odata.where import joined
from mig.sandbox.relational.errors import bad_sql
from mig.sandbox.sqlquery.tree import (
    All,
    Among,
    Between,
    Compare,
    Condition,
    Empty,
    Like,
    Literal,
    Operand,
    Opposite,
    Ref,
)

Find = Callable[[Ref], Place]

_TURNED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def condition(item: Condition, find: Find) -> Sql:
    """A condition over the columns that `find` finds."""
    match item:
        case All(word, items):
            return joined([condition(one, find) for one in items], word)
        case Opposite(inner):
            sql, values = condition(inner, find)
            return f"NOT {sql}", values
        case Compare(left, operator, right):
            return _compare(left, operator, right, find)
        case Like(column, pattern):
            return _like(find(column), pattern)
        case Among(column, wanted):
            place = find(column)
            places = ", ".join("?" * len(wanted))
            return f"({place.expression} IN ({places}))", [_value(one, place) for one in wanted]
        case Between(column, low, high):
            place = find(column)
            return f"({place.expression} BETWEEN ? AND ?)", [_value(low, place), _value(high, place)]
        case Empty(column):
            return f"({find(column).sql} IS NULL)", []


def _compare(left: Operand, operator: str, right: Operand, find: Find) -> Sql:
    if isinstance(left, Literal):
        if isinstance(right, Literal):
            raise bad_sql("a comparison needs a column.")
        return _compare(right, _TURNED.get(operator, operator), left, find)
    place = find(left)
    if isinstance(right, Literal):
        return f"({place.expression} {operator} ?)", [_value(right, place)]
    other = find(right)
    if kinds(place.column)[0] != kinds(other.column)[0]:
        raise misfit(kinds(other.column)[0], place.column)
    return f"({place.expression} {operator} {other.expression})", []


def _like(place: Place, pattern: str) -> Sql:
    if place.column.type not in TEXTS:
        raise misfit("text", place.column)
    return f"CASE WHEN {place.sql} IS NOT NULL THEN _like({place.sql}, ?) END", [pattern]


def _value(literal: Literal, place: Place) -> object:
    if literal.text is None:
        return None
    return comparable(place.column, from_text(literal.text, place.column))
