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
_CONTROL: Final = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)))


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
        """`label text`, the text wrapped under its own beginning."""
        start = " " * indent + plain(label)
        hang = " " * len(start)
        room = max(self.width - len(start), 20)
        wrapped = textwrap.wrap(plain(text), room, break_long_words=True, break_on_hyphens=False) or [""]
        for number, piece in enumerate(wrapped):
            head = " " * indent + self.paint(label, style) if style and not number else start
            self.line((head if not number else hang) + piece)

    def __str__(self) -> str:
        return "\n".join(self._lines)


def plain(text: str) -> str:
    """Text from rows and files without what would move a terminal's cursor."""
    return text.translate(_CONTROL)
