"""SQL cut into words. Comments are spaces; names in brackets or double quotes are never keywords."""

import re
from typing import Final, NamedTuple

from mig.sandbox.relational.errors import bad_sql


class Word(NamedTuple):
    """A word; `kind` is the name of the group below that it matched, `text` its meaning without quotes."""

    kind: str
    text: str
    position: int


_WORD: Final = re.compile(
    r"""(?>\s+|--[^\n]*|/\*.*?\*/)*+(?:
      N?'(?P<text>(?:[^']|'')*)'
    | (?P<number>\d+(?:\.\d+)?(?!\w))
    | \[(?P<bracketed>[^\]]+)\]
    | "(?P<quoted>[^"]+)"
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark><>|!=|<=|>=|[=<>(),.*;+\-/%])
    | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)


def words(text: str) -> list[Word]:
    """The words of a statement, with one of kind `end` behind them; 400 where it cannot be cut."""
    found: list[Word] = []
    position = 0
    while not found or found[-1].kind != "end":
        match = _WORD.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_sql(f"syntax error at position {position}.")
        kind = match.lastgroup
        value = match[kind].replace("''", "'") if kind == "text" else match[kind]
        found.append(Word(kind, value, match.start(kind)))
        position = match.end()
    return found
