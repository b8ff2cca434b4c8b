"""One value of a world file to stored form; the column decides what a text means."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from mig.model.tables import CHOICES, FRACTIONS, TEXTS, WHOLE_NUMBERS, Column, ColumnType
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Items, Node, Scalar, whole_number

_GUID: Final = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS: Final = {"true": 1, "1": 1, "false": 0, "0": 0}


def stored_value(column: Column, node: Node, mistakes: Mistakes) -> object:
    """The value in stored form (`mig.sandbox.spec`); None for null, and with a mistake noted for nonsense."""
    if isinstance(node, Scalar) and node.is_null:
        return None
    if column.type is ColumnType.MULTI_SELECT:
        return _selection(column, node, mistakes)
    if not isinstance(node, Scalar):
        mistakes.add(node, f"`{column.name}` takes a single value", f"its type is {column.type}")
        return None
    if column.type in CHOICES:
        return _choice(column, node, mistakes)
    read, wanted = _READERS[column.type]
    value = read(node.text)
    if value is None:
        hint = "a date such as 1980-01-31" if column.date_only else wanted
        mistakes.add(node, f"`{column.name}` cannot be `{node.text}`", f"{column.type}: {hint}")
    elif column.date_only:
        return str(value)[:10]
    return value


def guid(text: str) -> str | None:
    """An id in lower case and without braces; None when it is none."""
    found = _GUID.fullmatch(text.strip())
    return found[1].lower() if found else None


def moment(text: str) -> datetime | None:
    """A date-time in UTC, to the second; without an offset it is UTC already."""
    try:
        read = datetime.fromisoformat(text)
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware.replace(microsecond=0)


def stored_moment(at: datetime) -> str:
    """A date-time in UTC as stored text, to the second."""
    return at.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _choice(column: Column, node: Scalar, mistakes: Mistakes) -> int | None:
    number = whole_number(node.text)
    if number is not None and (number in column.options or not column.options):
        return number
    mistakes.add(node, f"`{column.name}` has no option {node.text}", _options(column, node.text))
    return None


def _options(column: Column, text: str) -> str:
    for number, label in column.options.items():
        if label.lower() == text.lower():
            return f"write its number: {number}"
    shown = [f"{number} {label}" for number, label in list(column.options.items())[:8]]
    return f"one of {', '.join(shown)}{', …' if len(column.options) > 8 else ''}"


def _selection(column: Column, node: Node, mistakes: Mistakes) -> str | None:
    """Several choices: a list of numbers, or their text with commas, which is also the stored form."""
    if isinstance(node, Items):
        parts = node.items
    elif isinstance(node, Scalar):
        parts = [node._replace(text=part.strip()) for part in node.text.split(",")]
    else:
        parts = [node]
    numbers = []
    for part in parts:
        if not isinstance(part, Scalar):
            mistakes.add(part, f"`{column.name}` takes a list of option numbers")
        elif (number := _choice(column, part, mistakes)) is not None:
            numbers.append(str(number))
    return ",".join(numbers) or None


def _boolean(text: str) -> int | None:
    return _BOOLEANS.get(text.lower())


def _fraction(text: str) -> int | float | None:
    whole = whole_number(text)
    if whole is not None or not _NUMBER.fullmatch(text):
        return whole
    number = float(text)
    return number if math.isfinite(number) else None


def _date_time(text: str) -> str | None:
    at = moment(text)
    return None if at is None else stored_moment(at)


def _text(text: str) -> str:
    return text


Reader = Callable[[str], object]
_READERS: Final[Mapping[ColumnType, tuple[Reader, str]]] = {
    **dict.fromkeys(TEXTS | {ColumnType.IMAGE}, (_text, "a text")),
    **dict.fromkeys(WHOLE_NUMBERS, (whole_number, "a whole number")),
    **dict.fromkeys(FRACTIONS, (_fraction, "a number, such as 12.50")),
    ColumnType.BOOLEAN: (_boolean, "true or false"),
    ColumnType.DATE_TIME: (_date_time, "a date such as 2026-11-22T09:00:00Z"),
    ColumnType.UNIQUEIDENTIFIER: (guid, "an id such as c0000000-0000-0000-0000-000000000001"),
}
