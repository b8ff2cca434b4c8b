"""Reads conditions and values: what stands inside FILTER."""

from decimal import Decimal
from typing import Final

from mig.query.cursor import Cursor
from mig.query.dialects import (
    AGGREGATES,
    COMPARISONS,
    DATE_PARTS,
    FUNCTIONS,
    MATCHES,
    PREDICATES,
    SET_OPERATORS,
)
from mig.query.errors import QueryError
from mig.query.tokens import END, ERROR, NAME, NUMBER, TEXT
from mig.query.tree import (
    Arithmetic,
    Bool,
    Compare,
    Condition,
    DateAdd,
    DateDiff,
    DateOf,
    Field,
    In,
    Match,
    Negative,
    Not,
    Now,
    NullTest,
    Number,
    Text,
    Value,
    all_of,
    any_of,
)

_AFTER_VALUE: Final = COMPARISONS | {"+", "-", "*", "/"}
_OPERATORS: Final = ("==", "!=", "<", "<=", ">", ">=", "CONTAINS", "STARTSWITH", "ENDSWITH", "IN")
_JOINTS: Final = frozenset({"AND", "OR", "MINUS", *SET_OPERATORS})


class ConditionReader(Cursor):
    r"""The grammar of conditions; AND binds tighter than OR.

    condition   = conjunction { ( "||" | "OR" ) conjunction } ;
    conjunction = unary { ( "&&" | "AND" ) unary } ;
    unary       = "NOT" "(" condition ")" | "(" condition ")" | predicate ;
    predicate   = ( "ISNULL" | "ISNOTNULL" ) "(" field ")"
                | value comparison value
                | field ( "CONTAINS" | "STARTSWITH" | "ENDSWITH" ) string
                | value "IN" list ;
    list        = "(" value { "," value } ")" | "[" value { "," value } "]" ;      (* real-time: brackets *)
    value       = term { ( "+" | "-" ) term } ;
    term        = factor { ( "*" | "/" ) factor } ;
    factor      = string | number | "-" factor | "True" | "False" | field | function | "(" value ")" ;
    function    = "DATETIMEUTCNOW" "(" ")"
                | ( "DATEDIFF" | "DATEADD" ) "(" part "," value "," value ")"
                | "DATE" "(" value "," value "," value { "," value } ")" ;          (* three to seven *)
    field       = name [ "." name ] ;
    """

    __slots__ = ()

    def condition(self) -> Condition:
        """`condition` of the grammar."""
        start = self.at
        items = [self.conjunction()]
        while self._passes("||", "OR"):
            items.append(self.conjunction())
        return items[0] if len(items) == 1 else any_of(items, self.span(start))

    def conjunction(self) -> Condition:
        """`conjunction` of the grammar."""
        start = self.at
        items = [self.unary()]
        while self._passes("&&", "AND"):
            items.append(self.unary())
        return items[0] if len(items) == 1 else all_of(items, self.span(start))

    def _passes(self, symbol: str, word: str) -> bool:
        kind = self.tokens[self.at].kind
        if kind == symbol or (kind == NAME and self.word() == word):
            self.at += 1
            return True
        return False

    def unary(self) -> Condition:
        """`unary` of the grammar."""
        start = self.at
        if self.tokens[start].kind == "(" and not self._opens_value():
            return self._group()
        if self.word() == "NOT" and self.calls():
            self.at += 1
            inner = self._group()
            return Not(inner, span=self.span(start))
        return self.predicate()

    def _group(self) -> Condition:
        opening = self.open()
        condition = self.condition()
        self.close(opening, "&&", "||")
        return condition

    def _opens_value(self) -> bool:
        """Whether `(` opens a value: decided by what follows its closing parenthesis."""
        closing = self.closing.get(self.at)
        if closing is None:
            return False
        follows = self.tokens[closing + 1]
        return follows.kind in _AFTER_VALUE or (follows.kind == NAME and follows.text.upper() == "IN")

    def predicate(self) -> Condition:
        """`predicate` of the grammar."""
        start = self.at
        if self.calls() and (word := self.word()) in ("ISNULL", "ISNOTNULL"):
            self.at += 1
            opening = self.open()
            field = self.field()
            self.close(opening)
            return NullTest(field, word == "ISNOTNULL", span=self.span(start))
        left = self.value()
        token = self.tokens[self.at]
        if token.kind in COMPARISONS:
            self.at += 1
            right = self.value()
            return Compare(left, token.text, right, span=self.span(start))
        word = self.word()
        if word == "IN":
            self.at += 1
            return In(left, self.list_(), span=self.span(start))
        if word in MATCHES and isinstance(left, Field):
            self.at += 1
            return Match(left, word, self._text(), span=self.span(start))
        raise self._no_operator(word)

    def _no_operator(self, word: str) -> QueryError:
        """A value that is compared with nothing, or by a word that is no operator."""
        if word in MATCHES:
            return self.refusal(
                f"found {word}, which takes a column on its left: column {word} 'text'", *_OPERATORS
            )
        if word and word not in _JOINTS:
            return self.unknown("operator", _OPERATORS)
        expected = self.unexpected(*_OPERATORS)
        if self.tokens[self.at].kind in (END, ERROR):
            return expected
        return self.refusal(f"a comparison is missing: {expected.message}", *_OPERATORS)

    def list_(self) -> tuple[Value, ...]:
        """`list` of the grammar."""
        opening = self.at
        if self.tokens[opening].kind not in tuple(self.forms.list_openings):
            raise self.unexpected(*self.forms.list_openings)
        self.at += 1
        self.descend()
        items = [self.value()]
        while self.tokens[self.at].kind == ",":
            self.at += 1
            items.append(self.value())
        self.close(opening, ",")
        return tuple(items)

    def value(self) -> Value:
        """`value` of the grammar."""
        start = self.at
        first = self.term()
        rest: list[tuple[str, Value]] = []
        while (operator := self.tokens[self.at].kind) in ("+", "-"):
            self.at += 1
            rest.append((operator, self.term()))
        return Arithmetic(first, tuple(rest), span=self.span(start)) if rest else first

    def term(self) -> Value:
        """`term` of the grammar."""
        start = self.at
        first = self.factor()
        rest: list[tuple[str, Value]] = []
        while (operator := self.tokens[self.at].kind) in ("*", "/"):
            self.at += 1
            rest.append((operator, self.factor()))
        return Arithmetic(first, tuple(rest), span=self.span(start)) if rest else first

    def factor(self) -> Value:
        """`factor` of the grammar."""
        start = self.at
        kind = self.tokens[start].kind
        if kind == TEXT:
            return self._text()
        if kind == NUMBER:
            self.at += 1
            return Number(Decimal(self.tokens[start].text), span=self.span(start))
        if kind == NAME:
            return self._named()
        if kind == "-":
            self.at += 1
            self.descend()
            inner = self.factor()
            self.depth -= 1
            return Negative(inner, span=self.span(start))
        if kind == "(":
            opening = self.open()
            value = self.value()
            self.close(opening)
            return value
        if kind == ">" and self.tokens[start - 1].kind == "<":
            raise self.refusal("<> is no operator: inequality is written !=", "!=")
        raise self.unexpected("a column", "a string", "a number", "True", "False", "a function")

    def _text(self) -> Text:
        start = self.at
        value = self.string()
        return Text(value, quote=self.tokens[start].text[0], span=self.span(start))

    def _named(self) -> Value:
        if self.tokens[self.at + 1].kind == "(":
            return self.function()
        word = self.word()
        if word in ("TRUE", "FALSE"):
            self.at += 1
            return Bool(word == "TRUE", span=self.span(self.at - 1))
        return self.field()

    def field(self) -> Field:
        """`field` of the grammar."""
        start = self.at
        name = self.take(NAME, "a column").text
        if self.tokens[self.at].kind != ".":
            return Field(name, span=self.span(start))
        self.at += 1
        column = self.take(NAME, "a column").text
        return Field(column, name, span=self.span(start))

    def function(self) -> Value:
        """`function` of the grammar."""
        start, word = self.at, self.word()
        if word not in FUNCTIONS:
            raise self._no_function(word)
        self.at += 1
        opening = self.open()
        if word == "DATETIMEUTCNOW":
            self.close(opening)
            return Now(span=self.span(start))
        if word == "DATE":
            parts = self._date_parts()
            self.close(opening, *([","] if len(parts) < len(DATE_PARTS) else []))
            return DateOf(parts, span=self.span(start))
        part, first, second = self._part(), self._argument(), self._argument()
        self.close(opening)
        node = DateDiff if word == "DATEDIFF" else DateAdd
        return node(part, first, second, span=self.span(start))

    def _date_parts(self) -> tuple[Value, ...]:
        parts = [self.value(), self._argument(), self._argument()]
        while len(parts) < len(DATE_PARTS) and self.tokens[self.at].kind == ",":
            parts.append(self._argument())
        return tuple(parts)

    def _part(self) -> str:
        part = self.word().lower()
        if part not in DATE_PARTS:
            raise self.unexpected(*DATE_PARTS)
        self.at += 1
        return part

    def _argument(self) -> Value:
        self.take(",")
        return self.value()

    def _no_function(self, word: str) -> QueryError:
        if word in MATCHES:
            advice = (
                f"{word} is no function; {word} stands between a column and a string: column {word} 'text'"
            )
        elif word in AGGREGATES:
            advice = f"{word} stands only inside HAVING"
        elif word in PREDICATES:
            advice = f"{word} is a condition, not a value"
        elif word in self.forms.steps:
            advice = f"{word} is no function; {word} follows a closing parenthesis and a dot: ….{word}(…)"
        else:
            advice = ""
        return self.unknown("function", FUNCTIONS, advice)
