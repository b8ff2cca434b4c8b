"""Functions that SQLite lacks.

Inside SQL a moment is the text `YYYY-MM-DDTHH:MM:SSZ`: the form that is stored, and it sorts as time does.
"""

import sqlite3
from datetime import UTC, datetime

from mig.query.dates import dateadd, datediff, read_moment, stored

Stored = str | bytes | int | float | None


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that compiled queries call; needed once for each connection."""
    connection.create_function("mig_fold", 1, fold, deterministic=True)
    connection.create_function("mig_datediff", 3, _sql_datediff, deterministic=True)
    connection.create_function("mig_dateadd", 3, _sql_dateadd, deterministic=True)
    connection.create_function("mig_date", -1, _sql_date, deterministic=True)


def fold(value: Stored) -> Stored:
    """A text without its case; anything else as it is."""
    return value.casefold() if isinstance(value, str) else value


def _sql_datediff(part: str, start: Stored, stop: Stored) -> int | None:
    first, last = _moment(start), _moment(stop)
    return datediff(part, first, last) if first and last else None


def _sql_dateadd(part: str, amount: float | None, date: Stored) -> str | None:
    moment = _moment(date)
    moved = dateadd(part, amount, moment) if moment and amount is not None else None
    return stored(moved) if moved else None


def _moment(value: Stored) -> datetime | None:
    return read_moment(value) if isinstance(value, str) else None


def _sql_date(*parts: float | None) -> str | None:
    if any(part is None for part in parts):
        return None
    try:
        year, month, day, *time = (int(part) for part in parts if part is not None)
        hour, minute, second = (*time, 0, 0, 0)[:3]
        return stored(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
