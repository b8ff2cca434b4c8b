"""Texts made worse: what an editor, a copy or a keyboard does to a query."""

import re
from collections.abc import Callable
from random import Random

_FLIPPED = str.maketrans("()[]'\".,=&|<>", ")(][\"',.!|&><")
_PIECES = (
    "(", ")", "[", "]", ",", ".", "'", '"', "\\", "''", "-", "+", "*", "==", "!=", "=", "<=", "&&", "||", "&",
    " ", "\t", "\n", "#", ";", "\u00e9", "\u00a0", "true", "5", "5.5", "a", "b.c",
    "AND", "or", "NOT(", "IN", "CONTAINS", "UNION", "minus", "EXCEPT(", "ISNULL(a)", "DATE(1,2,3)",
    ".FILTER(", ".TRAVERSE(", ".DISTINCT()", ".HAVING(COUNT() > 1)", "RELATE(r, a)", "DATEDIFF(day, a, b)",
    "SEGMENT(a)", "PROFILE(contact)", "INTERACTION(a, b)",
)  # fmt: skip
_KINDS = (
    ("UNION", "INTERSECT", "EXCEPT", "MINUS"),
    ("PROFILE", "SEGMENT", "INTERACTION"),
    ("FILTER", "RELATE", "RELATEOPTIONAL", "TRAVERSE", "HAVING"),
    ("SELECT", "ORDERBY", "SKIP", "TAKE", "DISTINCT"),
    ("UTCMINUTES", "UTCHOURS", "UTCDAYS", "UTCWEEKS", "UTCMONTHS", "UTCYEARS"),
    ("YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "QUARTER"),
    ("DATE", "DATEADD", "DATEDIFF", "DATETIMEUTCNOW", "ISNULL", "ISNOTNULL", "NOT", "CONTAINS"),
    ("COUNT", "SUM", "AVG", "MIN", "MAX"),
    ("ASC", "DESC"),
    ("STARTSWITH", "ENDSWITH", "CONTAINS", "IN"),
    ("TRUE", "FALSE", "NULL"),
    ("1", "7", "28", "0", "2.5", "10000000000", "-1"),
    ("==", "!=", ">", ">=", "<", "<=", "=", "+", "-", "*", "/"),
)  # fmt: skip
_TOKEN = re.compile(r"\w+|'[^']*'|\s+|[=!<>]=|&&|\|\||.", re.DOTALL)


def damaged(text: str, random: Random) -> str:
    """The text with one to three small mistakes."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = random.choice(_WAYS)(text, random) if text else random.choice(_PIECES)
    return text


def _character(text: str, random: Random) -> str:
    at = random.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _dropped(text: str, random: Random) -> str:
    tokens = _tokens(text)
    del tokens[random.randrange(len(tokens))]
    return "".join(tokens)


def _doubled(text: str, random: Random) -> str:
    tokens = _tokens(text)
    start = random.randrange(len(tokens))
    stop = start + random.randint(1, 6)
    return "".join((*tokens[:stop], *tokens[start:]))


def _swapped(text: str, random: Random) -> str:
    tokens = _tokens(text)
    one, other = random.randrange(len(tokens)), random.randrange(len(tokens))
    tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def _flipped(text: str, random: Random) -> str:
    places = [at for at, sign in enumerate(text) if ord(sign) in _FLIPPED]
    if not places:
        return text
    at = random.choice(places)
    return text[:at] + text[at].translate(_FLIPPED) + text[at + 1 :]


def _inserted(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(_PIECES) + text[at:]


def _replaced(text: str, random: Random) -> str:
    """One word for another of its kind, when it is a keyword; otherwise by anything."""
    tokens = _tokens(text)
    at = random.randrange(len(tokens))
    kin = next((words for words in _KINDS if tokens[at].upper() in words), _PIECES)
    return "".join((*tokens[:at], random.choice(kin), *tokens[at + 1 :]))


def _wrapped(text: str, random: Random) -> str:
    """Parentheses around some tokens, often where they belong and mean nothing."""
    tokens = _tokens(text)
    start = random.randrange(len(tokens))
    stop = random.randint(start, len(tokens))
    return "".join((*tokens[:start], "(", *tokens[start:stop], ")", *tokens[stop:]))


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text))]


_WAYS: tuple[Callable[[str, Random], str], ...] = (
    _character, _dropped, _doubled, _swapped, _flipped, _inserted, _wrapped, _cut,
    _replaced, _replaced, _replaced,
)  # fmt: skip
