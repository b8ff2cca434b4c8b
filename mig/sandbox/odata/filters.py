"""The filter language, read into a small tree.

    or          = and { "or" and }
    and         = unary { "and" unary }
    unary       = "not" unary | "(" or ")" | test
    test        = function "(" column "," text ")"
                | "Microsoft.Dynamics.CRM.In" "(" "PropertyName" "=" text "," "PropertyValues" "=" texts ")"
                | operand operator operand
    function    = "contains" | "startswith" | "endswith"
    operator    = "eq" | "ne" | "gt" | "ge" | "lt" | "le"
    texts       = "[" [ text { "," text } ] "]"
    operand     = column | literal

What the service also reads and the sandbox does not (paths, lambdas, the other query functions) is answered
as not emulated.
"""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from mig.sandbox.clock import stored_time
from mig.sandbox.errors import bad_syntax, not_emulated
from mig.sandbox.odata.tree import (
    Among,
    Both,
    Compare,
    Constant,
    Either,
    Filter,
    Match,
    Name,
    Operand,
    Opposite,
)

MAX_DEPTH: Final = 64  # brackets and nots inside each other; ours, so that reading is never deep recursion


class Token(NamedTuple):
    """A word of the filter; `kind` is the name of the lexer's group."""

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
    | (?P<name>[A-Za-z_@][\w.@]*)
    | (?P<mark>[(),=\[\]/])
    )""",
    re.VERBOSE,
)
_OPERATORS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS: Final = frozenset({"contains", "startswith", "endswith"})
_NAMESPACE: Final = "Microsoft.Dynamics.CRM."


def read_filter(text: str) -> Filter:
    """Read a filter; 400 with the position where it cannot be read."""
    return _Reader(text).whole()


def tokens(text: str) -> list[Token]:
    """Cut a filter into words."""
    found: list[Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_syntax(f"Syntax error at position {position} in '{text}'.")
        kind = match.lastgroup
        found.append(Token(kind, match[kind], match.start(kind)))
        position = match.end()
    return found


class _Reader:
    """One method a production of the grammar above."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*tokens(text), Token("end", "", len(text))]
        self._at = 0

    def whole(self) -> Filter:
        """The filter, and nothing after it."""
        found = self._either(0)
        if self._next.kind != "end":
            raise self._error()
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self, text: str | None = None) -> Token:
        token = self._next
        if token.kind == "end" or (text is not None and token.text != text):
            raise self._error()
        self._at += 1
        return token

    def _skip(self, text: str) -> bool:
        hit = self._next.kind in ("name", "mark") and self._next.text == text
        self._at += hit
        return hit

    def _error(self) -> Exception:
        return bad_syntax(f"Syntax error at position {self._next.position} in '{self._text}'.")

    def _either(self, depth: int) -> Filter:
        items = [self._both(depth)]
        while self._skip("or"):
            items.append(self._both(depth))
        return items[0] if len(items) == 1 else Either(tuple(items))

    def _both(self, depth: int) -> Filter:
        items = [self._unary(depth)]
        while self._skip("and"):
            items.append(self._unary(depth))
        return items[0] if len(items) == 1 else Both(tuple(items))

    def _unary(self, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise bad_syntax(f"The filter nests deeper than {MAX_DEPTH} levels.")
        if self._skip("not"):
            item = self._unary(depth + 1)
            if isinstance(item, Among):
                raise bad_syntax("'not' is not supported in front of a query function; use its negated form.")
            return Opposite(item)
        if self._skip("("):
            inner = self._either(depth + 1)
            self._take(")")
            return inner
        return self._test()

    def _test(self) -> Filter:
        token = self._next
        called = token.kind == "name" and self._tokens[self._at + 1].text == "("
        if called and token.text in _FUNCTIONS:
            return self._match()
        if called and token.text.startswith(_NAMESPACE):
            return self._among()
        if called:
            raise not_emulated(f"filter function {token.text}")
        left = self._operand()
        operator = self._take()
        if operator.text not in _OPERATORS:
            self._at -= 1
            raise self._error()
        return Compare(left, operator.text, self._operand())

    def _match(self) -> Match:
        function = self._take().text
        self._take("(")
        column = self._name()
        self._take(",")
        text = self._quoted("text")
        self._take(")")
        return Match(function, column, text)

    def _among(self) -> Among:
        function = self._take().text
        if function != f"{_NAMESPACE}In":
            raise not_emulated(f"query function {function}")
        self._take("(")
        column = Name(self._argument("PropertyName"))
        self._take(",")
        self._take("PropertyValues")
        self._take("=")
        self._take("[")
        values: list[str] = []
        while not self._skip("]"):
            if values:
                self._take(",")
            values.append(self._quoted("text", "double"))
        self._take(")")
        return Among(column, tuple(values))

    def _argument(self, name: str) -> str:
        self._take(name)
        self._take("=")
        return self._quoted("text", "double")

    def _quoted(self, *kinds: str) -> str:
        if self._next.kind not in kinds:
            raise self._error()
        token = self._take()
        mark = token.text[0]
        return token.text[1:-1].replace(mark * 2, mark)

    def _name(self) -> Name:
        if self._next.kind != "name":
            raise self._error()
        name = self._take().text
        if name.startswith("@"):
            raise not_emulated("parameter alias in a filter")
        if self._next.text == "/":
            raise not_emulated(f"path over the relationship {name}")
        return Name(name)

    def _operand(self) -> Operand:
        token = self._next
        match token.kind:
            case "text":
                return Constant("text", self._quoted("text"))
            case "name" if token.text not in ("null", "true", "false"):
                return self._name()
            case "name" | "guid" | "number" | "date" | "datetime":
                self._at += 1
                return _literal(token)
        raise self._error()


def _literal(token: Token) -> Constant:
    text = token.text
    match token.kind:
        case "guid":
            return Constant("guid", text.lower())
        case "number" if "." not in text and len(text) < 19:  # above that no column holds it
            return Constant("integer", int(text))
        case "number":
            return Constant("decimal", float(text))
        case "date" | "datetime":
            return _moment(token)
    return Constant("null", None) if text == "null" else Constant("bool", text == "true")


def _moment(token: Token) -> Constant:
    """A date or time; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(token.text)
    except ValueError:
        raise bad_syntax(f"'{token.text}' at position {token.position} is not a date.") from None
    if token.kind == "date":
        return Constant("date", token.text)
    return Constant("datetime", stored_time(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
