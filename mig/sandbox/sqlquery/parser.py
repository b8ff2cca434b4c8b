"""SQL read into a tree.

    statement  = "SELECT" [ "DISTINCT" ] [ "TOP" number ] item { "," item } "FROM" table { join }
                 [ "WHERE" or ] [ "GROUP" "BY" ref { "," ref } ] [ "ORDER" "BY" sort { "," sort } [ window ] ]
    item       = value [ [ "AS" ] name ]
    value      = ref | method "(" ( "*" | [ "DISTINCT" ] ref ) ")"
    table      = name [ [ "AS" ] name ]
    join       = [ "INNER" | "LEFT" [ "OUTER" ] ] "JOIN" table "ON" or
    sort       = value [ "ASC" | "DESC" ]
    window     = "OFFSET" number "ROWS" [ "FETCH" "NEXT" number "ROWS" "ONLY" ]
    or         = and { "OR" and }
    and        = not { "AND" not }
    not        = "NOT" not | "(" or ")" | test
    test       = operand operator operand | ref "IS" [ "NOT" ] "NULL" | ref [ "NOT" ] within
    within     = "LIKE" text | "IN" "(" literal { "," literal } ")" | "BETWEEN" literal "AND" literal
    ref        = [ name "." ] name
    literal    = text | [ "-" ] number | "NULL"

What T-SQL has besides is refused by its name.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from mig.sandbox.errors import not_emulated
from mig.sandbox.relational.errors import bad_sql, no_such_sql
from mig.sandbox.sqlquery.cursor import Cursor
from mig.sandbox.sqlquery.tree import (
    Aggregate,
    All,
    Among,
    Between,
    Compare,
    Condition,
    Empty,
    Item,
    Joined,
    Like,
    Literal,
    Operand,
    Opposite,
    Ref,
    Sort,
    Statement,
    TableRef,
    Value,
)
from mig.sandbox.sqlquery.words import words

MAX_DEPTH: Final = 64  # brackets and NOTs inside each other; ours, so that reading is never deep recursion

_T = TypeVar("_T")

_METHODS: Final = frozenset({"COUNT", "SUM", "AVG", "MIN", "MAX"})
_OPERATORS: Final = frozenset({"=", "!=", "<>", ">", "<", ">=", "<="})


def read_sql(text: str) -> Statement:
    """Read one SELECT; 400 with the position where it cannot be read, or with what is not supported."""
    return _Reader(words(text)).whole()


class _Reader(Cursor):
    """One method a production of the grammar above."""

    def whole(self) -> Statement:
        self.take("SELECT")
        distinct = self.skip("DISTINCT")
        top = self._top() if self.skip("TOP") else None
        items = self._several(self._item)
        self.take("FROM")
        table = self._table()
        if self.sees(","):
            raise not_emulated("FROM with several tables and no JOIN")
        joins = tuple(self._joins())
        where = self._either(0) if self.skip("WHERE") else None
        groups = self._several(self._ref) if self.skip("GROUP", "BY") else ()
        sorts = self._several(self._sort) if self.skip("ORDER", "BY") else ()
        offset, fetch = self._window() if sorts and self.skip("OFFSET") else (None, None)
        if self.next.kind != "end":
            raise self.error()
        if top is not None and offset is not None:
            raise bad_sql("TOP and OFFSET do not stand in one query.")
        most = top if top is not None else fetch
        return Statement(distinct, items, table, joins, where, groups, sorts, most, offset or 0)

    def _several(self, one: Callable[[], _T]) -> tuple[_T, ...]:
        found = [one()]
        while self.skip(","):
            found.append(one())
        return tuple(found)

    def _top(self) -> int:
        if not self.skip("("):
            return self.whole_number()
        number = self.whole_number()
        self.take(")")
        return number

    def _window(self) -> tuple[int, int | None]:
        offset = self.whole_number()
        self._rows()
        if not self.skip("FETCH"):
            return offset, None
        if not self.skip("FIRST"):
            self.take("NEXT")
        fetch = self.whole_number()
        self._rows()
        self.take("ONLY")
        return offset, fetch

    def _rows(self) -> None:
        if not self.skip("ROW"):
            self.take("ROWS")

    def _item(self) -> Item:
        return Item(self._value(), self._alias())

    def _alias(self) -> str | None:
        """`AS name`; without AS the name must not be a keyword."""
        if self.skip("AS") or self.sees_name():
            return self.name()
        return None

    def _value(self) -> Value:
        return self._aggregate() if self.sees_call() else self._ref()

    def _aggregate(self) -> Aggregate:
        method = self.text("name").upper()
        if method not in _METHODS:
            raise no_such_sql(f"The function {method}")
        self.take("(")
        if method == "COUNT" and self.skip("*"):
            self.take(")")
            return Aggregate("count")
        distinct = self.skip("DISTINCT")
        if distinct and method != "COUNT":
            raise no_such_sql(f"{method}(DISTINCT …)")
        column = self._ref()
        self.take(")")
        return Aggregate(method.lower(), column, distinct)

    def _ref(self) -> Ref:
        name = self.name().lower()
        if not self.skip("."):
            return Ref(name)
        if self.sees("*"):
            raise self.error()
        return Ref(self.name().lower(), name)

    def _table(self) -> TableRef:
        name = self.name().lower()
        if self.sees("."):
            raise no_such_sql("A schema in front of a table")
        return TableRef(name, (self._alias() or name).lower())

    def _joins(self) -> list[Joined]:
        found: list[Joined] = []
        while (outer := self._join_kind()) is not None:
            table = self._table()
            self.take("ON")
            found.append(Joined(table, self._either(0), outer))
        return found

    def _join_kind(self) -> bool | None:
        """Whether the join that comes next is an outer one; None where none comes."""
        if self.skip("JOIN") or self.skip("INNER", "JOIN"):
            return False
        return True if self.skip("LEFT", "JOIN") or self.skip("LEFT", "OUTER", "JOIN") else None

    def _sort(self) -> Sort:
        value = self._value()
        descending = self.skip("DESC")
        if not descending:
            self.skip("ASC")
        return Sort(value, descending)

    def _either(self, depth: int) -> Condition:
        items = [self._both(depth)]
        while self.skip("OR"):
            items.append(self._both(depth))
        return items[0] if len(items) == 1 else All("OR", tuple(items))

    def _both(self, depth: int) -> Condition:
        items = [self._unary(depth)]
        while self.skip("AND"):
            items.append(self._unary(depth))
        return items[0] if len(items) == 1 else All("AND", tuple(items))

    def _unary(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise bad_sql(f"the condition nests deeper than {MAX_DEPTH} levels.")
        if self.skip("NOT"):
            return Opposite(self._unary(depth + 1))
        if self.skip("("):
            inner = self._either(depth + 1)
            self.take(")")
            return inner
        return self._test()

    def _test(self) -> Condition:
        left = self._operand()
        if self.next.kind == "mark" and self.next.text in _OPERATORS:
            return Compare(left, self.text("mark"), self._operand())
        if not isinstance(left, Ref):
            raise self.error()
        if self.skip("IS"):
            negated = self.skip("NOT")
            self.take("NULL")
            return Opposite(Empty(left)) if negated else Empty(left)
        if self.skip("NOT"):
            return Opposite(self._within(left))
        return self._within(left)

    def _within(self, column: Ref) -> Condition:
        if self.skip("LIKE"):
            return Like(column, self.text("text"))
        if self.skip("BETWEEN"):
            low = self._literal()
            self.take("AND")
            return Between(column, low, self._literal())
        self.take("IN", "(")
        values = self._several(self._literal)
        self.take(")")
        return Among(column, values)

    def _operand(self) -> Operand:
        return self._ref() if self.sees_name() else self._literal()

    def _literal(self) -> Literal:
        if self.skip("NULL"):
            return Literal(None)
        if self.skip("-"):
            return Literal(f"-{self.text('number')}")
        return Literal(self.text("text", "number"))
