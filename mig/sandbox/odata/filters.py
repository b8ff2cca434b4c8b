"""The filter language, read into a small tree.

    or          = and { "or" and }
    and         = unary { "and" unary }
    unary       = "not" unary | "(" or ")" | test
    test        = function "(" path "," text ")"
                | [ path "/" ] "Microsoft.Dynamics.CRM." name "(" argument { "," argument } ")"
                | path "/" ( "any" | "all" ) "(" [ variable ":" or ] ")"
                | operand operator operand
    function    = "contains" | "startswith" | "endswith"
    argument    = ( "PropertyName" | "PropertyValue" | "PropertyValues" ) "=" ( literal | literals )
    operator    = "eq" | "ne" | "gt" | "ge" | "lt" | "le"
    literals    = "[" [ literal { "," literal } ] "]"
    operand     = path | literal
    path        = name { "/" name }

A parameter alias may stand for a literal, a name or a list.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from mig.sandbox.clock import stored_time
from mig.sandbox.errors import TYPE, bad_syntax, not_emulated
from mig.sandbox.odata.tree import (
    Both,
    Compare,
    Constant,
    Either,
    Filter,
    Function,
    Match,
    Name,
    Operand,
    Opposite,
    Related,
)
from mig.sandbox.odata.words import LITERALS, Token, tokens, unquoted

MAX_DEPTH: Final = 64  # brackets and nots inside each other; ours, so that reading is never deep recursion

_OPERATORS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_FUNCTIONS: Final = frozenset({"contains", "startswith", "endswith"})
_QUANTIFIERS: Final = frozenset({"any", "all"})
_CONSTANTS: Final = frozenset({"null", "true", "false"})
_ARGUMENTS: Final = frozenset({"PropertyValue", "PropertyValues"})


def read_filter(text: str, aliases: Mapping[str, str] | None = None) -> Filter:
    """Read a filter; 400 with the position where it cannot be read."""
    return _Reader(text, aliases or {}).whole()


class _Reader:
    """One method a production of the grammar above."""

    def __init__(self, text: str, aliases: Mapping[str, str]) -> None:
        self._text = text
        self._tokens = [*tokens(text, aliases), Token("end", "", len(text))]
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
            if isinstance(item, Function):
                raise bad_syntax("'not' is not supported in front of a query function; use its negated form.")
            return Opposite(item)
        if self._skip("("):
            inner = self._either(depth + 1)
            self._take(")")
            return inner
        return self._test(depth)

    def _test(self, depth: int) -> Filter:
        if self._next.kind == "name" and self._next.text not in _CONSTANTS:
            path = self._path()
            if self._next.text == "(":
                return self._called(path, depth)
            left: Operand = Name("/".join(path))
        else:
            left = self._operand()
        operator = self._take()
        if operator.text not in _OPERATORS:
            self._at -= 1
            raise self._error()
        return Compare(left, operator.text, self._operand())

    def _called(self, path: list[str], depth: int) -> Filter:
        *before, name = path
        if name.startswith(TYPE):
            return self._query_function(name.removeprefix(TYPE), before)
        if before and name in _QUANTIFIERS:
            return self._related(Name("/".join(before)), name == "all", depth)
        if before or name not in _FUNCTIONS:
            raise not_emulated(f"filter function {name}")
        self._take("(")
        column = self._name()
        self._take(",")
        if self._next.kind != "text":
            raise self._error()
        text = unquoted(self._take())
        self._take(")")
        return Match(name, column, text)

    def _related(self, collection: Name, every: bool, depth: int) -> Related:
        self._take("(")
        if not every and self._skip(")"):
            return Related(collection, False, "", None)
        if self._next.kind != "name":
            raise self._error()
        variable = self._take().text
        self._take(":")
        item = self._either(depth + 1)
        self._take(")")
        return Related(collection, every, variable, item)

    def _query_function(self, function: str, before: list[str]) -> Function:
        """Arguments have names, so their order is free; the path before the function leads to its column."""
        column: str | None = None
        values: tuple[str, ...] | None = None
        self._take("(")
        while True:
            argument = self._take()
            self._take("=")
            if argument.text == "PropertyName" and column is None:
                (column,) = self._values(several=False)
            elif argument.text in _ARGUMENTS and values is None:
                values = self._values(several=argument.text == "PropertyValues")
            else:
                raise bad_syntax(f"{TYPE}{function} does not take another '{argument.text}' here.")
            if not self._skip(","):
                break
        self._take(")")
        if column is None:
            raise bad_syntax(f"{TYPE}{function} needs its PropertyName.")
        return Function(function, Name("/".join([*before, column])), values or ())

    def _values(self, *, several: bool) -> tuple[str, ...]:
        if not several:
            return (self._value(),)
        self._take("[")
        values: list[str] = []
        while not self._skip("]"):
            if values:
                self._take(",")
            values.append(self._value())
        return tuple(values)

    def _value(self) -> str:
        if self._next.kind not in LITERALS:
            raise self._error()
        token = self._take()
        return unquoted(token) if token.kind in ("text", "double") else token.text

    def _path(self) -> list[str]:
        steps = [self._take().text]
        while self._skip("/"):
            if self._next.kind != "name":
                raise self._error()
            steps.append(self._take().text)
        return steps

    def _name(self) -> Name:
        if self._next.kind != "name":
            raise self._error()
        return Name("/".join(self._path()))

    def _operand(self) -> Operand:
        token = self._next
        match token.kind:
            case "text":
                return Constant("text", unquoted(self._take()))
            case "name" if token.text not in _CONSTANTS:
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
