"""Chance that is the same everywhere: a seeded generator in whole numbers, ids by name, times as text.

Python promises the sequence of `random.Random` only for one method and says nothing about set order; a
generator of whole numbers needs no promise. Nothing here is fit for secrets.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Final, TypeVar
from uuid import NAMESPACE_DNS, uuid5

Item = TypeVar("Item")
Row = dict[str, object]

DAY: Final = 86_400  # seconds
NAMESPACE: Final = uuid5(NAMESPACE_DNS, "mig.world")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_MASK: Final = (1 << 64) - 1


class Dice:
    """A stream of throws: the same seed and stream give the same throws in every Python."""

    def __init__(self, seed: int, stream: str) -> None:
        self._state = uuid5(NAMESPACE, f"{seed}:{stream}").int & _MASK

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1; count at most 2**31."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (self._state >> 33) * count >> 31

    def chance(self, percent: int) -> bool:
        """Whether something of this likelihood happens."""
        # As `below(100) < percent`, written out: most throws are of this kind.
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (self._state >> 33) * 100 >> 31 < percent

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.below(len(items))]

    def maybe(self, percent: int, value: Item) -> Item | None:
        """The value with this likelihood, else nothing."""
        return value if self.chance(percent) else None


def row_id(table: str, key: object) -> str:
    """The id of a made row. The seed is no part of it, so that manifests may name rows by id."""
    return str(uuid5(NAMESPACE, f"made:{table}:{key}"))


def stamp(seconds: int) -> str:
    """Seconds since 1970 as a stored date-time."""
    day, second = divmod(seconds, DAY)
    return f"{_date(day)}T{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


@cache
def _date(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


def seconds(moment: datetime) -> int:
    """A date-time as whole seconds since 1970."""
    return int(moment.timestamp())
