"""What the terminal can show, and the two streams: results on one, everything else on the other."""

import os
import shutil
import sys
from dataclasses import dataclass
from typing import Self

import click


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
        colorless = bool(os.environ.get("NO_COLOR"))
        out, err = sys.stdout.isatty(), sys.stderr.isatty()
        return cls(
            width=max(min(shutil.get_terminal_size((80, 24)).columns, 120), 60),
            color_out=out and not colorless,
            color_err=err and not colorless,
            bars=err and not os.environ.get("CI"),
            asks=sys.stdin.isatty() and err,
        )

    def result(self, text: str) -> None:
        """Standard output."""
        if text:
            click.echo(text, color=self.color_out)

    def blank(self) -> None:
        """An empty line between two results."""
        click.echo()

    def note(self, text: str) -> None:
        """Standard error."""
        click.echo(text, err=True, color=self.color_err)
