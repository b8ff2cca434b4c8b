"""The tree both languages are read into.

A query is a set expression: a first operand and a list of set operators with their operands, read left to
right (`reference: equal precedence`). Everything that can be long in real text is a flat tuple, so that
neither reading nor walking a long query is deep recursion; what nests is bounded by the parser.

Nodes compare by meaning. Where a node came from (`span`) and how it was spelled (`method`, `quote`) is kept
for messages and does not take part in comparison. Nodes are in normal form: an `And` never directly contains
an `And`, an `Or` never an `Or`, the first operand of a query is never a bare parenthesised query.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Dialect(StrEnum):
    """The two languages."""

    OUTBOUND = "outbound"
    RTM = "rtm"


class Span(NamedTuple):
    """A stretch of the text: offsets in code points from 0, end exclusive."""

    start: int
    end: int

    def line_in(self, text: str) -> int:
        """The line in which it begins, from 1."""
        return text.count("\n", 0, self.start) + 1

    def column_in(self, text: str) -> int:
        """The column in which it begins, from 1, in code points."""
        return self.start - text.rfind("\n", 0, self.start)


NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node has."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# --- values -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A column, `column` or `alias.column`, spelled as written; names compare in lower case."""

    name: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string literal; `quote` is the character it was written in.

    `stands_for` is the id that was written there, where the target knows the row by another (`query.ids`).
    """

    value: str
    quote: str = field(default="'", compare=False, kw_only=True)
    stands_for: str | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number without a sign."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Bool(Node):
    """`True` or `False`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """`-value`."""

    value: "Value"


@dataclass(frozen=True, slots=True)
class Now(Node):
    """`DATETIMEUTCNOW()`: now, in UTC, to the minute."""


@dataclass(frozen=True, slots=True)
class DateDiff(Node):
    """`DATEDIFF(part, start, end)`: part boundaries crossed from start to end."""

    part: str
    start: "Value"
    stop: "Value"


@dataclass(frozen=True, slots=True)
class DateAdd(Node):
    """`DATEADD(part, amount, date)`."""

    part: str
    amount: "Value"
    date: "Value"


@dataclass(frozen=True, slots=True)
class DateOf(Node):
    """`DATE(y, m, d[, h, min, s, ms])`: three to seven numbers."""

    parts: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`first op value op value …`, operators of one precedence (`+ -` or `* /`), left to right."""

    first: "Value"
    rest: tuple[tuple[str, "Value"], ...]


Value = Field | Text | Number | Bool | Negative | Now | DateDiff | DateAdd | DateOf | Arithmetic


# --- conditions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class And(Node):
    """All hold; two or more."""

    items: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """At least one holds; two or more."""

    items: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """`NOT(condition)`."""

    item: "Condition"


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`left op right`; `op` is one of `== != > >= < <=`."""

    left: Value
    op: str
    right: Value


@dataclass(frozen=True, slots=True)
class NullTest(Node):
    """`ISNULL(field)`, or `ISNOTNULL(field)` with `present`."""

    field: Field
    present: bool


@dataclass(frozen=True, slots=True)
class Match(Node):
    """`field CONTAINS 'text'`; `op` is CONTAINS, STARTSWITH or ENDSWITH."""

    field: Field
    op: str
    text: Text


@dataclass(frozen=True, slots=True)
class In(Node):
    """`value IN (…)`, `value IN […]`."""

    value: Value
    items: tuple[Value, ...]


Condition = And | Or | Not | Compare | NullTest | Match | In


# --- operands and steps -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Profile(Node):
    """`PROFILE(table[, alias])`."""

    table: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Segment(Node):
    """`SEGMENT(name)`: the members of another segment, as last evaluated."""

    name: str


@dataclass(frozen=True, slots=True)
class Interaction(Node):
    """`INTERACTION(type, link)`: profiles linked to interactions of a type."""

    type: str
    link: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`.FILTER(condition)` on the current node."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Traverse(Node):
    """`.TRAVERSE(relationship[, alias][, FILTER(edge)])`: on to all linked rows."""

    relationship: str
    alias: str | None = None
    edges: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Relate(Node):
    """`.RELATE(relationship, alias[, RELATE(…)])`: the node stays, a linked row must exist.

    `optional` is RELATEOPTIONAL. `table` is the `table.alias` spelling's table.
    """

    relationship: str
    alias: str
    optional: bool = False
    then: "Relate | None" = None
    table: str | None = field(default=None, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Having(Node):
    """`.HAVING(COUNT() > 10, UTCDAYS(7))`; `column` is None for COUNT, `window` is (unit, length)."""

    aggregate: str
    column: Field | None
    op: str
    number: Decimal
    window: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Distinct(Node):
    """`.DISTINCT()`: no effect on a set of members."""


@dataclass(frozen=True, slots=True)
class OrderBy(Node):
    """`.ORDERBY(field [ASC|DESC], …)`; the flag is True for DESC."""

    fields: tuple[tuple[Field, bool], ...]


@dataclass(frozen=True, slots=True)
class Skip(Node):
    """`.SKIP(n)`."""

    count: int


@dataclass(frozen=True, slots=True)
class Take(Node):
    """`.TAKE(n)`."""

    count: int


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`.SELECT(field, …)`."""

    fields: tuple[Field, ...]


Step = Filter | Traverse | Relate | Having | Distinct | OrderBy | Skip | Take | Select
PAGING = (OrderBy, Skip, Take, Select)


@dataclass(frozen=True, slots=True)
class Operand(Node):
    """A source and the steps applied to it, in order. A `Query` as source was in parentheses."""

    source: "Profile | Segment | Interaction | Query"
    steps: tuple[Step, ...] = ()


class SetOp(StrEnum):
    """Set operators. MINUS is read as EXCEPT."""

    UNION = "UNION"
    INTERSECT = "INTERSECT"
    EXCEPT = "EXCEPT"


@dataclass(frozen=True, slots=True)
class SetTerm(Node):
    """An operator and its right operand; `method` when it was written `.UNION(…)`."""

    op: SetOp
    operand: Operand
    method: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A set expression, read left to right: `((first op operand) op operand) …`."""

    first: Operand
    rest: tuple[SetTerm, ...] = ()


# --- building in normal form ------------------------------------------------------------------------------


def all_of(items: Iterable[Condition], span: Span = NOWHERE) -> Condition:
    """The conjunction of at least one condition, flat."""
    flat = [part for item in items for part in (item.items if isinstance(item, And) else (item,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat), span=span)


def any_of(items: Iterable[Condition], span: Span = NOWHERE) -> Condition:
    """The disjunction of at least one condition, flat."""
    flat = [part for item in items for part in (item.items if isinstance(item, Or) else (item,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat), span=span)


def chain(first: Operand, rest: Iterable[SetTerm], span: Span = NOWHERE) -> Query:
    """A set expression in normal form: a bare parenthesised query at the front is opened."""
    if isinstance(first.source, Query) and not first.steps:
        inner = first.source
        return Query(inner.first, (*inner.rest, *rest), span=span)
    return Query(first, tuple(rest), span=span)


def grouped(query: Query) -> Operand:
    """A query as one operand; a single operand needs no parentheses."""
    return Operand(query, span=query.span) if query.rest else query.first
