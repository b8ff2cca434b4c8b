"""Values in queries, brought into the stored form of the column they are compared with."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from mig.model.tables import CHOICES, FRACTIONS, TEXTS, WHOLE_NUMBERS, Column, ColumnType
from mig.sandbox.clock import stored_time
from mig.sandbox.errors import ODataError, incompatible
from mig.sandbox.layout import holds_id
from mig.sandbox.odata.tree import Constant, Kind
from mig.sandbox.odata.url import is_guid

_EDM: Final[dict[Kind, str]] = {
    "guid": "Edm.Guid",
    "text": "Edm.String",
    "integer": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "bool": "Edm.Boolean",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
}


def kinds(column: Column) -> tuple[Kind, ...]:
    """The kinds of literal that a column compares with, the most fitting first."""
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


def misfit(wanted: Kind, column: Column) -> ODataError:
    """A function or comparison that this column does not take."""
    return incompatible(_EDM[wanted], _EDM[kinds(column)[0]])


def fold(value: Any) -> Any:
    """Text without regard to case; anything else as it is."""
    return value.casefold() if isinstance(value, str) else value


def comparable(column: Column, value: object) -> object:
    """A stored value as `Place.expression` yields it."""
    return fold(value) if column.type in TEXTS else value


def fitting(literal: Constant, column: Column) -> object:
    """A literal's value for a column; the service's error when the types do not go together."""
    wanted = kinds(column)
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


def from_text(text: str, column: Column) -> object:
    """A query function's value, which is text whatever the column's type."""
    kind = kinds(column)[0]
    match kind:
        case "text":
            return text
        case "guid" if is_guid(text):
            return text.lower()
        case "bool" if text.lower() in ("true", "false", "0", "1"):
            return int(text.lower() in ("true", "1"))
        case "integer" if re.fullmatch(r"-?\d{1,18}", text):
            return int(text)
        case "decimal" if re.fullmatch(r"-?\d{1,18}(\.\d+)?", text):
            return float(text)
        case "datetime":
            stored = stored_time(moment_of(text))
            return stored[:10] if column.date_only else stored
    raise incompatible(_EDM[kind], "Edm.String")


def moment_of(text: str) -> datetime:
    """The moment of an ISO date or time; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise incompatible("Edm.DateTimeOffset", "Edm.String") from None
