"""Query options cut into words, with parameter aliases put in."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from mig.sandbox.errors import bad_syntax

LITERALS: Final = frozenset({"text", "double", "guid", "datetime", "date", "number"})


class Token(NamedTuple):
    """A word; `kind` is the name of the group below that it matched."""

    kind: str
    text: str
    position: int


_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<double>"(?:[^"]|"")*")
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-]))
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?(?!\w))
    | (?P<date>\d{4}-\d\d-\d\d(?![\w-]))
    | (?P<number>-?\d+(?:\.\d+)?(?![\w-]))
    | (?P<alias>@\w+)
    | (?P<name>[A-Za-z_$][\w.]*)
    | (?P<mark>[(),:=\[\]/])
    )""",
    re.VERBOSE,
)
_NULL: Final = Token("name", "null", 0)


def tokens(text: str, aliases: Mapping[str, str]) -> list[Token]:
    """Cut a text into words; `@name` becomes what the alias stands for, null where it has no value."""
    found: list[Token] = []
    for token in _cut(text):
        if token.kind == "alias":
            found += (meant._replace(position=token.position) for meant in _meaning(token.text, aliases))
        else:
            found.append(token)
    return found


def has_alias(text: str) -> bool:
    """Whether a parameter alias stands in a text."""
    return any(token.kind == "alias" for token in _cut(text))


def unquoted(token: Token) -> str:
    """The text between a token's quotes."""
    mark = token.text[0]
    return token.text[1:-1].replace(mark * 2, mark)


def split(text: str, mark: str) -> list[str]:
    """Cut at a mark that is outside brackets and quotes; 400 when these do not close."""
    parts, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == "'"
        if not quoted:
            depth += (char == "(") - (char == ")")
        if depth < 0:
            break
        if char == mark and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    if depth or quoted:
        raise bad_syntax(f"Brackets or quotes do not close in '{text}'.")
    return parts


def _cut(text: str) -> Iterable[Token]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_syntax(f"Syntax error at position {position} in '{text}'.")
        kind = match.lastgroup
        yield Token(kind, match[kind], match.start(kind))
        position = match.end()


def _meaning(alias: str, aliases: Mapping[str, str]) -> list[Token]:
    """One literal, one name or one list: an alias is a value, not a piece of syntax."""
    if alias not in aliases:
        return [_NULL]
    meant = list(_cut(aliases[alias]))
    one = len(meant) == 1 and meant[0].kind in (*LITERALS, "name")
    several = len(meant) > 1 and (meant[0].text, meant[-1].text) == ("[", "]")
    if not one and not (
        several and all(token.kind in LITERALS or token.text == "," for token in meant[1:-1])
    ):
        raise bad_syntax(f"The value of the parameter alias '{alias}' is no literal.")
    return meant
