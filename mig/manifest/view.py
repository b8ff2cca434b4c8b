"""A part of the document as the builders see it: typed values, and where each of them stands.

What the schema refused reads as absent, so that the rest can still be built and checked: one run reports
every mistake.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self, TypeVar

from mig.manifest import nodes
from mig.manifest.model import Amount
from mig.manifest.nodes import Document, Node, Path
from mig.manifest.shape import Json
from mig.model.findings import Place

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class View:
    """One value of the document, at `path`; `wrong` holds the paths that read as absent."""

    document: Document
    wrong: frozenset[Path]
    node: Node
    data: Json
    path: Path = ()

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.document.place(self.node)

    def place_of(self, key: str) -> Place:
        """Where a key's value stands; the part itself when the key is not there."""
        child = self.child(key)
        return child.place if child else self.place

    def key_place(self, key: str) -> Place:
        """Where a key itself stands."""
        entries = self.node.entries if isinstance(self.node, nodes.Mapping) else {}
        return self.document.place(entries[key][0]) if key in entries else self.place

    def __contains__(self, key: str) -> bool:
        return isinstance(self.data, dict) and key in self.data and (*self.path, key) not in self.wrong

    def states(self, key: str) -> bool:
        """Whether a key is written here, right or wrong."""
        return isinstance(self.data, dict) and key in self.data

    @property
    def has_wrong_keys(self) -> bool:
        """Whether something here reads as absent: what seems missing may be what was misspelt."""
        return isinstance(self.data, dict) and any((*self.path, key) in self.wrong for key in self.data)

    def child(self, key: str) -> Self | None:
        """The part under a key."""
        if key not in self or not isinstance(self.data, dict) or not isinstance(self.node, nodes.Mapping):
            return None
        return self._at(self.node.entries[key][1], self.data[key], key)

    def items(self) -> Iterator[Self]:
        """The items of a list; a single value counts as a list of itself."""
        if isinstance(self.data, list) and isinstance(self.node, nodes.Sequence):
            for index, (node, data) in enumerate(zip(self.node.items, self.data, strict=True)):
                if (*self.path, index) not in self.wrong:
                    yield self._at(node, data, index)
        elif self.data is not None:
            yield self

    def names(self) -> Iterator[str]:
        """The keys of a mapping."""
        yield from (key for key in self.data if key in self) if isinstance(self.data, dict) else ()

    def text(self, key: str) -> str | None:
        """The text under a key."""
        child = self.child(key)
        return child.data if child and isinstance(child.data, str) else None

    def word(self, key: str, words: type[_Word]) -> _Word | None:
        """The word under a key, one of a closed set."""
        text = self.text(key)
        return words(text) if text is not None else None

    def guid(self, key: str) -> str | None:
        """The id under a key, in lower case."""
        text = self.text(key)
        return text.lower() if text else None

    def whole(self, key: str) -> int | None:
        """The whole number under a key."""
        child = self.child(key)
        return child.data if child and isinstance(child.data, int) else None

    def flag(self, key: str) -> bool | None:
        """The truth value under a key."""
        child = self.child(key)
        return child.data if child and isinstance(child.data, bool) else None

    def amount(self, key: str, default: Amount) -> Amount:
        """The number or share under a key."""
        child = self.child(key)
        if child is None:
            return default
        text = str(child.data)
        return Amount(Decimal(text.removesuffix("%")), percent=text.endswith("%"))

    def texts(self, key: str) -> dict[str, str]:
        """The texts of the mapping under a key."""
        child = self.child(key)
        return {name: child.text(name) or "" for name in child.names()} if child else {}

    def _at(self, node: Node, data: Json, step: str | int) -> Self:
        return type(self)(self.document, self.wrong, node, data, (*self.path, step))
