"""Conditions on one table, outbound to real-time.

Null, case and time zones are not touched: what is written means the same in both, whatever that is.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mig.query.dates import constant_date
from mig.query.names import unknown_alias
from mig.query.rewrite.rules import Notes
from mig.query.rewrite.unproven import TOLD, Unproven
from mig.query.tree import (
    And,
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
    NullTest,
    Number,
    Or,
    Text,
    Value,
    all_of,
    any_of,
)

_TURNED: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_LITERAL: Final = (Text, Number, Bool)
_LARGEST: Final = 2**31 - 1
_NO_DATE_FIX: Final = "correct the date in the outbound query, or state the real-time query in the manifest"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Rewrites the conditions on one row.

    `called` is its alias in the outbound query, `alias` the one it gets; None for the base table, which has
    none. `known` are all aliases of the operand, to be suggested. In lower case.
    """

    called: str | None
    alias: str | None
    known: Collection[str]
    notes: Notes

    def rewrite(self, condition: Condition) -> Condition:
        """The same condition in real-time forms."""
        match condition:
            case And(items):
                return all_of(map(self.rewrite, items), condition.span)
            case Or(items):
                return any_of(map(self.rewrite, items), condition.span)
            case Not(item):
                return Not(self.rewrite(item), span=condition.span)
            case NullTest(field, present):
                return NullTest(self.column(field), present, span=condition.span)
            case Match():
                return self.match(condition)
            case In():
                return self.in_list(condition)
            case Compare():
                return self.compare(self.turned(condition))

    # --- predicates ---------------------------------------------------------------------------------------

    def turned(self, compare: Compare) -> Compare:
        """`5 < column` is `column > 5`: each comparison is the converse of its turned one, nulls included."""
        if not _is_literal(compare.left) or not isinstance(compare.right, Field):
            return compare
        turned = Compare(compare.right, _TURNED[compare.op], compare.left, span=compare.span)
        self.notes.apply("swap-sides", [compare.span], [turned])
        return turned

    def compare(self, compare: Compare) -> Compare:
        """A column with a literal is the same in both; anything else is kept word for word."""
        plain = isinstance(compare.left, Field) and _is_literal(compare.right)
        if not plain and _is_simple(compare.left) and _is_simple(compare.right):
            both = isinstance(compare.left, Field)
            form = Unproven.COLUMNS if both else Unproven.CONSTANTS
            self.notes.inherited(form, TOLD[form], compare)
        left, right = self.value(compare.left), self.value(compare.right)
        return Compare(left, compare.op, right, span=compare.span)

    def match(self, match: Match) -> Match:
        """CONTAINS is the same word; STARTSWITH and ENDSWITH are never replaced by it."""
        if match.op != "CONTAINS":
            self.notes.inherited(Unproven.PREFIXES, match.op, match)
        return Match(self.column(match.field), match.op, self.text(match.text), span=match.span)

    def in_list(self, condition: In) -> In:
        """`IN (…)` and `IN […]` are spellings of one list."""
        self.notes.apply("list-brackets", [condition.span], [condition])
        if _is_simple(condition.value) and not (
            isinstance(condition.value, Field) and all(map(_is_literal, condition.items))
        ):
            self.notes.inherited(Unproven.LISTS, "such a list", condition)
        items = tuple(map(self.value, condition.items))
        return In(self.value(condition.value), items, span=condition.span)

    # --- values -------------------------------------------------------------------------------------------

    def value(self, value: Value) -> Value:
        """A side of a predicate."""
        if isinstance(value, DateOf) and _is_literal(value):
            return self.date_literal(value)
        if not _is_simple(value):
            arithmetic = isinstance(value, Arithmetic | Negative)
            form = Unproven.ARITHMETIC if arithmetic else Unproven.DATES
            self.notes.inherited(form, "arithmetic" if arithmetic else "a date function", value)
        return self.inner(value)

    def inner(self, value: Value) -> Value:
        """Kept word for word, names and strings aside."""
        match value:
            case Field():
                return self.column(value)
            case Text():
                return self.text(value)
            case Number():
                return self.number(value)
            case Bool():
                self.notes.apply("lower-case-booleans", [value.span], [value])
                return value
            case Negative(item):
                return replace(value, value=self.inner(item))
            case Arithmetic(first, rest):
                turned = tuple((operator, self.inner(item)) for operator, item in rest)
                return replace(value, first=self.inner(first), rest=turned)
            case DateDiff(_, start, stop):
                return replace(value, start=self.inner(start), stop=self.inner(stop))
            case DateAdd(_, amount, date):
                return replace(value, amount=self.inner(amount), date=self.inner(date))
            case DateOf(parts):
                return replace(value, parts=tuple(map(self.inner, parts)))
        return value

    def column(self, field: Field) -> Field:
        """`alias.Column` of the base table is `column`; that of another row has the alias of that row."""
        if field.alias and field.alias.lower() != self.called:
            self.notes.add(unknown_alias(field, self.known, self.notes.findings))
        if field.alias and self.alias is None:
            self.notes.apply("drop-alias", [field.span], [Field(field.name)])
        name = field.name.lower()
        if name != field.name:
            self.notes.apply("lower-case-names", [field.span], [Field(name, field.alias)])
        return Field(name, self.alias, span=field.span)

    def text(self, text: Text) -> Text:
        """The same string; how the real-time language escapes is not public (D-1)."""
        if text.quote == '"':
            self.notes.apply("single-quotes", [text.span], [text])
            fix = "check that outbound took the query as it was meant"
            self.notes.warn("QRY033", "a double-quoted string; no public query has one", fix, text.span)
        if "'" in text.value or "\\" in text.value:
            sign = "an apostrophe" if "'" in text.value else "a backslash"
            fix = "compare the members after the segment was published"
            self.notes.warn("QRY031", f"{sign} in a string is written with a backslash", fix, text.span)
        return Text(text.value, span=text.span)

    def number(self, number: Number) -> Number:
        """The same number; whether real-time queries take more than 32 bits is not public."""
        if abs(number.value) > _LARGEST:
            fix = "compare the members after the segment was published"
            self.notes.warn("QRY035", f"{number.value:f} does not fit into 32 bits", fix, number.span)
        return number

    def date_literal(self, date: DateOf) -> Value:
        """DATE(y, m, d[, h, min, s, ms]) of constants is the moment that the ISO literal names."""
        moment = constant_date(date)
        if moment is None:
            self.notes.refuse("QRY021", "DATE(…) names no date that exists", _NO_DATE_FIX, date.span)
            return date
        text = Text(_iso(moment, with_time=len(date.parts) > 3), span=date.span)
        self.notes.apply("date-literal", [date.span], [text])
        return text


def _iso(moment: datetime, *, with_time: bool) -> str:
    if not with_time:
        return moment.date().isoformat()
    precision = "milliseconds" if moment.microsecond else "seconds"
    return f"{moment.replace(tzinfo=None).isoformat(timespec=precision)}Z"


def _is_literal(value: Value) -> bool:
    if isinstance(value, _LITERAL):
        return True
    if isinstance(value, DateOf):
        return all(isinstance(part, Number) for part in value.parts)
    return isinstance(value, Negative) and isinstance(value.value, Number)


def _is_simple(value: Value) -> bool:
    return isinstance(value, Field) or _is_literal(value)
