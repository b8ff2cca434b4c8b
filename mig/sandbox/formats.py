"""Formatted values: what `OData.Community.Display.V1.FormattedValue` says beside a value.

The service formats for the caller's language and time zone; a world's caller has English (United States)
and UTC: `1,234`, `$20,000.00`, `3/25/2023 10:42 AM`.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from mig.model.tables import CHOICES, WHOLE_NUMBERS, Column, ColumnType

Format = Callable[[Any], str | None]

EXCHANGE_RATE: Final = "exchangerate"
_RATE_DECIMALS: Final = 10
_NUMBER_DECIMALS: Final = 2  # the platform's default; the precision of columns is not in our reference


def format_of(column: Column) -> Format | None:
    """How a stored value of that column, never an empty one, is shown; None for those that have no format."""
    if column.type in CHOICES:
        return column.options.get
    if column.type in WHOLE_NUMBERS:
        return "{:,}".format
    match column.type:
        case ColumnType.BOOLEAN:
            return lambda value: column.options.get(value, "Yes" if value else "No")
        case ColumnType.MULTI_SELECT:
            return lambda value: "; ".join(_labels(column, value))
        case ColumnType.MONEY:
            return _money
        case ColumnType.DECIMAL | ColumnType.DOUBLE:
            return f"{{:,.{decimals_of(column)}f}}".format
        case ColumnType.DATE_TIME:
            return _date if column.date_only else _moment
    return None


def decimals_of(column: Column) -> int:
    """The decimals that a number of that column is shown with."""
    return _RATE_DECIMALS if column.name == EXCHANGE_RATE else _NUMBER_DECIMALS


def _labels(column: Column, value: str) -> list[str]:
    return [column.options.get(int(number), number) for number in value.split(",")]


def _money(value: float) -> str:
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


@lru_cache(maxsize=4096)
def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{_day(moment)} {moment.hour % 12 or 12}:{moment:%M %p}"


def _date(text: str) -> str:
    return _day(datetime.fromisoformat(text))


def _day(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year}"
