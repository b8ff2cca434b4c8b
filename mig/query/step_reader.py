"""Reads what follows the dot of an operand, set operators aside."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from mig.query.condition_reader import ConditionReader
from mig.query.cursor import MAX_NESTING
from mig.query.dialects import AGGREGATES, COMPARISONS
from mig.query.errors import QueryError
from mig.query.tokens import NAME, NUMBER
from mig.query.tree import (
    Condition,
    Distinct,
    Field,
    Filter,
    Having,
    Interaction,
    OrderBy,
    Profile,
    Query,
    Relate,
    Segment,
    Select,
    Skip,
    Step,
    Take,
    Traverse,
)

Source = Profile | Segment | Interaction | Query


class StepReader(ConditionReader):
    """The grammar of steps.

    step        = filter | traverse | relate | having | distinct | orderby | paging | select ;
    filter      = "FILTER" "(" condition ")" ;
    traverse    = "TRAVERSE" "(" name { "," ( alias | filter ) } ")" ;          (* outbound *)
    relate      = ( "RELATE" | "RELATEOPTIONAL" ) "(" name "," alias [ "," relate ] ")" ;
                                  (* real-time: the third argument, and the alias as table.alias *)
    having      = "HAVING" "(" aggregate comparison [ "-" ] number [ "," window ] ")" ;
    aggregate   = "COUNT" "(" ")" | ( "SUM" | "AVG" | "MIN" | "MAX" ) "(" field ")" ;
    window      = ( "UTCDAYS" | "UTCMONTHS" | "UTCYEARS" ) "(" integer ")" ;    (* real-time: more units *)
    distinct    = "DISTINCT" "(" ")" ;                                          (* from here on: outbound *)
    orderby     = "ORDERBY" "(" field [ "ASC" | "DESC" ] { "," field [ "ASC" | "DESC" ] } ")" ;
    paging      = ( "SKIP" | "TAKE" ) "(" integer ")" ;
    select      = "SELECT" "(" field { "," field } ")" ;
    """

    __slots__ = ()

    def step(self, source: Source, before: list[Step]) -> Step:
        """`step` of the grammar, set operators aside."""
        start, word = self.at, self.word()
        read = _STEPS.get(word)
        if read is None or word not in self.forms.steps:
            raise self._no_step(word)
        if isinstance(source, Segment) and not self.forms.segment_steps:
            raise self.refusal("nothing follows SEGMENT(…) in real-time queries", *self.forms.set_operators)
        if word == "TRAVERSE" and isinstance(source, Interaction):
            raise self.refusal("no TRAVERSE after INTERACTION: write them apart and join them by INTERSECT")
        if word == "TRAVERSE" and sum(isinstance(step, Traverse) for step in before) == MAX_NESTING:
            raise self.refusal(f"a path over more than {MAX_NESTING} relationships")
        if word == "HAVING" and any(isinstance(step, Having) for step in before):
            raise self.refusal("a second HAVING: only one may follow an INTERACTION")
        self.at += 1
        opening = self.open()
        step = read(self)
        self.close(opening, *(["&&", "||"] if word == "FILTER" else []))
        return replace(step, span=self.span(start))

    def _no_step(self, word: str) -> QueryError:
        if not word:
            return self.unexpected(*sorted(self.forms.steps))
        known = (*sorted(self.forms.steps), *(self.forms.set_operators if self.forms.set_methods else ()))
        if word in _STEPS:
            return self.refusal(f"{word} is no step of {self.forms.called} queries", *known)
        return self.unknown("step", known)

    def filter(self) -> Filter:
        """`FILTER` of the grammar, inside its parentheses."""
        return Filter(self.condition())

    def traverse(self) -> Traverse:
        """`TRAVERSE` of the grammar, inside its parentheses."""
        relationship = self.name("a relationship")
        alias: str | None = None
        edges: list[Condition] = []
        while self.tokens[self.at].kind == ",":
            self.at += 1
            if self.word() == "FILTER" and self.calls():
                self.at += 1
                edges.append(self._group())
            elif alias is None:
                alias = self.take(NAME, "an alias").text
            else:
                raise self.unexpected("FILTER")
        return Traverse(relationship, alias, tuple(edges))

    def relate(self, optional: bool) -> Relate:
        """`relate` of the grammar, inside its parentheses."""
        start = self.at
        relationship = self.name("a relationship")
        self.take(",")
        alias, table = self.take(NAME, "an alias").text, None
        if self.forms.nested_relate and self.tokens[self.at].kind == ".":
            self.at += 1
            table, alias = alias, self.take(NAME, "an alias").text
        then = self._then() if self.forms.nested_relate and self.tokens[self.at].kind == "," else None
        return Relate(relationship, alias, optional, then, table=table, span=self.span(start))

    def _then(self) -> Relate:
        self.at += 1
        word = self.word()
        if word not in ("RELATE", "RELATEOPTIONAL") or not self.calls():
            found = self.unexpected("RELATE", "RELATEOPTIONAL")
            raise self.refusal(f"a third argument is another relation: {found.message}", *found.expected)
        self.at += 1
        opening = self.open()
        relate = self.relate(word == "RELATEOPTIONAL")
        self.close(opening, ",")
        return relate

    def having(self) -> Having:
        """`HAVING` of the grammar, inside its parentheses."""
        aggregate = self.word()
        if aggregate not in AGGREGATES:
            raise self.unexpected(*AGGREGATES)
        self.at += 1
        opening = self.open()
        column: Field | None = None if aggregate == "COUNT" else self.field()
        self.close(opening)
        operator = self.tokens[self.at]
        if operator.kind not in COMPARISONS:
            raise self.unexpected(*sorted(COMPARISONS))
        self.at += 1
        number = self._signed()
        window = self._window() if self.tokens[self.at].kind == "," else None
        return Having(aggregate, column, operator.text, number, window)

    def _signed(self) -> Decimal:
        negative = self.tokens[self.at].kind == "-"
        self.at += negative
        number = Decimal(self.take(NUMBER, "a number").text)
        return -number if negative else number

    def _window(self) -> tuple[str, int]:
        self.at += 1
        unit = self.word()
        if unit not in self.forms.windows:
            raise self.unexpected(*sorted(self.forms.windows))
        self.at += 1
        opening = self.open()
        length = self.integer()
        self.close(opening)
        return unit, length

    def order_by(self) -> OrderBy:
        """`ORDERBY` of the grammar, inside its parentheses."""
        fields = [self._ordered()]
        while self.tokens[self.at].kind == ",":
            self.at += 1
            fields.append(self._ordered())
        return OrderBy(tuple(fields))

    def _ordered(self) -> tuple[Field, bool]:
        field = self.field()
        word = self.word()
        if word in ("ASC", "DESC"):
            self.at += 1
        return field, word == "DESC"

    def select(self) -> Select:
        """`SELECT` of the grammar, inside its parentheses."""
        fields = [self.field()]
        while self.tokens[self.at].kind == ",":
            self.at += 1
            fields.append(self.field())
        return Select(tuple(fields))


_STEPS: Final[Mapping[str, Callable[[StepReader], Step]]] = {
    "FILTER": StepReader.filter,
    "TRAVERSE": StepReader.traverse,
    "RELATE": lambda reader: reader.relate(optional=False),
    "RELATEOPTIONAL": lambda reader: reader.relate(optional=True),
    "HAVING": StepReader.having,
    "DISTINCT": lambda reader: Distinct(),
    "ORDERBY": StepReader.order_by,
    "SKIP": lambda reader: Skip(reader.integer()),
    "TAKE": lambda reader: Take(reader.integer()),
    "SELECT": StepReader.select,
}
