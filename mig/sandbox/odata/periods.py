"""Stretches of time that query functions name: `Today`, `LastXDays`, `OlderThanXHours`.

Days begin at midnight UTC, weeks on Sunday. `LastX…` reaches from the start of the day (hour, minute) so many
units back up to now, `NextX…` from now to the end of the day (hour) so many units ahead. The documentation
names the functions and not their edges, so these edges are assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mig.query.dates import dateadd
from mig.sandbox.errors import bad_url

_MOVING: Final[Mapping[str, tuple[str, str]]] = {
    f"{which}X{unit}s": (which, unit)
    for which, units in (
        ("Last", ("Hour", "Day", "Week", "Month", "Year")),
        ("Next", ("Hour", "Day", "Week", "Month", "Year")),
        ("OlderThan", ("Minute", "Hour", "Day", "Week", "Month", "Year")),
    )
    for unit in units
}
_FIXED: Final[Mapping[str, tuple[str, int]]] = {
    "Yesterday": ("Day", -1),
    "Today": ("Day", 0),
    "Tomorrow": ("Day", 1),
    **{
        f"{which}{unit}": (unit, offset)
        for unit in ("Week", "Month", "Year")
        for which, offset in (("Last", -1), ("This", 0), ("Next", 1))
    },
}
_SHORTHANDS: Final[Mapping[str, tuple[str, int]]] = {
    "Last7Days": ("LastXDays", 7),
    "Next7Days": ("NextXDays", 7),
}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start`, itself included, until before `end`; None is without a bound."""

    start: datetime | None
    end: datetime | None


def is_period(function: str) -> bool:
    """Whether there is a query function of that name here, and it names a stretch of time."""
    return function in _FIXED or function in _SHORTHANDS or function in _MOVING


def takes_number(function: str) -> bool:
    """Whether a period's function has an X."""
    return function in _MOVING


def period(function: str, number: int, now: datetime) -> Period:
    """What the function means at that time; `number` is its X."""
    if function in _FIXED:
        unit, offset = _FIXED[function]
        first = _start(unit, now)
        return Period(_moved(unit, first, offset), _moved(unit, first, offset + 1))
    if function in _SHORTHANDS:
        function, number = _SHORTHANDS[function]
    which, unit = _MOVING[function]
    small = unit if unit in ("Minute", "Hour") else "Day"
    first = _start(small, now)
    if which == "Next":
        return Period(now, _moved(unit, _moved(small, first, 1), number))
    back = _moved(unit, first, -number)
    return Period(None, back) if which == "OlderThan" else Period(back, now + timedelta(seconds=1))


def day_of(moment: datetime) -> Period:
    """The day that a moment is in."""
    first = _start("Day", moment)
    return Period(first, _moved("Day", first, 1))


def _start(unit: str, moment: datetime) -> datetime:
    if unit == "Minute":
        return moment.replace(second=0, microsecond=0)
    if unit == "Hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "Week":
            return day - timedelta(days=day.isoweekday() % 7)
        case "Month":
            return day.replace(day=1)
        case "Year":
            return day.replace(month=1, day=1)
    return day


def _moved(unit: str, moment: datetime, amount: int) -> datetime:
    part, amount = ("day", 7 * amount) if unit == "Week" else (unit.lower(), amount)
    moved = dateadd(part, amount, moment)
    if moved is None:
        raise bad_url(f"A date {amount} {part}s from now is outside the calendar.")
    return moved
