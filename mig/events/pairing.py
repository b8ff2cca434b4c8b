"""Pairs the rows of two sides by one key after another. Pure; knows no table.

Every pass takes linear time, whatever the rows are: keys are looked up, never compared one with another.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Identified(Protocol):
    """A row."""

    @property
    def id(self) -> str:
        """Its id."""


class Dated(Identified, Protocol):
    """A row that tells when it was made."""

    @property
    def created(self) -> datetime | None:
        """When it was made."""


Mine = TypeVar("Mine", bound=Identified)
Theirs = TypeVar("Theirs", bound=Identified)
Some = TypeVar("Some", bound=Identified)


@dataclass(frozen=True, slots=True)
class Paired(Generic[Mine, Theirs]):
    """Who belongs to whom. `missing` have no partner in the target, `surplus` none in the source.

    `unclear` are ids of source rows where several have one key and fewer or more rows of the target share it:
    how many there are is known, but not which is which.
    """

    pairs: tuple[tuple[Mine, Theirs], ...] = ()
    missing: tuple[Mine, ...] = ()
    surplus: tuple[Theirs, ...] = ()
    unclear: frozenset[str] = frozenset()

    def copies(self) -> Mapping[str, str]:
        """The target's id by the source's."""
        return {mine.id: theirs.id for mine, theirs in self.pairs}


class Pairing(Generic[Mine, Theirs]):
    """The rows that have no partner yet, and the pairs found so far."""

    def __init__(self, source: Iterable[Mine], target: Iterable[Theirs]) -> None:
        self.source = {row.id: row for row in source}
        self.target = {row.id: row for row in target}
        self._pairs: list[tuple[Mine, Theirs]] = []
        self._unclear: set[str] = set()

    def one_to_one(
        self, mine: Callable[[Mine], Hashable], theirs: Callable[[Theirs], Hashable] | None = None
    ) -> None:
        """Pair rows whose key nobody shares on either side; a key of None is none. `theirs` may be the id."""
        there: Mapping[Any, Theirs] = self.target
        if theirs is not None:
            there = _once(self.target.values(), theirs)
        for key, row in _once(self.source.values(), mine).items():
            if (found := there.get(key)) is not None:
                self._pair(row, found)

    def in_order(
        self,
        mine: Callable[[Mine], Hashable],
        theirs: Callable[[Theirs], Hashable],
    ) -> None:
        """Pair as many rows of a key as both sides have, the oldest with the oldest."""
        there = grouped(self.target.values(), theirs)
        for key, here in grouped(self.source.values(), mine).items():
            found = there.get(key, [])
            if found and len(here) > 1 and len(here) != len(found):
                self._unclear |= {row.id for row in here}
            for one, other in zip(sorted(here, key=age), sorted(found, key=age), strict=False):
                self._pair(one, other)

    def leave_out(self, rows: Iterable[Identified]) -> None:
        """Rows of the target that belong to something else."""
        for row in rows:
            self.target.pop(row.id, None)

    @property
    def paired(self) -> int:
        """How many pairs there are by now."""
        return len(self._pairs)

    def done(self) -> Paired[Mine, Theirs]:
        """What was found; what is left has no partner."""
        return Paired(
            tuple(self._pairs),
            tuple(self.source.values()),
            tuple(self.target.values()),
            frozenset(self._unclear),
        )

    def _pair(self, mine: Mine, theirs: Theirs) -> None:
        self._pairs.append((mine, theirs))
        del self.source[mine.id]
        del self.target[theirs.id]


def grouped(rows: Iterable[Some], key: Callable[[Some], Hashable]) -> Mapping[Hashable, list[Some]]:
    """The rows of each key, in their order; those without a key are left out."""
    groups: defaultdict[Hashable, list[Some]] = defaultdict(list)
    for row in rows:
        if (found := key(row)) is not None:
            groups[found].append(row)
    return groups


def _once(rows: Iterable[Some], key: Callable[[Some], Hashable]) -> dict[Hashable, Some]:
    """The rows whose key no other row has."""
    found: dict[Hashable, Some] = {}
    several = set()
    for row in rows:
        if (one := key(row)) is None:
            continue
        if one in found:
            several.add(one)
        else:
            found[one] = row
    for one in several:
        del found[one]
    return found


def age(row: Identified) -> tuple[datetime, str]:
    """Sorts the oldest first; rows of one moment, or of none, by id."""
    created: datetime | None = getattr(row, "created", None)
    return created or _NEVER, row.id
