"""What belongs together of two lists that differ.

Found by keys, never by comparing each with each: queries may have thousands of conditions.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

Item = TypeVar("Item", bound=Hashable)


@dataclass(slots=True)
class Leftovers(Generic[Item]):
    """Items of one list without a counterpart in the other yet, in their order."""

    removed: list[Item]
    added: list[Item]

    @classmethod
    def of(cls, one: Sequence[Item], other: Sequence[Item]) -> Self:
        """The items that are in one list only; one that is there twice counts twice."""
        before, after = Counter(one), Counter(other)
        return cls(list((before - after).elements()), list((after - before).elements()))

    def pairs(self, keys: Callable[[Item], Iterable[Hashable]]) -> list[tuple[Item, Item]]:
        """Take out what shares a key, first come, first served."""
        queues: dict[Hashable, deque[int]] = {}
        for at, item in enumerate(self.added):
            for key in keys(item):
                queues.setdefault(key, deque()).append(at)
        found: list[tuple[Item, Item]] = []
        left: list[Item] = []
        taken: set[int] = set()
        for old in self.removed:
            place = _first((queues[key] for key in keys(old) if key in queues), taken)
            if place is None:
                left.append(old)
            else:
                taken.add(place)
                found.append((old, self.added[place]))
        self.removed = left
        self.added = [item for at, item in enumerate(self.added) if at not in taken]
        return found


def _first(queues: Iterable[deque[int]], taken: set[int]) -> int | None:
    for queue in queues:
        while queue and queue[0] in taken:
            queue.popleft()
        if queue:
            return queue[0]
    return None
