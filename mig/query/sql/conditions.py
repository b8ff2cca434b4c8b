"""Conditions to SQL predicates over one row of a table.

NOT is pushed down to the predicates (De Morgan holds with unknown as a third value). Above them stand only
AND and OR, where unknown counts as false; so deep inside, a part may become a set of ids of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mig.query.sql.literals import Family
from mig.query.sql.pieces import Sql, grouped_list, listed, qualified, quoted, sql
from mig.query.sql.values import Values
from mig.query.tree import And, Compare, Condition, In, Match, Not, NullTest, Or
from mig.query.walk import Predicate, height

_OPERATORS: Final = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_DEEPEST: Final = 8
"""SQLite's own parser holds about 100 open constructs."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Compiles conditions; `aside` takes a SELECT of ids and returns the name to read it by."""

    values: Values
    aside: Callable[[Sql], str]

    def where(self, condition: Condition) -> Sql:
        """True for the rows that meet the condition."""
        return self._compiled(condition, negated=False, depth=0)

    def _compiled(self, condition: Condition, *, negated: bool, depth: int) -> Sql:
        if isinstance(condition, Not):
            return self._compiled(condition.item, negated=not negated, depth=depth)
        if not isinstance(condition, And | Or):
            predicate = self._predicate(condition)
            return sql("NOT ({})", predicate) if negated else predicate
        glue = " AND " if isinstance(condition, And) is not negated else " OR "
        inner = 0 if depth == _DEEPEST else depth + 1
        # SQLite adds up the heights of what nests; in a list, the last item stands highest.
        ordered = sorted(condition.items, key=height)
        items = [self._compiled(item, negated=negated, depth=inner) for item in ordered]
        joined = grouped_list(items, glue)
        return self._set_aside(joined) if depth == _DEEPEST else sql("({})", joined)

    def _set_aside(self, condition: Sql) -> Sql:
        table = self.values.table
        key = qualified(table, table.primary_id)
        name = self.aside(sql(f"SELECT {key} FROM {quoted(table.name)} WHERE {{}}", condition))
        return Sql(f"{key} IN (SELECT id FROM {name})")

    def _predicate(self, predicate: Predicate) -> Sql:
        if isinstance(predicate, NullTest):
            name = qualified(self.values.table, self.values.column(predicate.field).name)
            return Sql(f"{name} IS NOT NULL" if predicate.present else f"{name} IS NULL")
        compared = self._compared(predicate)
        if self.values.semantics.empty_is_unknown:
            return compared
        unequal = isinstance(predicate, Compare) and predicate.op == "!="
        return sql(f"coalesce({{}}, {int(unequal)})", compared)

    def _compared(self, predicate: Compare | In | Match) -> Sql:
        values = self.values
        if isinstance(predicate, Compare):
            family = values.family(predicate.left, predicate.right)
            left = values.expression(predicate.left, family)
            right = values.expression(predicate.right, family)
            return sql(f"{{}} {_OPERATORS[predicate.op]} {{}}", left, right)
        if isinstance(predicate, In):
            family = values.family(predicate.value, *predicate.items)
            items = (values.expression(item, family) for item in predicate.items)
            return sql("{} IN ({})", values.expression(predicate.value, family), listed(items, ", "))
        return self._matched(predicate)

    def _matched(self, match: Match) -> Sql:
        """Plain string search: LIKE would give `%` and `_` in the text a meaning."""
        column = self.values.expression(match.field, Family.TEXT)
        text = self.values.expression(match.text, Family.TEXT)
        length = len(str(text.parameters[0]))
        if match.op == "CONTAINS" or not length:
            return sql("instr({}, {}) > 0", column, text)
        start = f"-{length}" if match.op == "ENDSWITH" else f"1, {length}"
        return sql(f"substr({{}}, {start}) = {{}}", column, text)
