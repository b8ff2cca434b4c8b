"""How far an organisation's clock is from this machine's."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class Skew:
    """What the `Date` of the last answer told: None before there was any, zero where none has one.

    `wall` is this machine's clock.
    """

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self.ahead: timedelta | None = None

    def hear(self, headers: Mapping[str, str]) -> None:
        """Called when the head of an answer has come; header names are lower-case."""
        try:
            told = parsedate_to_datetime(headers.get("date", ""))
        except ValueError:
            self.ahead = self.ahead or timedelta()
            return
        if told.tzinfo is None:  # `-0000`: a date that does not say where
            told = told.replace(tzinfo=UTC)
        self.ahead = told - self._wall()
