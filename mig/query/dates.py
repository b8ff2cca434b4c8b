"""Moments: reading and writing them, and the arithmetic of DATEDIFF and DATEADD (as in Transact-SQL)."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Final

from mig.query.tree import DateOf, Number

_UNITS: Final = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
}
_START: Final = datetime(1, 1, 1, tzinfo=UTC)
_MOST_MONTHS: Final = 12 * 9999


def stored(moment: datetime) -> str:
    """A moment as text; naive ones are taken as UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def read_moment(text: str) -> datetime | None:
    """The moment of an ISO text, in UTC; None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def datediff(part: str, start: datetime, stop: datetime) -> int:
    """Boundaries of the part crossed from start to stop, as Transact-SQL counts them."""
    if part == "year":
        return stop.year - start.year
    if part == "month":
        return 12 * (stop.year - start.year) + stop.month - start.month
    unit = _UNITS[part]
    return (stop - _START) // unit - (start - _START) // unit


def dateadd(part: str, amount: float, date: datetime) -> datetime | None:
    """The date moved by so many parts, on the last day of a shorter month; None outside the calendar."""
    try:
        if part in _UNITS:
            return date + int(amount) * _UNITS[part]
        months = int(amount) * (12 if part == "year" else 1)
        if abs(months) > _MOST_MONTHS:
            return None
        year, month = divmod(12 * date.year + date.month - 1 + months, 12)
        return date.replace(year=year, month=month + 1, day=min(date.day, monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        return None


def constant_date(date: DateOf) -> datetime | None:
    """The moment of a DATE(…) whose arguments are all numbers; None when there is no such date."""
    numbers = [part.value for part in date.parts if isinstance(part, Number)]
    if len(numbers) < len(date.parts) or any(number != int(number) for number in numbers):
        return None
    year, month, day, hour, minute, second, millisecond = (*map(int, numbers), 0, 0, 0, 0)[:7]
    try:
        return datetime(year, month, day, hour, minute, second, millisecond * 1000, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
