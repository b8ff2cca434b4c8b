"""Text to tokens, with offsets; knows spelling and nothing of grammar.

One regular expression whose repeats are possessive, so the time is linear in the text whatever the text is.
A lexical mistake becomes the last token instead of an exception: the reader reports whichever mistake comes
first in the text.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

NAME: Final = "name"
TEXT: Final = "text"
NUMBER: Final = "number"
END: Final = "end"
ERROR: Final = "error"

_TOKEN: Final = re.compile(
    r"""[ \t\r\n]*+(?:
        (?P<name>[^\W\d]\w*+)
      | (?P<symbol>&&|\|\||==|!=|>=|<=|[()\[\],.<>+\-*/])
      | (?P<text>'(?:[^'\\]|\\.|'')*+'|"(?:[^"\\]|\\.)*+")
      | (?P<number>[0-9]++(?:\.[0-9]++)?+)
      | (?P<end>\Z)
      | (?P<error>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(['\"\\])|''")
_ADVICE: Final = {
    "'": "unterminated string: its closing quote is missing, or a backslash stands before it",
    '"': "unterminated string: its closing quote is missing, or a backslash stands before it",
    "=": "a single = is no operator: equality is written ==",
    "&": "a single & is no operator: write &&",
    "|": "a single | is no operator: write ||",
    "!": "a single ! is no operator: write NOT(…) or !=",
}
_CURLY: Final = dict.fromkeys("‘’‚‛“”„‟´`", "a typographic quote: strings stand in straight ones, '…'")
_SYMBOL: Final = "symbol"
_OPENING: Final = {")": "(", "]": "["}
_OPENINGS: Final = frozenset(_OPENING.values())
_LAST: Final = (END, ERROR)


class Token(NamedTuple):
    """One token: `kind` is one of the constants above, or the symbol itself.

    `text` is as written; for an `ERROR` it is the message.
    """

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text; the last is `END` or `ERROR`.

    `closing` maps the index of an opening parenthesis or bracket to that of its closing one; `unclosed` lists
    the openings without one.
    """

    items: list[Token]
    closing: dict[int, int]
    unclosed: list[int]


def tokenise(text: str) -> Tokens:
    """All tokens of `text`, up to the first lexical mistake."""
    items: list[Token] = []
    closing: dict[int, int] = {}
    unclosed: list[int] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ERROR
        written, end = match[kind], match.end()
        start = end - len(written)
        if kind == _SYMBOL:
            kind = written
            if kind in _OPENINGS:
                unclosed.append(len(items))
            elif kind in _OPENING and unclosed and items[unclosed[-1]].kind == _OPENING[kind]:
                closing[unclosed.pop()] = len(items)
        elif kind == ERROR:
            advice = {**_ADVICE, **_CURLY}.get(written)
            written = advice or f"the character {written!r} has no meaning here"
        items.append(Token(kind, written, start, end))
        if kind in _LAST:
            break
    return Tokens(items, closing, unclosed)


def unquote(literal: str) -> str:
    r"""The value of a string token.

    `\'`, `\"` and `\\` are escapes, `''` is one apostrophe between single quotes, any other backslash is
    itself (reference/segment-queries.md A.4).
    """
    inner = literal[1:-1]
    if "\\" not in inner and "''" not in inner:
        return inner
    doubled = "'" if literal[0] == "'" else "''"
    return _ESCAPE.sub(lambda match: match[1] or doubled, inner)
