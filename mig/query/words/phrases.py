"""What values and single conditions say, in words that cannot be taken for anything else.

A text stands bare only where it reads as one word and is no word of ours; else in quotes, exactly as it is. A
choice shows its number and, where metadata has it, its label.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from mig.model.tables import CHOICES, Column, ColumnType, Schema
from mig.query.audience import Rows, Sets, columns_in
from mig.query.dates import constant_date
from mig.query.meaning import DAY, TURNED
from mig.query.scope import table_in_alias
from mig.query.tree import (
    Arithmetic,
    Bool,
    Compare,
    DateAdd,
    DateDiff,
    DateOf,
    Field,
    In,
    Match,
    Negative,
    Now,
    NullTest,
    Number,
    Text,
    Value,
)
from mig.query.walk import Predicate
from mig.query.words.labels import column_label, table_label

_BARE: Final = re.compile(r"[^\W\d_](?:[\w@-]|\.(?=\w))*")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z?)?")
_OURS: Final = frozenset(
    {"and", "empty", "filled", "is", "minus", "no", "not", "now", "one", "or", "the", "yes"}
)
_VERBS: Final = {
    "==": "is",
    "!=": "is not",
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
}
_MOMENT_VERBS: Final = {
    **_VERBS,
    ">": "is after",
    ">=": "is on or after",
    "<": "is before",
    "<=": "is on or before",
}
_MATCHES: Final = {"CONTAINS": "contains", "STARTSWITH": "starts with", "ENDSWITH": "ends with"}


@dataclass(frozen=True, slots=True)
class Clause:
    """`subject says`, about a column of the rows in question (`own`) or about something else."""

    subject: str
    says: str
    own: bool

    def __str__(self) -> str:
        return f"{self.subject} {self.says}"

    @property
    def relative(self) -> str:
        """After a noun: `whose city is Oslo`."""
        return f"whose {self}" if self.own else f"for which {self}"


@dataclass(frozen=True)
class Phrases:
    """Words for one audience, or for several that are compared: in all of them a label means one column."""

    schema: Schema
    audiences: tuple[Sets, ...]

    # --- names --------------------------------------------------------------------------------------------

    def table(self, name: str) -> str:
        """`account`; its own name beside it where another table is called the same."""
        if not _NAME.fullmatch(name):
            return text(name)
        label, own = table_label(name), table_label(name.lower())
        others = self._tables[label] - (own == label)
        return f"{label} ({name})" if others > 0 else label

    def column(self, field: Field, rows: Rows) -> str:
        """`industry`; of other rows `industry of account_1`."""
        table = table_in_alias(field.alias) if field.alias else rows.table
        label = self.column_of(field.name, table)
        return f"{label} of {field.alias}" if field.alias else label

    def column_of(self, name: str, table: str | None) -> str:
        """What a column is called; its own name beside it where another column is called the same."""
        tail = _tail(self._metadata(name, table))
        label, own = column_label(name, tail), column_label(name.lower(), tail)
        others = self._columns[tail][label] - (own == label)
        return f"{label} ({name})" if others > 0 else label

    @cached_property
    def _everything(self) -> tuple[Rows, ...]:
        return tuple(rows for sets in self.audiences for rows in every(sets))

    @cached_property
    def _tables(self) -> Counter[str]:
        """How many tables have a label."""
        return Counter(map(table_label, {rows.table.lower() for rows in self._everything if rows.table}))

    @cached_property
    def _columns(self) -> Mapping[str, Counter[str]]:
        """How many columns have a label, for each tail."""
        names = {
            field.name.lower()
            for rows in self._everything
            for condition in rows.conditions
            for field in columns_in(condition)
        }
        return {tail: Counter(column_label(name, tail) for name in names) for tail in _TAILS}

    def _metadata(self, name: str, table: str | None) -> Column | None:
        found = self.schema.get(table) if table else None
        return found.columns.get(name.lower()) if found else None

    def _column(self, value: Value, rows: Rows) -> Column | None:
        if not isinstance(value, Field):
            return None
        return self._metadata(value.name, table_in_alias(value.alias) if value.alias else rows.table)

    # --- conditions ---------------------------------------------------------------------------------------

    def clause(self, predicate: Predicate, rows: Rows) -> Clause:
        """One condition that joins no others."""
        match predicate:
            case NullTest():
                says = "is filled in" if predicate.present else "is empty"
                return self._about(predicate.field, says, rows)
            case Match():
                says = f"{_MATCHES[predicate.op]} {text(predicate.text.value)}"
                return self._about(predicate.field, says, rows)
            case In():
                column = self._column(predicate.value, rows)
                items = ", ".join(self.value(item, rows, column) for item in predicate.items)
                return self._about(predicate.value, f"is one of {items}", rows)
        return self._compared(predicate, rows)

    def _compared(self, predicate: Compare, rows: Rows) -> Clause:
        left, op, right = predicate.left, predicate.op, predicate.right
        if isinstance(right, Field) and not isinstance(left, Field):
            left, op, right = right, TURNED[op], left
        column = self._column(left, rows)
        moment = any(_is_moment(value, column) for value in (left, right))
        verb = (_MOMENT_VERBS if moment else _VERBS)[op]
        alike = " the same as" if isinstance(right, Field) and op in ("==", "!=") else ""
        return self._about(left, f"{verb}{alike} {self.value(right, rows, column)}", rows)

    def _about(self, value: Value, says: str, rows: Rows) -> Clause:
        if isinstance(value, Field):
            return Clause(self.column(value, rows), says, own=value.alias is None)
        return Clause(self.value(value, rows), says, own=False)

    # --- values -------------------------------------------------------------------------------------------

    def value(self, value: Value, rows: Rows, column: Column | None = None) -> str:
        """A value; `column` is what it is compared with."""
        match value:
            case Text():
                shown = value.value if _is_moment(value, column) else text(value.value)
                return _option(shown, value.value, column)
            case Number():
                return _option(f"{value.value:f}", f"{value.value:f}", column)
            case Field():
                return f"the {self.column(value, rows)}"
            case Arithmetic():
                rest = "".join(f" {operator} {self._part(item, rows)}" for operator, item in value.rest)
                return self._part(value.first, rows) + rest
        return _VALUES[type(value)](self, value, rows)

    def _part(self, value: Value, rows: Rows) -> str:
        inner = self.value(value, rows)
        return f"({inner})" if isinstance(value, Arithmetic | DateAdd | DateDiff) else inner

    def _negative(self, value: Negative, rows: Rows) -> str:
        if isinstance(value.value, Number):
            return f"-{self.value(value.value, rows)}"
        return f"minus {self._part(value.value, rows)}"

    def _date_diff(self, value: DateDiff, rows: Rows) -> str:
        start, stop = self._part(value.start, rows), self._part(value.stop, rows)
        return f"the number of {value.part}s from {start} to {stop}"

    def _date_add(self, value: DateAdd, rows: Rows) -> str:
        amount, sign = value.amount, "plus"
        if isinstance(amount, Negative) and isinstance(amount.value, Number):
            amount, sign = amount.value, "minus"
        one = isinstance(amount, Number) and amount.value == 1
        units = value.part if one else f"{value.part}s"
        return f"{self._part(value.date, rows)} {sign} {self._part(amount, rows)} {units}"

    def _date_of(self, value: DateOf, rows: Rows) -> str:
        moment = constant_date(value)
        if moment is None:
            return f"the date ({', '.join(self.value(part, rows) for part in value.parts)})"
        whole = moment.replace(tzinfo=None) if len(value.parts) > DAY else moment.date()
        return whole.isoformat()


_VALUES: Final[Mapping[type, Callable[[Phrases, Any, Rows], str]]] = {
    Bool: lambda phrases, value, rows: "yes" if value.value else "no",
    Now: lambda phrases, value, rows: "now",
    Negative: Phrases._negative,
    DateDiff: Phrases._date_diff,
    DateAdd: Phrases._date_add,
    DateOf: Phrases._date_of,
}


def text(value: str) -> str:
    """A literal as it is: bare where it is one word or an id, else in quotes."""
    if _GUID.fullmatch(value) or (_BARE.fullmatch(value) and value.lower() not in _OURS):
        return value
    return "'" + visible(value.replace("\\", "\\\\").replace("'", "\\'")) + "'"


def visible(written: str) -> str:
    """Text with its control characters spelled out: none of them reaches a terminal."""
    if written.isprintable():
        return written
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in written
    )


def every(sets: Sets) -> Iterable[Rows]:
    """All rows an audience speaks of."""
    for rows in (sets.first, *(rows for _, rows in sets.rest)):
        yield from _inside(rows)


def _inside(rows: Rows) -> Iterable[Rows]:
    yield rows
    if isinstance(rows.source, Rows):
        yield from _inside(rows.source)
    elif isinstance(rows.source, Sets):
        yield from every(rows.source)
    for link in rows.links:
        yield from _inside(link.rows)


_TAILS: Final = ("", "id", "code")


def _tail(column: Column | None) -> str:
    """What a logical name ends on and nobody says: `id` of lookups, `code` of choices."""
    if column is None:
        return ""
    return "id" if column.is_lookup else "code" if column.type in CHOICES else ""


def _option(shown: str, written: str, column: Column | None) -> str:
    if column is None or not column.options or not written.isdecimal():
        return shown
    label = column.options.get(int(written)) if len(written) <= 10 else None
    return f"{shown} ({visible(label)})" if label else shown


def _is_moment(value: Value, column: Column | None) -> bool:
    """Whether a value is a date; of a text only metadata says so, and where there is none, its form."""
    if column is not None and column.type is not ColumnType.DATE_TIME:
        return False
    if isinstance(value, Text):
        return _DATE.fullmatch(value.value) is not None
    return isinstance(value, Now | DateAdd | DateOf) or (isinstance(value, Field) and column is not None)
