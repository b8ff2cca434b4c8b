"""How long to wait before something is sent again."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

_LATER: Final = frozenset({429, 500, 502, 503, 504})
LONGEST: Final = 300.0  # seconds; a service that asks for more is left for another time


def told(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After`, which gateways write as a date; None when it says nothing of use.

    A date is measured by the server's own `Date`: the clock of this machine may be an hour off.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until, now = (parsedate_to_datetime(text) for text in (value, headers.get("date", "")))
        seconds = (until - now).total_seconds()
    except (ValueError, TypeError):  # no date; one with a zone and one without
        return None
    return seconds if seconds > 0 else None


def asked(status: int, headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer asks everybody to wait, where the same may be answered better later."""
    return told(headers) if status in _LATER else None


def growing(attempt: int, share: float) -> float:
    """Doubling from two seconds; `share`, from 0 to 1, keeps many workers from coming back as one."""
    return float(2**attempt) * (1 + share) / 2
