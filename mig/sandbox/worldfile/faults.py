"""Faults of a world: what goes wrong, at which requests, and how often."""

from typing import Final

from mig.sandbox.faults import METHODS, is_request
from mig.sandbox.spec import Deed, Fault
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Items, Node, Pairs, Scalar, whole_number

_KEYS: Final = ("on", "do", "nth", "every", "probability", "seed")
_HOW_OFTEN: Final = ("nth", "every", "probability")
_EXAMPLE: Final = '{on: "POST */$batch", nth: 3, do: drop-response-after-commit}'


def read_faults(node: Node, mistakes: Mistakes) -> tuple[Fault, ...]:
    """The faults, in order."""
    if not isinstance(node, Items):
        mistakes.add(node, "`faults` takes a list", f"faults: [{_EXAMPLE}]")
        return ()
    faults = [_fault(item, mistakes) for item in node.items]
    return tuple(fault for fault in faults if fault is not None)


def _fault(node: Node, mistakes: Mistakes) -> Fault | None:
    if not isinstance(node, Pairs):
        mistakes.add(node, "a fault says on which requests it does what", _EXAMPLE)
        return None
    for key, _ in node:
        if key.text not in _KEYS:
            mistakes.unknown(key, "key", key.text, _KEYS, of="faults")
    often = [key for key, _ in node if key.text in _HOW_OFTEN]
    if len(often) > 1:
        mistakes.add(often[1], f"`{often[0].text}` and `{often[1].text}` exclude each other", "keep one")
    on, do = _on(node, mistakes), _do(node, mistakes)
    nth, every = _count(node, "nth", mistakes), _count(node, "every", mistakes)
    probability, seed = _probability(node, mistakes), _seed(node, mistakes)
    return Fault(on, do, nth, every, probability, seed) if on and do else None


def _word(node: Pairs, key: str, mistakes: Mistakes) -> Scalar | None:
    value = node.values.get(key)
    if isinstance(value, Scalar) and not value.is_null:
        return value
    mistakes.add(value or node, f"a fault needs `{key}`", _EXAMPLE)
    return None


def _on(node: Pairs, mistakes: Mistakes) -> str:
    word = _word(node, "on", mistakes)
    if word is None:
        return ""
    if not is_request(word.text):
        fix = f"a method ({', '.join(METHODS)}), a blank, a path: {_EXAMPLE}"
        mistakes.add(word, f"`{word.text}` is no request", fix)
    return word.text


def _do(node: Pairs, mistakes: Mistakes) -> Deed | None:
    word = _word(node, "do", mistakes)
    if word is not None and word.text not in list(Deed):
        mistakes.unknown(word, "fault", word.text, Deed)
        return None
    return Deed(word.text) if word else None


def _count(node: Pairs, key: str, mistakes: Mistakes) -> int | None:
    value = node.values.get(key)
    if value is None:
        return None
    count = whole_number(value.text) if isinstance(value, Scalar) else None
    if count is None or count < 1:
        mistakes.add(value, f"`{key}` counts requests", "a whole number from 1 up")
    return count


def _probability(node: Pairs, mistakes: Mistakes) -> float | None:
    value = node.values.get("probability")
    if value is None:
        return None
    try:
        share = float(value.text) if isinstance(value, Scalar) else 0.0
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        mistakes.add(value, "`probability` is a share of requests", "a number above 0, at most 1")
    return share


def _seed(node: Pairs, mistakes: Mistakes) -> int:
    value = node.values.get("seed")
    if value is None:
        return 0
    seed = whole_number(value.text) if isinstance(value, Scalar) else None
    if seed is None or seed < 0 or "probability" not in node.values:
        mistakes.add(
            value, "`seed` draws the requests of `probability`", "a whole number, beside `probability`"
        )
    return seed or 0
