"""Two texts that differ, short enough to be compared at a glance."""

from itertools import takewhile
from typing import Final

_CONTEXT: Final = 24
"""Characters of what is the same that stay on either side of the change."""


def shortened(one: str, other: str, length: int) -> tuple[str, str]:
    """Both on one line and of about `length` characters at most.

    What is the same far from the change is left out first, then the middle of what is still too long.
    """
    one, other = " ".join(one.split()), " ".join(other.split())
    if max(len(one), len(other)) > length:
        one, other = _without_the_same(one, other)
    return _without_the_middle(one, length), _without_the_middle(other, length)


def _without_the_same(one: str, other: str) -> tuple[str, str]:
    start = _same(one, other)
    end = _same(one[start:][::-1], other[start:][::-1])
    left, right = max(start - _CONTEXT, 0), max(end - _CONTEXT, 0)
    return _cut(one, left, len(one) - right), _cut(other, left, len(other) - right)


def _same(one: str, other: str) -> int:
    """How many characters are the same at the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _cut(text: str, left: int, right: int) -> str:
    """The text between two places, each moved to the next blank inside it where there is one near."""
    if left:
        left = text.find(" ", left, left + _CONTEXT) + 1 or left
    if right < len(text):
        right = max(text.rfind(" ", max(right - _CONTEXT, left), right), 0) or right
    return ("… " if left else "") + text[left:right] + (" …" if right < len(text) else "")


def _without_the_middle(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    half = length // 2 - 2
    return _cut(text, 0, half) + _cut(text, len(text) - half, len(text)).removeprefix("…")
