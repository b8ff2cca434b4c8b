"""Addresses: `segment.newsletter`, `event.spring_summit`; the name of one thing the manifest asks for."""

import re
from dataclasses import dataclass
from typing import Literal, Self

Kind = Literal["segment", "event"]


def key_of(name: str) -> str:
    """The key an entry gets when it states none: lower case, every run of other characters one `_`.

    Letters and digits of every alphabet stay: `Zürich (2026)` → `zürich_2026_`.
    """
    return re.sub(r"[\W_]+", "_", name.lower()) or "_"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One resource; compares and sorts by kind, then key."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `segment.newsletter`; `ValueError` when it is no address."""
        kind, dot, key = text.partition(".")
        if kind == "segment" and dot and key:
            return cls("segment", key)
        if kind == "event" and dot and key:
            return cls("event", key)
        raise ValueError(f"{text!r} is not an address such as segment.newsletter")
