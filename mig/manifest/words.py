"""Words for messages: near misses, lists of words, values as they were written."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 60


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words that were most likely meant, best first; upper and lower case do not matter."""
    by_fold = {one.casefold(): one for one in known}
    return [by_fold[one] for one in get_close_matches(word.casefold(), by_fold, n=most, cutoff=0.6)]


def did_you_mean(meant: Iterable[str]) -> str:
    """The question, or nothing when no word is near."""
    names = one_of([f"`{word}`" for word in meant], "or")
    return f"did you mean {names}?" if names else ""


def one_of(words: Iterable[str], last: str) -> str:
    """`a, b or c`."""
    *front, back = [*words] or [""]
    return f"{', '.join(front)} {last} {back}" if front else back


def shown(value: object) -> str:
    """A value as a manifest would write it, cut where it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
