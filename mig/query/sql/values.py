"""Values to SQL expressions over one row of a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mig.model.tables import Column, Table
from mig.query.dates import constant_date, stored
from mig.query.sql.literals import Family, family_of, stored_literal
from mig.query.sql.pieces import NotEvaluated, Sql, listed, qualified, sql
from mig.query.sql.semantics import Semantics
from mig.query.tree import (
    Arithmetic,
    Bool,
    DateAdd,
    DateDiff,
    DateOf,
    Field,
    Negative,
    Now,
    Number,
    Text,
    Value,
)

_LITERALS: Final = {Number: Family.NUMBER, Bool: Family.BOOLEAN, Text: Family.TEXT}
_DEEPEST: Final = 8
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Values:
    """Compiles values over rows of `table`; `alias` is what the query calls it, `now` in UTC."""

    table: Table
    alias: str | None
    semantics: Semantics
    now: datetime

    def column(self, field: Field) -> Column:
        """The column a field means; `NotEvaluated` when there is none."""
        if field.alias and field.alias.lower() != self.alias:
            raise NotEvaluated(f"the query does not define the alias {field.alias}", field.span)
        column = self.table.columns.get(field.name.lower())
        if column is None:
            raise NotEvaluated(f"{self.table.name} has no column {field.name}", field.span)
        return column

    def family(self, *values: Value) -> Family:
        """What values that are compared with each other have in common: columns decide before literals."""
        stated = {family for value in values if (family := self._stated(value))}
        if len(stated) > 1:
            families = " with ".join(sorted(family.value for family in stated))
            raise NotEvaluated(f"compares {families}", values[0].span)
        if stated:
            return stated.pop()
        literals = [family for value in values if (family := _LITERALS.get(type(value)))]
        return min(literals, key=list(_LITERALS.values()).index)

    def _stated(self, value: Value) -> Family | None:
        """The family of anything but a literal."""
        if isinstance(value, Field):
            column = self.column(value)
            family = family_of(column)
            if family is None:
                raise NotEvaluated(f"columns of type {column.type} are not compared", value.span)
            return family
        if isinstance(value, Now | DateAdd | DateOf):
            return Family.MOMENT
        return Family.NUMBER if isinstance(value, DateDiff | Arithmetic | Negative) else None

    def expression(self, value: Value, family: Family, depth: int = 0) -> Sql:
        """The value, of this family."""
        if depth > _DEEPEST:
            raise NotEvaluated("values nested this deep are not evaluated", value.span)
        if isinstance(value, Text | Number | Bool):
            return Sql("?", (stored_literal(value, family, ignore_case=self.semantics.ignore_case),))
        stated = self._stated(value)
        if stated is not family:
            raise NotEvaluated(f"not {family.value}", value.span)
        return self._computed(value, depth + 1)

    def _computed(self, value: Value, depth: int) -> Sql:
        match value:
            case Field():
                return self.stored(value)
            case Now():
                return Sql("?", (stored(self.now.replace(second=0)),))
            case DateDiff(part, start, stop):
                moments = (self.expression(moment, Family.MOMENT, depth) for moment in (start, stop))
                return sql("mig_datediff({}, {}, {})", Sql("?", (part,)), *moments)
            case DateAdd(part, amount, date):
                count = self.expression(amount, Family.NUMBER, depth)
                moment = self.expression(date, Family.MOMENT, depth)
                return sql("mig_dateadd({}, {}, {})", Sql("?", (part,)), count, moment)
            case DateOf():
                return self._date(value, depth)
            case Negative(item):
                return sql("(-{})", self.expression(item, Family.NUMBER, depth))
            case Arithmetic():
                return sql("({})", listed(self._terms(value, depth), " "))
        raise AssertionError(value)

    def stored(self, field: Field) -> Sql:
        """A column as it is compared."""
        column = self.column(field)
        name = qualified(self.table, column.name)
        family = family_of(column)
        if family is Family.TEXT and self.semantics.ignore_case:
            return Sql(f"mig_fold({name})")
        return Sql(f"({name} || 'T00:00:00Z')" if column.date_only else name)

    def _date(self, date: DateOf, depth: int) -> Sql:
        if all(isinstance(part, Number) for part in date.parts):
            moment = constant_date(date)
            if moment is None:
                raise NotEvaluated("DATE(…) names no date that exists", date.span)
            return Sql("?", (stored(moment),))
        parts = (self.expression(part, Family.NUMBER, depth) for part in date.parts)
        return sql("mig_date({})", listed(parts, ", "))

    def _terms(self, value: Arithmetic, depth: int) -> Iterator[Sql]:
        if len(value.rest) > _LONGEST:
            raise NotEvaluated(f"arithmetic of more than {_LONGEST} terms is not evaluated", value.span)
        yield self.expression(value.first, Family.NUMBER, depth)
        for operator, item in value.rest:
            term = self.expression(item, Family.NUMBER, depth)
            # `/` keeps fractions whatever the types of its sides; SQLite would cut between whole numbers.
            yield sql("* 1.0 / {}" if operator == "/" else operator + " {}", term)
