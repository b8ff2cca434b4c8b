"""Metadata as objects that lead to others: a table to its attributes, an attribute to its option set."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from mig.sandbox.errors import TYPE
from mig.sandbox.metadata.kinds import Kind
from mig.sandbox.world import World

LANGUAGE = 1033
"""English, the only language of a world."""

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One metadata object. `links` are its navigation properties, each worked out when it is asked for."""

    kind: Kind
    entry: Entry
    links: Mapping[str, Callable[[], "Item | Items | None"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Items:
    """A collection, by the kind it is declared with; `key` names one of it, as MetadataId does.

    `members` are by that name, each worked out when it is asked for.
    """

    kind: Kind
    members: Mapping[str, Callable[[], Item]]
    key: str

    def __iter__(self) -> Iterator[Item]:
        return (make() for make in self.members.values())


def item(kind: Kind, entry: Entry, **links: Callable[[], Item | Items | None]) -> Item:
    """An object that says its own type where it may stand among others."""
    typed = {"@odata.type": f"#{TYPE}{kind.name}"} if kind.base is not None else {}
    return Item(kind, {**typed, **entry}, links)


def metadata_id(world: World, name: str) -> str:
    """The id of what that name stands for; the same in every world of that organisation id."""
    return _id(world.organization_id, name)


@lru_cache(maxsize=16_384)  # every table and column of a few worlds, which clients ask for again and again
def _id(organization: str, name: str) -> str:
    return str(uuid5(UUID(organization), f"metadata:{name}"))


def label(text: str | None) -> Entry:
    """A text in the languages of the organisation."""
    if text is None:
        return {"LocalizedLabels": [], "UserLocalizedLabel": None}
    one = {"Label": text, "LanguageCode": LANGUAGE, "IsManaged": True, "MetadataId": None, "HasChanged": None}
    return {"LocalizedLabels": [one], "UserLocalizedLabel": one}
