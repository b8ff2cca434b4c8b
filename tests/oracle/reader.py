"""A second reader of both languages, made by lark from the EBNF of the reference; knows nothing of mig.

Trees are plain tuples whose first item says what they are:

    query       ("query", operand, (("UNION", operand), …))
    operand     ("operand", source, (step, …))
    source      ("profile", table, alias) ("segment", name) ("interaction", type, link), or a query
    step        ("filter", cond) ("traverse", name, alias, (cond, …))
                ("relate", name, alias, optional, relate) ("having", aggregate, field, cmp, number, window)
                ("distinct",) ("orderby", ((field, down), …)) ("skip", n) ("take", n) ("select", (field, …))
    condition   ("and", (cond, …)) ("or", (cond, …)) ("not", cond) ("compare", value, cmp, value)
                ("null", field) ("present", field) ("match", field, op, string) ("in", value, (value, …))
    value       ("field", name, alias) ("text", str) ("number", Decimal) ("bool", bool) ("negative", value)
                ("now",) ("datediff", part, value, value) ("dateadd", part, value, value)
                ("date", (value, …)) ("arithmetic", value, ((op, value), …))

Where the reference leaves something open, this is what was decided, each time by its own recommendation:

- one alias a TRAVERSE: a node has one name, though the EBNF repeats the argument;
- HAVING takes a sign: A.3 forbids COUNT() with a negative number, so one can be written;
- DATE takes any values: table C speaks of "only when all arguments are literals";
- a window of zero is read in both languages: B.2, which asks for a positive one, is what may be written;
- a quoted name is not empty.
"""

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

Tree = tuple[Any, ...]

_GRAMMAR = Path(__file__).parent / "grammar"


class Refused(Exception):
    """The text is no query of the language."""


def read(text: str, dialect: str) -> Tree:
    """The query as tuples; `dialect` is `outbound` or `rtm`."""
    try:
        query: Tree = _Build().transform(_parser(dialect).parse(text))
    except (UnexpectedInput, VisitError) as error:
        raise Refused(str(error)) from error
    _check(query, dialect)
    return query


@cache
def _parser(dialect: str) -> Lark:
    parts = [(_GRAMMAR / f"{name}.lark").read_text(encoding="utf-8") for name in ("conditions", dialect)]
    return Lark("\n".join(parts), parser="lalr", maybe_placeholders=True)


# --- normal form ------------------------------------------------------------------------------------------


def chain(first: Tree, terms: tuple[Tree, ...]) -> Tree:
    """A set expression; parentheses at its very front change nothing and are dropped."""
    _, source, steps = first
    if source[0] == "query" and not steps:
        return ("query", source[1], (*source[2], *terms))
    return ("query", first, terms)


def as_operand(query: Tree) -> Tree:
    """A query in parentheses; around one operand they change nothing and are dropped."""
    single: Tree = query[1]
    return ("operand", query, ()) if query[2] else single


def joined(word: str, items: list[Tree]) -> Tree:
    """AND or OR of conditions, flat."""
    if len(items) == 1:
        return items[0]
    flat = [part for item in items for part in (item[1] if item[0] == word else (item,))]
    return (word, tuple(flat))


def _check(query: Tree, dialect: str) -> None:
    """What the grammar cannot say: which steps go with which source."""
    for _, source, steps in (query[1], *(term[1] for term in query[2])):
        words = [step[0] for step in steps]
        if words.count("having") > 1:
            raise Refused("a second HAVING")
        if source[0] == "interaction" and "traverse" in words:
            raise Refused("INTERACTION and TRAVERSE do not combine")
        if source[0] == "segment" and steps and dialect == "rtm":
            raise Refused("steps after SEGMENT")
        if source[0] == "query":
            _check(source, dialect)


# --- building ---------------------------------------------------------------------------------------------


def unquoted(literal: str) -> str:
    r"""The value of a string: `\'`, `\"`, `\\` and, between single quotes, `''` are one character (A.4)."""
    single = literal[0] == "'"
    found: list[str] = []
    rest = literal[1:-1]
    while rest:
        pair = rest[:2]
        if pair in ("\\'", '\\"', "\\\\") or (single and pair == "''"):
            found.append(pair[1])
            rest = rest[2:]
        else:
            found.append(rest[0])
            rest = rest[1:]
    return "".join(found)


