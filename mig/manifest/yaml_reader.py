"""Reads YAML safely: from parser events, never building objects, within bounds, keeping every position.

Refused are tags (but those that say what is there anyway), merge keys, several documents, keys that are not
text, and anything beyond the bounds below. A key given twice is an error at both places.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from mig.manifest.nodes import Document, Mapping, Node, Scalar, Sequence, place, split_lines
from mig.manifest.words import shown
from mig.manifest.yaml_syntax import explain
from mig.model.findings import Finding, Place, Severity

MAX_BYTES: Final = 5_000_000
MAX_DEPTH: Final = 40
MAX_NODES: Final = 500_000
MAX_ALIASES: Final = 100

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE: Final = "tag:yaml.org,2002:"
_HARMLESS_TAGS: Final = {
    yaml.ScalarEvent: (_CORE + "str", "!"),
    yaml.SequenceStartEvent: (_CORE + "seq", "!"),
    yaml.MappingStartEvent: (_CORE + "map", "!"),
}
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read_yaml(text: str, file: str) -> Document:
    """Read one YAML document; everything that is wrong with it is in the document's findings."""
    return _Reader(text.removeprefix("\ufeff"), file).document()


class _Stop(Exception):
    """Reading cannot go on; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _Reader:
    """Turns events into nodes. `self._anchors` maps an anchor to its node, node count and height."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = split_lines(text)
        self._findings: list[Finding] = []
        self._refused: set[tuple[int, int]] = set()
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._nodes = 0
        self._aliases = 0
        self._height = 0

    def document(self) -> Document:
        """Read it all; never raises on what the text says."""
        try:
            self._check_text()
            root = self._read()
        except _Stop as stop:
            root = None
            self._findings.append(stop.finding)
        return Document(
            file=self._file,
            text=self._text,
            root=root,
            findings=tuple(self._findings),
            refused=frozenset(self._refused),
        )

    def _check_text(self) -> None:
        size = len(self._text.encode("utf-8", "replace"))
        if size > MAX_BYTES:
            raise self._stop("MAN003", f"the file has {size:,} bytes; {MAX_BYTES:,} are read", 1, 1)
        if bad := _UNPRINTABLE.search(self._text):
            before = split_lines(self._text[: bad.start()])
            what = f"the character U+{ord(bad.group()):04X} cannot stand in YAML"
            raise self._stop("MAN002", what, len(before), len(before[-1]) + 1, "delete it")

    def _read(self) -> Node | None:
        root: Node | None = None
        documents = 0
        self._events = self._parse()
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._find("MAN003", "a second document starts here", event, "keep one manifest per file")
                    return root
            elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent | yaml.AliasEvent):
                root = self._node(event, 1)
        return root

    def _parse(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self._text, _LOADER)
        except yaml.YAMLError as error:
            line, column, message, fix = explain(error, self._lines)
            raise self._stop("MAN002", message, line, column, fix) from None
        except (ValueError, OverflowError):  # the pure loader on "\UFFFFFFFF"
            raise self._stop("MAN002", "an escape names no character", 1, 1) from None

    # --- nodes --------------------------------------------------------------------------------------------

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        before = self._nodes
        self._count(1, event)
        if depth > MAX_DEPTH:
            raise self._stop("MAN003", f"nested deeper than {MAX_DEPTH} levels", *_at(event))
        node, height = self._collect(event, depth)
        self._height = height
        if event.anchor:
            self._anchors[event.anchor] = (node, self._nodes - before, height)
        return self._without_tag(event, node)

    def _collect(self, event: Any, depth: int) -> tuple[Node, int]:
        line, column = _at(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line, column), 1
        if isinstance(event, yaml.SequenceStartEvent):
            items, height = self._items(depth)
            return Sequence(line, column, items), height
        mapping = Mapping(line, column, {})
        return mapping, self._entries(mapping, depth)

    def _scalar(self, event: Any, line: int, column: int) -> Scalar:
        if event.style == '"' and _SURROGATE.search(event.value):
            raise self._stop("MAN002", "an escape names half a character", line, column)
        return Scalar(line, column, event.value, not event.style and event.implicit[0])

    def _items(self, depth: int) -> tuple[list[Node], int]:
        items: list[Node] = []
        height = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
            height = max(height, self._height)
        return items, height + 1

    def _entries(self, mapping: Mapping, depth: int) -> int:
        height = 0
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            height = max(height, self._height)
            self._enter(mapping, key, value)
        return height + 1

    def _enter(self, mapping: Mapping, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            fix = "write a word before the `:`, or put the whole value in quotes"
            self._find("MAN007", "a key must be text, not a list or a mapping", key, fix)
        elif key.plain and key.text == "<<":
            self._find("MAN003", "merge keys (`<<`) are not taken", key, "write the keys out")
        elif key.text in mapping.entries:
            first = mapping.entries[key.text][0]
            also = place(self._file, self._lines, first.line, first.column)
            what = f"`{shown(key.text)}` is given twice here, first on line {first.line}"
            self._find("MAN004", what, key, "keep one of the two", found=f"also at {also}")
        else:
            mapping.entries[key.text] = (key, value)

    def _alias(self, event: Any, depth: int) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise self._stop(
                "MAN003", f"more than {MAX_ALIASES} aliases", *_at(event), "write the values out"
            )
        if event.anchor not in self._anchors:
            fix = f"write `&{event.anchor}` before the value that is meant, or put the text in quotes"
            raise self._stop(
                "MAN002", f"no value before this one is marked `&{event.anchor}`", *_at(event), fix
            )
        node, nodes, height = self._anchors[event.anchor]
        self._count(nodes, event)
        if depth + height - 1 > MAX_DEPTH:
            raise self._stop("MAN003", f"nested deeper than {MAX_DEPTH} levels", *_at(event))
        self._height = height
        return node

    def _without_tag(self, event: Any, node: Node) -> Node:
        if not event.tag or event.tag in _HARMLESS_TAGS[type(event)]:
            return node
        name = shown(event.tag.replace(_CORE, "!!"))
        self._find("MAN003", f"the tag `{name}` is not taken", node, "leave it out")
        self._refused.add((node.line, node.column))
        return Scalar(node.line, node.column, "", plain=True)

    def _count(self, nodes: int, event: Any) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            what = f"more than {MAX_NODES:,} values, aliases written out"
            raise self._stop("MAN003", what, *_at(event))

    # --- findings -----------------------------------------------------------------------------------------

    def _place(self, line: int, column: int) -> Place:
        return place(self._file, self._lines, line, column)

    def _find(self, code: str, message: str, at: Any, fix: str, found: str = "") -> None:
        line, column = (at.line, at.column) if isinstance(at, Node) else _at(at)
        self._findings.append(
            Finding(
                code=code,
                severity=Severity.ERROR,
                message=message,
                fix=fix,
                found=found,
                place=self._place(line, column),
            )
        )

    def _stop(self, code: str, message: str, line: int, column: int, fix: str = "") -> _Stop:
        where = self._place(line, column)
        return _Stop(Finding(code=code, severity=Severity.ERROR, message=message, fix=fix, place=where))


def _at(event: Any) -> tuple[int, int]:
    """Line and column of an event, from 1."""
    return event.start_mark.line + 1, event.start_mark.column + 1
