"""Sets of row ids, for millions of them: sixteen bytes an id, where a set of texts takes some 140."""

from binascii import unhexlify
from collections.abc import Iterable, Iterator, Set
from itertools import islice
from struct import Struct
from typing import Any, Final, Self
from uuid import UUID

_SIZE: Final = 16
_DIGITS: Final = 2 * _SIZE
_LINE: Final = 37  # an id in the usual spelling and its end, with signs at these places
_SIGNS: Final = ((8, "-"), (13, "-"), (18, "-"), (23, "-"), (36, "\n"))
_CHUNK: Final = 1_024  # texts that are read at once: few enough for the processor's cache


class Ids(Set[str]):
    """An immutable set of ids. Iterating gives them sorted, in lower case, with dashes.

    `_parts` holds the ids that begin with each byte, one behind the other in no order, each once: work on two
    sets goes part by part, so that Python objects are made of a 256th at a time.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: tuple[bytes, ...] = (b"",) * 256) -> None:
        self._parts = parts

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """From texts, whatever their spelling; `ValueError` where one is no id."""
        parts = [bytearray() for _ in range(256)]
        waiting = iter(texts)
        while chunk := list(islice(waiting, _CHUNK)):
            for one in _split(_packed(chunk)):
                parts[one[0]] += one
        return cls(tuple(_once(bytes(part)) for part in parts))

    @classmethod
    def together(cls, sets: Iterable["Ids"]) -> Self:
        """All of them in one."""
        many = [one._parts for one in (NOBODY, *sets)]
        return cls(tuple(_once(b"".join(part)) for part in zip(*many, strict=True)))

    def __len__(self) -> int:
        return sum(map(len, self._parts)) // _SIZE

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            for one in sorted(_split(part)):
                text = one.hex()
                yield f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def __contains__(self, text: object) -> bool:
        try:
            wanted = UUID(str(text)).bytes
        except ValueError:
            return False
        return wanted in _split(self._parts[wanted[0]])

    def __eq__(self, other: object) -> bool:
        """Part by part: asking id by id takes minutes for a million."""
        if not isinstance(other, Ids):
            return super().__eq__(other)
        return all(
            one == two or (len(one) == len(two) and set(_split(one)) == set(_split(two)))
            for one, two in zip(self._parts, other._parts, strict=True)
        )

    def __hash__(self) -> int:
        return self._hash()

    def __repr__(self) -> str:
        """Nobody's id."""
        return f"<{len(self)} ids>"

    def __and__(self, other: Set[Any]) -> "Ids":
        pairs = zip(self._parts, _ids(other)._parts, strict=True)
        return Ids(tuple(_joined(set(_split(one)).intersection(_split(two))) for one, two in pairs))

    def __or__(self, other: Set[Any]) -> "Ids":
        return Ids.together((self, _ids(other)))

    def __sub__(self, other: Set[Any]) -> "Ids":
        return self.apart(_ids(other))[0]

    def apart(self, other: "Ids") -> tuple["Ids", "Ids"]:
        """Those that only this one has, and those that only the other one has."""
        here: list[bytes] = []
        there: list[bytes] = []
        for one, two in zip(self._parts, other._parts, strict=True):
            mine, theirs = set(_split(one)), set(_split(two))
            here.append(_joined(mine - theirs))
            there.append(_joined(theirs - mine))
        return Ids(tuple(here)), Ids(tuple(there))


NOBODY: Final = Ids()


def _ids(found: Set[Any]) -> Ids:
    return found if isinstance(found, Ids) else Ids.of(found)


def _packed(texts: list[str]) -> bytes:
    """The bytes of all ids; those in the usual spelling are read together, which is ten times as fast."""
    lines, count = "\n".join((*texts, "")), len(texts)
    usual = len(lines) == _LINE * count and all(lines[place::_LINE] == sign * count for place, sign in _SIGNS)
    if usual:
        digits = lines.encode().translate(None, b"-\n")
        if len(digits) == _DIGITS * count:  # no more of these signs
            return unhexlify(digits)
    return b"".join(UUID(text).bytes for text in texts)


def _split(part: bytes) -> tuple[bytes, ...]:
    return Struct(f"{_SIZE}s" * (len(part) // _SIZE)).unpack(part)


def _joined(ids: Set[bytes]) -> bytes:
    return b"".join(ids)


def _once(part: bytes) -> bytes:
    found = set(_split(part))
    return part if len(found) * _SIZE == len(part) else _joined(found)
