"""XML read into plain elements: no document types, no entities of one's own, bounded in depth.

The length is bounded by that of URLs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from mig.sandbox.relational.errors import bad_fetch

MAX_DEPTH: Final = 32  # elements inside each other; ours, so that reading is never deep recursion


@dataclass(slots=True)
class Element:
    """One element; comments and processing instructions are left out."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: "list[Element]" = field(default_factory=list)
    text: str = ""

    def get(self, name: str) -> str | None:
        """An attribute's value; None without it."""
        return self.attributes.get(name)

    def all(self, *names: str) -> "Iterator[Element]":
        """The children of these names, in their order."""
        return (child for child in self.children if child.name in names)


def read_xml(text: str) -> Element:
    """The root element of a document; 400 with the position where it is no well-formed XML."""
    parser = expat.ParserCreate("utf-8")  # whatever a declaration says: the text is decoded already
    root = Element("")
    open_elements = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > MAX_DEPTH:
            raise bad_fetch(f"elements are nested deeper than {MAX_DEPTH} levels.")
        element = Element(name, attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def characters(data: str) -> None:
        open_elements[-1].text += data

    def doctype(*_: object) -> None:
        raise bad_fetch("a document type is not allowed.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    parser.buffer_text = True
    try:
        parser.Parse(text.encode(errors="replace"), True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise bad_fetch(f"{what} at line {error.lineno}, position {error.offset + 1}.") from None
    return root.children[0]
