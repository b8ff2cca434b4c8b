"""What differs between two states of a row, column by column."""

import re
from dataclasses import dataclass
from typing import Any, Final

from mig.engine.ledger import State

_ROW: Final = re.compile(r"[a-z_]+\([0-9a-f-]{36}\)")


@dataclass(frozen=True, slots=True)
class Difference:
    """One column that differs; `path` is the column, with the place inside it where its value nests."""

    path: str
    before: Any
    after: Any

    @property
    def told(self) -> str:
        """`'Berlin' → 'Graz'`; what a side does not have is nothing."""
        return f"{_written(self.before)} → {_written(self.after)}"


def _written(value: Any) -> str:
    """In quotes, if it is text; a row of a table is long enough without, and no other text looks like one."""
    if value is None:
        return "nothing"
    return str(value) if isinstance(value, str) and _ROW.fullmatch(value) else repr(value)


def differences(before: State, after: State) -> tuple[Difference, ...]:
    """The differences, sorted by path. A column that only one side has differs from None."""
    columns = sorted({*before, *after})
    return tuple(
        difference
        for column in columns
        if before.get(column) != after.get(column)
        for difference in _in_column(column, before.get(column), after.get(column))
    )


def _in_column(column: str, before: Any, after: Any) -> list[Difference]:
    if not (isinstance(before, dict | list) and isinstance(after, dict | list)):
        return [Difference(column, before, after)]
    from deepdiff import DeepDiff  # heavy, and only nested values need it

    changes = DeepDiff(before, after, ignore_order=True, view="tree")
    levels = [level for group in changes.values() for level in group]
    found = [
        Difference(column + level.path().removeprefix("root"), _shown(level.t1), _shown(level.t2))
        for level in levels
    ]
    # The order of a list is passed over, unless nothing else differs.
    return sorted(found, key=lambda difference: difference.path) or [Difference(column, before, after)]


def _shown(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | dict | list | None) else None
