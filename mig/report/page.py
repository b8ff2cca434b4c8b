"""A page of text for a terminal: wrapped lines with a little colour, or none."""

import textwrap
from dataclasses import dataclass, field
from typing import Final

_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
}
# Control characters move the cursor, marks of direction make a line read as another one.
_DIRECTION: Final = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROL: Final = {
    **dict.fromkeys((*range(32), *range(127, 160), *_DIRECTION)),
    ord("\t"): " ",
    ord("\n"): " ",
}
_LEAST_ROOM: Final = 20  # columns; text in less is not readable


@dataclass(slots=True)
class Page:
    """Collects lines. `width` is in columns; without `color` no escape sequence is written."""

    width: int = 80
    color: bool = False
    _lines: list[str] = field(default_factory=list)

    def paint(self, text: str, *styles: str) -> str:
        """The text in a style, where the page has colour. Control characters in it are dropped."""
        text = plain(text)
        if not self.color or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def line(self, text: str = "") -> None:
        """One line as it is."""
        self._lines.append(text.rstrip())

    def wrapped(self, label: str, text: str, *, indent: int = 0, style: str = "") -> None:
        """`label text`, the text wrapped under its own beginning, or below a label that leaves it no room."""
        label = plain(label)
        head = " " * indent + (self.paint(label, style) if style else label)
        hang = indent + len(label)
        if self.width - hang < _LEAST_ROOM:
            self.line(head)
            hang = indent + 2
            head = " " * hang
        first, *rest = self._pieces(text, hang) or [""]
        self.line(head + first)
        for piece in rest:
            self.line(" " * hang + piece)

    def _pieces(self, text: str, indent: int) -> list[str]:
        room = max(self.width - indent, _LEAST_ROOM)
        return textwrap.wrap(plain(text), room, break_long_words=True, break_on_hyphens=False)

    def __str__(self) -> str:
        return "\n".join(self._lines)


def plain(text: str) -> str:
    """Text from rows and files, on one line, without what would move a terminal's cursor."""
    return text.translate(_CONTROL)
