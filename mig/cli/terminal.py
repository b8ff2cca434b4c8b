"""What the terminal can show, and the two streams: results on one, everything else on the other."""

import os
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Final, Self, TextIO

import click

# Control characters that no line needs, halves of letters, and what turns the direction of writing.
_ACTING: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True, slots=True)
class Terminal:
    """`width` in columns; `bars`: progress may move; `asks`: a person can answer."""

    width: int
    color_out: bool
    color_err: bool
    bars: bool
    asks: bool

    @classmethod
    def current(cls) -> Self:
        """As it is now. NO_COLOR and CI are honoured."""
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        out, err = _shown(sys.stdout), _shown(sys.stderr)
        return cls(
            width=max(min(shutil.get_terminal_size((80, 24)).columns, 120), 40),
            color_out=out and not plain,
            color_err=err and not plain,
            bars=err and not plain and not os.environ.get("CI"),
            asks=_shown(sys.stdin) and err,
        )

    def result(self, text: str) -> None:
        """Standard output."""
        if text:
            click.echo(text, color=self.color_out)

    def exact(self, text: str) -> None:
        """Standard output, byte for byte: line ends stay as they are on every system.

        Not so on a terminal, which would do what a name with control characters says.
        """
        if _shown(sys.stdout):
            text = _ACTING.sub("\ufffd", text)
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(newline="")
        click.echo(text, nl=False, color=True)  # that is, as it is

    def blank(self) -> None:
        """An empty line between two results."""
        click.echo()

    def note(self, text: str) -> None:
        """Standard error. Nobody listening there is no reason to stop."""
        with suppress(OSError):
            click.echo(text, err=True, color=self.color_err)


def prepare_streams() -> None:
    """Files and pipes are read and written as UTF-8, whatever the system's code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    if isinstance(sys.stdin, TextIOWrapper) and not sys.stdin.isatty():
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")


def _shown(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one is none at all."""
    return stream is not None and stream.isatty()
