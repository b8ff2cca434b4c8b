"""What a YAML text says, with the position of every key and value; not yet any types.

Scalars keep their raw text: whether `2024` is a number or a name is for the schema to say (`typing`), not
for the text.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mig.model.findings import Finding, Place

# libyaml counts these as line breaks; lines are cut at the same characters, so that both agree.
_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(slots=True)
class Scalar:
    """One text; `plain` when it stood without quotes, so that the schema may read a number from it."""

    line: int
    column: int
    text: str
    plain: bool


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list["Node"]


@dataclass(slots=True)
class Mapping:
    """A mapping; every key's own scalar (with its position) and value, in the order written."""

    line: int
    column: int
    entries: dict[str, tuple[Scalar, "Node"]]


Node = Scalar | Sequence | Mapping
Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A YAML text that was read: the tree (none, where reading had to stop), and what was found wrong.

    `refused` holds nodes whose value was not taken; nothing more should be said about them.
    """

    file: str
    text: str
    root: Node | None
    findings: tuple[Finding, ...] = ()
    refused: frozenset[tuple[int, int]] = frozenset()

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return split_lines(self.text)

    def place(self, at: Node | None) -> Place:
        """Where a node stands, with its line; the start of the file for none."""
        line, column = (at.line, at.column) if at else (1, 1)
        return place(self.file, self.lines, line, column)


def split_lines(text: str) -> list[str]:
    """Lines as YAML counts them."""
    return _LINE_BREAK.split(text)


def place(file: str, lines: list[str], line: int, column: int) -> Place:
    """A place with the text of its line, if there is such a line."""
    return Place(file, line, column, lines[line - 1] if line <= len(lines) else "")


def follow(root: Node, path: Path) -> Node:
    """The node at a path of keys and positions, or the last one on the way that exists."""
    node = root
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)][1]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node