class _Build(Transformer[Token, Tree]):
    """One method a production."""

    def start(self, items: list[Tree]) -> Tree:
        return items[0]

    # sets and operands

    def sequence(self, items: list[Any]) -> Tree:
        terms = tuple(zip(map(_operator, items[1::2]), items[2::2], strict=True))
        return chain(items[0], terms)

    def operand(self, items: list[Tree]) -> Tree:
        """Steps and methods bind to the chain on their left."""
        operand, *parts = items
        for part in parts:
            if part[0] == "method":
                operand = as_operand(chain(operand, (part[1:],)))
            else:
                operand = ("operand", operand[1], (*operand[2], part))
        return operand

    def method(self, items: list[Any]) -> Tree:
        operator, argument = items
        operand = as_operand(argument) if argument[0] == "query" else argument
        return ("method", _operator(operator), operand)

    def bare(self, items: list[Any]) -> Tree:
        return ("operand", ("segment", items[0]), ())

    def profile(self, items: list[Any]) -> Tree:
        table, alias = (*items, None)[:2]
        return ("operand", ("profile", table, alias and str(alias)), ())

    def segment(self, items: list[Any]) -> Tree:
        return ("operand", ("segment", items[0]), ())

    def interaction(self, items: list[Any]) -> Tree:
        return ("operand", ("interaction", *items), ())

    def parenthesised(self, items: list[Tree]) -> Tree:
        return as_operand(items[0])

    # steps

    def filter(self, items: list[Tree]) -> Tree:
        return ("filter", items[0])

    def traverse(self, items: list[Any]) -> Tree:
        name, *rest = items
        aliases = [part[1] for part in rest if part[0] == "alias"]
        if len(aliases) > 1:
            raise Refused("two aliases")
        edges = tuple(part[1] for part in rest if part[0] == "filter")
        return ("traverse", name, aliases[0] if aliases else None, edges)

    def alias(self, items: list[Token]) -> Tree:
        return ("alias", str(items[0]))

    def relate(self, items: list[Any]) -> Tree:
        optional, name, *rest = items
        alias = next(str(part) for part in rest if isinstance(part, Token))
        then = next((part for part in rest if isinstance(part, tuple) and part[0] == "relate"), None)
        return ("relate", name, alias, optional, then)

    def relate_word(self, items: list[Token]) -> bool:
        return items[0].upper() == "RELATEOPTIONAL"

    def table(self, items: list[Token]) -> Tree:
        return ("table", str(items[0]))

    def having(self, items: list[Any]) -> Tree:
        (aggregate, field), compared, sign, number, window = items
        return ("having", aggregate, field, str(compared), Decimal(f"{sign or ''}{number}"), window)

    def aggregate(self, items: list[Any]) -> Tree:
        word, field = (*items, None)[:2]
        return (word.upper(), field)

    def window(self, items: list[Token]) -> Tree:
        return (items[0].upper(), int(items[1]))

    def distinct(self, items: list[Tree]) -> Tree:
        return ("distinct",)

    def orderby(self, items: list[Tree]) -> Tree:
        return ("orderby", tuple(items))

    def order(self, items: list[Any]) -> Tree:
        return (items[0], bool(items[1]) and items[1].upper() == "DESC")

    def skip(self, items: list[Token]) -> Tree:
        return ("skip", int(items[0]))

    def take(self, items: list[Token]) -> Tree:
        return ("take", int(items[0]))

    def select(self, items: list[Tree]) -> Tree:
        return ("select", tuple(items))

    # conditions

    def cond(self, items: list[Tree]) -> Tree:
        return joined("or", items)

    def conj(self, items: list[Tree]) -> Tree:
        return joined("and", items)

    def not_(self, items: list[Tree]) -> Tree:
        return ("not", items[0])

    def group(self, items: list[Tree]) -> Tree:
        return items[0]

    def null_test(self, items: list[Any]) -> Tree:
        return ("null" if items[0].upper() == "ISNULL" else "present", items[1])

    def compare(self, items: list[Any]) -> Tree:
        return ("compare", items[0], str(items[1]), items[2])

    def match(self, items: list[Any]) -> Tree:
        return ("match", items[0], items[1].upper(), items[2])

    def in_list(self, items: list[Any]) -> Tree:
        return ("in", items[0], items[1])

    def items(self, items: list[Tree]) -> Tree:
        return tuple(items)

    # values

    def value(self, items: list[Any]) -> Tree:
        terms = tuple(zip(map(str, items[1::2]), items[2::2], strict=True))
        first: Tree = items[0]
        return ("arithmetic", first, terms) if terms else first

    term = value

    def string(self, items: list[Token]) -> Tree:
        return ("text", unquoted(items[0]))

    def number(self, items: list[Token]) -> Tree:
        return ("number", Decimal(items[0]))

    def negative(self, items: list[Tree]) -> Tree:
        return ("negative", items[0])

    def boolean(self, items: list[Token]) -> Tree:
        return ("bool", items[0].upper() == "TRUE")

    def field(self, items: list[Any]) -> Tree:
        first, second = items
        return ("field", str(second), str(first)) if second else ("field", str(first), None)

    def now(self, items: list[Tree]) -> Tree:
        return ("now",)

    def datediff(self, items: list[Any]) -> Tree:
        return ("datediff", items[0].lower(), items[1], items[2])

    def dateadd(self, items: list[Any]) -> Tree:
        return ("dateadd", items[0].lower(), items[1], items[2])

    def date(self, items: list[Tree]) -> Tree:
        if not 3 <= len(items) <= 7:
            raise Refused("DATE takes three to seven numbers")
        return ("date", tuple(items))

    def name(self, items: list[Token]) -> str:
        name = unquoted(items[0]) if re.match(r"['\"]", items[0]) else str(items[0])
        if not name:
            raise Refused("an empty name")
        return name


def _operator(word: Token) -> str:
    return "EXCEPT" if word.upper() == "MINUS" else word.upper()
