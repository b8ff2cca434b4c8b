"""Text to tree, for both dialects.

Reads whole texts or refuses them with one `QueryError`, whatever the text: time is linear in its length, and
nesting is bounded, so neither a hostile text nor a damaged one can hang or exhaust the reader.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from mig.query.cursor import MAX_NESTING
from mig.query.dialects import SOURCES
from mig.query.errors import QueryError
from mig.query.step_reader import Source, StepReader
from mig.query.tokens import END, NAME, TEXT
from mig.query.tree import (
    Dialect,
    Interaction,
    Operand,
    Profile,
    Query,
    Segment,
    SetOp,
    SetTerm,
    Span,
    Step,
    Traverse,
    chain,
    grouped,
)

__all__ = ["MAX_LENGTH", "MAX_NESTING", "QueryError", "parse"]

MAX_LENGTH: Final = 64 * 1024
"""Longer texts are refused unread (design §8)."""


def parse(text: str, dialect: Dialect = Dialect.OUTBOUND) -> Query:
    """Read a query; raises `QueryError`, and nothing else, when the text is none."""
    if len(text) > MAX_LENGTH:
        message = f"the query has {len(text):,} characters; above {MAX_LENGTH:,} it is not read"
        raise QueryError(message, Span(MAX_LENGTH, len(text)), (), text, code="QRY002")
    return _Parser(text, dialect).query()


class _Parser(StepReader):
    r"""The grammar of queries; keywords are case-insensitive and only keywords where one can stand.

    query       = set ;
    set         = operand { operator operand } ;                        (* left to right *)
    operator    = "UNION" | "INTERSECT" | "EXCEPT" | "MINUS" ;          (* real-time: no MINUS *)
    operand     = primary { "." ( step | method ) } ;                   (* step: see StepReader *)
    primary     = "PROFILE" "(" name [ "," alias ] ")"                  (* real-time: no alias *)
                | "SEGMENT" "(" name ")"
                | "INTERACTION" "(" name "," name ")"
                | "(" set ")" ;
    """

    __slots__ = ("wraps",)

    def __init__(self, text: str, dialect: Dialect) -> None:
        super().__init__(text, dialect)
        # Method chains and paths nest to the left without recursion here; whoever walks the tree recurses.
        self.wraps = 0

    def query(self) -> Query:
        """`query` of the grammar."""
        if self.tokens[0].kind == END:
            raise self.refusal("the query is empty", *SOURCES)
        query = self.set_()
        token = self.tokens[self.at]
        if token.kind in (")", "]"):
            message = f"one {token.text} too many: nothing is open here"
            raise self.refusal(message, *self.forms.set_operators, ".")
        if token.kind != END:
            raise self.unexpected(*self.forms.set_operators, ".", "the end of the query")
        return query

    def set_(self) -> Query:
        """`set` of the grammar."""
        start = self.at
        first = self.operand()
        rest: list[SetTerm] = []
        while (word := self.word()) in self.forms.set_operators:
            before = self.at
            self.at += 1
            operand = self.operand()
            rest.append(SetTerm(_operator(word), operand, span=self.span(before)))
        return chain(first, rest, self.span(start))

    def operand(self) -> Operand:
        """`operand` of the grammar; a method-style operator takes the chain on its left as its left side."""
        start = self.at
        source, steps = self.primary()
        terms: list[SetTerm] = []
        head = Operand(source, tuple(steps))
        while self.tokens[self.at].kind == ".":
            before = self.span(start)
            self.at += 1
            if self.word() in self.forms.set_operators and self.forms.set_methods:
                if not terms:
                    head = Operand(source, tuple(steps), span=before)
                terms.append(self.method())
                continue
            if terms:
                source, steps, terms = self._wrapped(head, terms, start), [], []
            steps.append(self.step(source, steps))
            if isinstance(steps[-1], Traverse) and isinstance(source, Query):
                self._wrap("paths from the members of a set")
        if terms:
            return Operand(chain(head, terms, self.span(start)), span=self.span(start))
        return Operand(source, tuple(steps), span=self.span(start))

    def _wrapped(self, head: Operand, terms: list[SetTerm], start: int) -> Query:
        self._wrap("set methods followed by other steps")
        return chain(head, terms, self.span(start))

    def _wrap(self, what: str) -> None:
        self.wraps += 1
        if self.wraps > MAX_NESTING:
            raise self.refusal(f"more than {MAX_NESTING} {what}")

    def primary(self) -> tuple[Source, list[Step]]:
        """`primary` of the grammar; parentheses around one operand are dropped."""
        if self.tokens[self.at].kind == "(":
            opening = self.open()
            inner = grouped(self.set_())
            self.close(opening, ".", *self.forms.set_operators)
            return inner.source, list(inner.steps)
        start, word = self.at, self.word()
        if word not in SOURCES or not self.calls():
            raise self._no_source(word)
        self.at += 1
        opening = self.open()
        source = _READ_SOURCE[word](self)
        self.close(opening)
        return replace(source, span=self.span(start)), []

    def _no_source(self, word: str) -> QueryError:
        token = self.tokens[self.at]
        if word in SOURCES:
            self.at += 1
            return self.unexpected("(")
        if self.calls():
            advice = f"{word} cannot stand alone: write PROFILE(contact).{word}(…)"
            return self.unknown("function", SOURCES, advice if word in self.forms.steps else "")
        if token.kind not in (NAME, TEXT):
            return self.unexpected(*SOURCES, "(")
        follows = self.tokens[self.at + 1]
        if self.text[follows.start : follows.end] == "=":
            message = f"a query is given no name: leave out {token.text} = and give one query at a time"
        else:
            message = f"a bare name means nothing here; if a segment is meant, write SEGMENT({token.text})"
        return self.refusal(message, *SOURCES)

    def profile(self) -> Profile:
        """`PROFILE` of the grammar, inside its parentheses."""
        table = self.name("a table")
        if self.tokens[self.at].kind != ",":
            return Profile(table)
        if not self.forms.profile_alias:
            raise self.refusal("PROFILE takes one argument in real-time queries", ")")
        self.at += 1
        return Profile(table, self.take(NAME, "an alias").text)

    def segment(self) -> Segment:
        """`SEGMENT` of the grammar, inside its parentheses."""
        return Segment(self.name("a segment"))

    def interaction(self) -> Interaction:
        """`INTERACTION` of the grammar, inside its parentheses."""
        type_ = self.name("an interaction type")
        self.take(",")
        return Interaction(type_, self.name("a link"))

    def method(self) -> SetTerm:
        """`method` of the grammar; a bare name stands for SEGMENT(name)."""
        start, word = self.at, self.word()
        self.at += 1
        opening = self.open()
        token = self.tokens[self.at]
        if token.kind in (NAME, TEXT) and self.tokens[self.at + 1].kind == ")":
            bare = self.at
            operand = Operand(Segment(self.name("a segment"), span=self.span(bare)), span=self.span(bare))
        else:
            operand = grouped(self.set_())
        self.close(opening, ".", *self.forms.set_operators)
        return SetTerm(_operator(word), operand, method=True, span=self.span(start))


def _operator(word: str) -> SetOp:
    return SetOp.EXCEPT if word == "MINUS" else SetOp(word)


_READ_SOURCE: Final[Mapping[str, Callable[[_Parser], Profile | Segment | Interaction]]] = {
    "PROFILE": _Parser.profile,
    "SEGMENT": _Parser.segment,
    "INTERACTION": _Parser.interaction,
}
