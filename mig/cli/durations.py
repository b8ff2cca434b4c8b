"""Durations as people write them: `100ms`, `1.5s`, `20m`, `1h`, `30d`."""

import re
from typing import Final

import click

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SHAPE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|[smhd])")


def duration(text: str) -> float:
    """The type of an option that takes a duration and gives seconds."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is no duration, such as 100ms, 1.5s, 20m, 1h or 30d")
    return float(found[1]) * _UNITS[found[2]]
