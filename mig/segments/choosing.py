"""Picking and ordering items of an inventory. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mig.segments.inventory import Item

SORTABLE: Final = (
    "name",
    "kind",
    "status",
    "created",
    "modified",
    "size",
    "nesting",
    "depth",
    "journeys",
    "owner",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an item must be to be listed; None and nothing given leave it open.

    `search` is looked for in the name, whatever the case.
    """

    search: str = ""
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    eligible: bool | None = None
    used: bool | None = None
    migrated: bool | None = None

    def takes(self, item: Item) -> bool:
        """Whether the item is such a one."""
        return (
            self.search.casefold() in item.name.casefold()
            and (not self.kinds or item.kind in self.kinds)
            and (not self.statuses or item.status in self.statuses)
            and self.eligible in (None, item.eligible)
            and self.used in (None, item.used)
            and self.migrated in (None, item.migrated is not None)
        )


def in_order(items: Iterable[Item], column: str) -> list[Item]:
    """By one column: numbers and dates the greatest first, texts from A; what has none comes last."""
    found = sorted(items, key=lambda item: (item.name.casefold(), item.id))
    known = [item for item in found if _value(item, column) is not None]
    empty = [item for item in found if _value(item, column) is None]
    falling = any(not isinstance(_value(item, column), str) for item in known)
    return [*sorted(known, key=lambda item: _value(item, column), reverse=falling), *empty]


def _value(item: Item, column: str) -> Any:
    found = len(item.journeys) if column == "journeys" else getattr(item, column)
    return found.casefold() if isinstance(found, str) else found
