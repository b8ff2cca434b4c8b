"""Literals in the form in which a column of some family is stored."""

from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Final
from uuid import UUID

from mig.model.tables import CHOICES, FRACTIONS, LOOKUPS, TEXTS, WHOLE_NUMBERS, Column, ColumnType
from mig.query.dates import read_moment, stored
from mig.query.sql.pieces import NotEvaluated, Parameter
from mig.query.tree import Bool, Number, Text

_BOOLEANS: Final = {"true": 1, "false": 0, "1": 1, "0": 0}
_LONGEST_INTEGER: Final = 2**63


class Family(Enum):
    """Columns whose values compare with each other; the value names them in messages."""

    TEXT = "a text"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    ID = "an id"
    MOMENT = "a date"


_FAMILIES: Final = {
    **dict.fromkeys(TEXTS, Family.TEXT),
    **dict.fromkeys(CHOICES | FRACTIONS | WHOLE_NUMBERS, Family.NUMBER),
    **dict.fromkeys(LOOKUPS | {ColumnType.UNIQUEIDENTIFIER}, Family.ID),
    ColumnType.BOOLEAN: Family.BOOLEAN,
    ColumnType.DATE_TIME: Family.MOMENT,
}


def family_of(column: Column) -> Family | None:
    """The family of a column; None for those that are only tested for being empty."""
    return _FAMILIES.get(column.type)


def stored_literal(literal: Text | Number | Bool, family: Family, *, ignore_case: bool) -> Parameter:
    """The literal as a value of the family is stored; `NotEvaluated` when it is none."""
    value = _CONVERT[family](literal)
    if value is None:
        shown = f"'{literal.value}'" if isinstance(literal, Text) else f"{literal.value}"
        raise NotEvaluated(f"{shown} is not {family.value}", literal.span)
    return str(value).casefold() if family is Family.TEXT and ignore_case else value


def number(value: Decimal) -> Parameter:
    """A number as SQLite takes it: whole where it is whole and not above 64 bits."""
    whole = value == value.to_integral_value() and abs(value) < _LONGEST_INTEGER
    return int(value) if whole else float(value)


def _text(literal: Text | Number | Bool) -> Parameter | None:
    if isinstance(literal, Number):
        return f"{literal.value:f}"
    return literal.value if isinstance(literal, Text) else None


def _number(literal: Text | Number | Bool) -> Parameter | None:
    if isinstance(literal, Number):
        return number(literal.value)
    try:
        value = Decimal(literal.value.strip()) if isinstance(literal, Text) else None
    except InvalidOperation:
        return None
    return number(value) if value is not None and value.is_finite() else None


def _boolean(literal: Text | Number | Bool) -> Parameter | None:
    return _BOOLEANS.get(str(literal.value).lower())


def _id(literal: Text | Number | Bool) -> Parameter | None:
    try:
        return str(UUID(literal.value)) if isinstance(literal, Text) else None
    except ValueError:
        return None


def _moment(literal: Text | Number | Bool) -> Parameter | None:
    moment = read_moment(literal.value) if isinstance(literal, Text) else None
    return stored(moment) if moment else None


_CONVERT: Final = {
    Family.TEXT: _text,
    Family.NUMBER: _number,
    Family.BOOLEAN: _boolean,
    Family.ID: _id,
    Family.MOMENT: _moment,
}
