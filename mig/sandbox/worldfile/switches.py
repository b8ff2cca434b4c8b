"""Switches of a world: how its services behave where that differs."""

from dataclasses import Field, fields
from typing import Any, Final

from mig.model.tables import bundled_schema
from mig.sandbox.switches import WORDS, Switches
from mig.sandbox.worldfile.mistakes import Mistakes
from mig.sandbox.worldfile.nodes import Items, Node, Pairs, Scalar, whole_number

_EXAMPLE: Final = "switches: {nesting: 1}"


def read_switches(node: Node, mistakes: Mistakes) -> Switches:
    """The switches, those not named as they are by default."""
    if not isinstance(node, Pairs):
        mistakes.add(node, "`switches` takes a mapping", _EXAMPLE)
        return Switches()
    known = {one.name: one for one in fields(Switches)}
    given: dict[str, Any] = {}
    for key, value in node:
        if key.text in known:
            given[key.text] = _value(known[key.text], value, mistakes)
        else:
            mistakes.unknown(key, "switch", key.text, known)
    return Switches(**given)


def _value(switch: Field[Any], node: Node, mistakes: Mistakes) -> Any:
    if isinstance(switch.default, bool):
        return _truth(switch, node, mistakes)
    if isinstance(switch.default, int):
        return _count(switch, node, mistakes)
    if isinstance(switch.default, str):
        return _word(switch, node, mistakes)
    return _words(switch, node, mistakes)


def _truth(switch: Field[Any], node: Node, mistakes: Mistakes) -> bool:
    text = node.text if isinstance(node, Scalar) else ""
    if text not in ("true", "false"):
        mistakes.add(
            node, f"`{switch.name}` is true or false", f"{switch.name}: {str(switch.default).lower()}"
        )
    return text == "true"


def _count(switch: Field[Any], node: Node, mistakes: Mistakes) -> int:
    number = whole_number(node.text) if isinstance(node, Scalar) else None
    if number is None or number < 0:
        mistakes.add(node, f"`{switch.name}` is a whole number from 0 up", f"{switch.name}: {switch.default}")
    return number or 0


def _word(switch: Field[Any], node: Node, mistakes: Mistakes) -> str:
    text = node.text if isinstance(node, Scalar) else "…"
    if text not in switch.metadata[WORDS]:
        mistakes.unknown(node, "word", text, switch.metadata[WORDS], of=switch.name)
    return text


def _words(switch: Field[Any], node: Node, mistakes: Mistakes) -> tuple[str, ...]:
    allowed = switch.metadata.get(WORDS) or tuple(bundled_schema().tables)
    if not isinstance(node, Items):
        mistakes.add(node, f"`{switch.name}` is a list of words", f"some of {', '.join(allowed)}")
        return ()
    for item in node.items:
        if not isinstance(item, Scalar) or item.text not in allowed:
            text = item.text if isinstance(item, Scalar) else "…"
            mistakes.unknown(item, "word", text, allowed, of=switch.name)
    return tuple(item.text for item in node.items if isinstance(item, Scalar))
