"""Gives scalars their types by walking a JSON Schema together with the tree.

YAML would read the name `2024` as a number and `no` as a truth value. Here a plain scalar becomes a number,
a truth value or null only where the schema accepts one, by YAML 1.2's spelling; everywhere else it is its
text. What the schema does not know stays text: it is about to be an error anyway.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from mig.manifest.nodes import Node, Scalar, Sequence

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
SchemaPart = Mapping[str, Any]

_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_NUMBER: Final = re.compile(r"[-+]?((0|[1-9][0-9]{0,17})(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_TRUTH: Final = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_TYPE_NAMES: Final = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


@dataclass(frozen=True)
class Shape:
    """What may stand at one place of a document: the union of all alternatives of a schema.

    `parts` are the flat pieces of the schema, with references followed and alternatives side by side.
    """

    whole: SchemaPart
    parts: tuple[SchemaPart, ...]
    _children: dict[str | int, "Shape"] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, whole: SchemaPart, part: SchemaPart) -> "Shape":
        """The shape of one part of a whole schema."""
        return cls(whole, tuple(_flat(whole, part)))

    @cached_property
    def words(self) -> tuple[Json, ...]:
        """The closed set of values, where there is one."""
        return tuple(
            word
            for part in self.parts
            for word in part.get("enum", [part["const"]] if "const" in part else [])
        )

    @property
    def description(self) -> str:
        """The first sentence of what the schema says about this place."""
        said = next((part["description"] for part in self.parts if "description" in part), "")
        return str(said).split(". ")[0]

    @cached_property
    def types(self) -> frozenset[str]:
        """JSON type names that are accepted; a closed set of words accepts the types of its words."""
        found: set[str] = set()
        for part in self.parts:
            stated = part.get("type", ())
            found.update([stated] if isinstance(stated, str) else stated)
        found.update(_TYPE_NAMES[type(word)] for word in self.words)
        return frozenset(found | {"integer"} if "number" in found else found)

    def child(self, step: str | int) -> "Shape":
        """The shape under a key, or of any item of a list."""
        slot = step if isinstance(step, str) else 0
        if slot not in self._children:
            below = [part for one in self.parts for part in self._below(one, step)]
            self._children[slot] = Shape(self.whole, tuple(below))
        return self._children[slot]

    def _below(self, part: SchemaPart, step: str | int) -> list[SchemaPart]:
        if isinstance(step, int):
            below = part.get("items")
        else:
            below = part.get("properties", {}).get(step, part.get("additionalProperties"))
        return _flat(self.whole, below) if isinstance(below, Mapping) else []


def typed(node: Node | None, shape: Shape) -> Json:
    """The tree as JSON values."""
    if node is None:
        return None
    if isinstance(node, Scalar):
        return _scalar(node, shape.types)
    if isinstance(node, Sequence):
        items = shape.child(0)
        return [typed(item, items) for item in node.items]
    return {key: typed(value, shape.child(key)) for key, (_, value) in node.entries.items()}


def _scalar(node: Scalar, types: frozenset[str]) -> Json:
    text = node.text
    if not node.plain:
        return text
    if not text:
        return None
    if "boolean" in types and text in _TRUTH:
        return _TRUTH[text]
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def _flat(whole: SchemaPart, part: SchemaPart) -> list[SchemaPart]:
    """The part itself and all that its references and alternatives add."""
    below = [part[word] for word in ("then", "else") if word in part]
    for word in ("anyOf", "oneOf", "allOf"):
        below.extend(part.get(word, ()))
    if "$ref" in part:
        target: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        below.append(target)
    return [part, *(flat for one in below for flat in _flat(whole, one))]
