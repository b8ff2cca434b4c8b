"""Plain sentences for what PyYAML says about a text that is not YAML.

The two parsers of PyYAML (libyaml and pure Python) word the same mistake differently; both are recognised by
the parts of the wording below.
"""

from typing import Any, Final, NamedTuple

Explained = tuple[int, int, str, str]
"""Line and column from 1, the sentence, what to do."""


class _Known(NamedTuple):
    """`said` is part of PyYAML's wording; `opening` when the place to look at is where a construct began."""

    said: str
    message: str
    fix: str
    opening: bool = False


_COLON: Final = (
    "a `:` that cannot stand here",
    "put the value in quotes if it contains `: `; otherwise line this key up with its neighbours",
)
_KNOWN: Final = (
    _Known(
        "unexpected end of stream",
        "a quote is opened here and never closed",
        "close it with the same kind of quote",
        opening=True,
    ),
    _Known(
        "flow sequence", "a list is opened here with `[` and not closed", "close it with `]`", opening=True
    ),
    _Known(
        "flow mapping", "a mapping is opened here with `{`, not closed", "close it with `}`", opening=True
    ),
    _Known(
        "node content", "a value is expected here", "write one, and check that every `[` and `{` is closed"
    ),
    _Known("cannot start any token", "a value cannot start with this character", "put the value in quotes"),
    _Known("character escape code", "an escape names no character", "write the character itself"),
    _Known(
        "unknown escape character",
        "a `\\` in double quotes starts an escape, and this one does not exist",
        "write `\\\\`, or use single quotes",
    ),
    _Known(
        "block mapping",
        "this line does not line up with the keys around it",
        "indent it exactly as its neighbours, and check for a missing `:` or `-`",
    ),
    _Known(
        "block collection",
        "this line does not line up with the list around it",
        "indent it exactly as its neighbours, and start it with `- `",
    ),
    _Known("could not find expected ':'", "a key without a `:`", "write `: ` after the key", opening=True),
    _Known("document start", "text where the manifest has already ended", "indent it as the lines above"),
)


def explain(error: Any, lines: list[str]) -> Explained:
    """Say what is wrong and where; `error` is a `yaml.YAMLError`, `lines` those of the text."""
    said = f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')}"
    problem = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    if tab := _tab_in_indentation(problem, lines):
        return tab
    if _at_colon(problem, lines):  # inside brackets the parsers only say what they would have liked instead
        return *_position(problem), *_COLON
    for known in _KNOWN:
        if known.said in said:
            line, column = _position((known.opening and context) or problem or context)
            return line, column, known.message, known.fix
    line, column = _position(problem or context)
    return line, column, f"not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}", ""


def _tab_in_indentation(mark: Any, lines: list[str]) -> Explained | None:
    """Tabs look like spaces; what the parser says about them rarely names them."""
    line = _line(mark, lines)
    indentation = line[: len(line) - len(line.lstrip())]
    if "\t" not in indentation:
        return None
    column = indentation.index("\t") + 1
    return mark.line + 1, column, "a tab is used for indentation", "indent with spaces"


def _at_colon(mark: Any, lines: list[str]) -> bool:
    line = _line(mark, lines)
    return bool(line) and line[mark.column : mark.column + 1] == ":"


def _line(mark: Any, lines: list[str]) -> str:
    return lines[mark.line] if mark and mark.line < len(lines) else ""


def _position(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
