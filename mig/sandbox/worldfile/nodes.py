"""YAML text to nodes that know their place. Bounded, and without tags, anchors or guesses about types.

Scalars keep their text: what `no`, `00123` or `2026-11-22` means is decided by the column they are for.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn

import yaml

from mig.sandbox.worldfile.mistakes import Mistakes, Placed

_DEEPEST: Final = 20  # a world needs seven
_DECIMAL: Final = re.compile(r"-?[0-9]+\.[0-9]+")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PAIR: Final = re.compile(r"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Spot(NamedTuple):
    """A bare position, from 1."""

    line: int
    column: int


class Scalar(NamedTuple):
    """A single value; `plain` when it was written without quotes."""

    line: int
    column: int
    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether it stands for no value."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    column: int
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping; `keys` has where each key stands."""

    line: int
    column: int
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, "Node"] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[Scalar, "Node"]]:
        return ((key, self.values[name]) for name, key in self.keys.items())


Node = Scalar | Items | Pairs


def compose(text: str, mistakes: Mistakes) -> Node | None:
    """The document as nodes, None when it is empty; raises by `mistakes.stop` where it cannot be read on."""
    # libyaml reads ten times faster; without it the same events come from the Python reader.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(mistakes)
    try:
        for event in yaml.parse(_in_one(text), Loader=loader):
            builder.feed(event)
    except yaml.MarkedYAMLError as error:
        spot = _spot(error.problem_mark or error.context_mark)
        mistakes.stop(spot, f"not YAML: {error.problem or error.context or 'cannot be read'}")
    except yaml.YAMLError as error:
        mistakes.stop(Spot(1, 1), f"not YAML: {str(error).splitlines()[0]}")
    return builder.root


def _in_one(text: str) -> str:
    """JSON writes a letter beyond 16 bits as two escapes, which YAML does not know. Other texts mean them."""
    if not _PAIR.search(text):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _PAIR.sub(lambda found: found[1] + json.loads(f'"{found[2]}"'), text)


class _Builder:
    """Puts events together without recursion, so that no text is too deep for the interpreter."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.root: Node | None = None
        self._mistakes = mistakes
        self._documents = 0
        self._open: list[Items | Pairs] = []
        self._keys: list[Scalar | None] = []  # per open node the key that awaits its value

    def feed(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a world file is one document", "remove the second `---`")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.NodeEvent):
            node = self._node(event)
            self._place(node)
            if not isinstance(node, Scalar):
                if len(self._open) >= _DEEPEST:
                    self._stop(event, f"nested deeper than {_DEEPEST} levels")
                self._open.append(node)
                self._keys.append(None)

    def _node(self, event: yaml.NodeEvent) -> Node:
        line, column = _spot(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self._stop(event, "anchors and aliases are not read", "write the value out")
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            self._stop(event, f"the tag `{tag}` is not read", "remove it: columns decide what a value is")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(line, column, event.value, event.implicit[0])
        return Pairs(line, column) if isinstance(event, yaml.MappingStartEvent) else Items(line, column)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif (key := self._keys[-1]) is not None:
            self._keys[-1] = None
            parent.values.setdefault(key.text, node)  # of a key given twice the first counts
        else:
            self._keys[-1] = self._key(parent, node)

    def _key(self, parent: Pairs, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self._mistakes.stop(node, "a key must be a single word", "quote it if it is meant as text")
        if node.text in parent.keys:
            first = parent.keys[node.text].line
            self._mistakes.add(
                node, f"`{node.text}` is given twice", f"keep one; the first is in line {first}"
            )
        parent.keys.setdefault(node.text, node)
        return node

    def _stop(self, event: yaml.Event, message: str, fix: str = "") -> NoReturn:
        self._mistakes.stop(_spot(event.start_mark), message, fix)


def _spot(mark: Placed | None) -> Spot:
    """A YAML mark counts from 0, people count from 1."""
    return Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)


def plain_data(node: Node) -> object:
    """A node as plain data, for table metadata: numbers and true/false where they are written so."""
    if isinstance(node, Items):
        return [plain_data(item) for item in node.items]
    if isinstance(node, Pairs):
        return {name: plain_data(value) for name, value in node.values.items()}
    if node.is_null:
        return None
    if not node.plain:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    if _DECIMAL.fullmatch(node.text):
        return float(node.text)
    number = whole_number(node.text)
    return node.text if number is None else number


def whole_number(text: str) -> int | None:
    """The number that a text is, within the 64 bits that a column can hold."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def is_name(text: str) -> bool:
    """Whether a column or a relationship can be called so."""
    return _NAME.fullmatch(text) is not None
