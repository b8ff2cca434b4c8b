"""Picking and ordering items of an inventory. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

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


class Listed(Protocol):
    """What can be picked and ordered: None where nobody knows, or where it does not apply."""

    @property
    def id(self) -> str:
        """Of its row."""

    @property
    def name(self) -> str:
        """As people see it."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def status(self) -> str:
        """In a word."""

    @property
    def eligible(self) -> bool | None:
        """Whether a plan takes it."""

    @property
    def used(self) -> bool | None:
        """Whether journeys use it."""

    @property
    def copied(self) -> bool | None:
        """Whether a copy stands for it."""


_Item = TypeVar("_Item", bound=Listed)


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

    def takes(self, item: Listed) -> bool:
        """Whether the item is such a one."""
        return (
            self.search.casefold() in item.name.casefold()
            and (not self.kinds or item.kind in self.kinds)
            and (not self.statuses or item.status in self.statuses)
            and self.eligible in (None, item.eligible)
            and self.used in (None, item.used)
            and self.migrated in (None, item.copied)
        )


def in_order(items: Iterable[_Item], column: str) -> list[_Item]:
    """By one column: numbers and dates the greatest first, texts from A; what has none comes last."""
    found = sorted(items, key=lambda item: (item.name.casefold(), item.id))
    known = [item for item in found if _value(item, column) is not None]
    empty = [item for item in found if _value(item, column) is None]
    falling = any(not isinstance(_value(item, column), str) for item in known)
    return [*sorted(known, key=lambda item: _value(item, column), reverse=falling), *empty]


def _value(item: Listed, column: str) -> Any:
    found = getattr(item, column, None)
    if column == "journeys" and found is not None:
        return len(found)
    return found.casefold() if isinstance(found, str) else found
