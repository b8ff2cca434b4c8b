"""The tree with its names looked up: which columns of which tables, in what order."""

from collections.abc import Iterator
from dataclasses import dataclass

from mig.sandbox.errors import not_emulated
from mig.sandbox.odata.options import Order
from mig.sandbox.odata.scope import Place, Reader, Scope, root
from mig.sandbox.relational.aggregates import ROWS, aggregated, counted
from mig.sandbox.relational.cells import Output
from mig.sandbox.relational.errors import bad_sql, no_query_column, no_query_table
from mig.sandbox.relational.select import TRUE, Join, Select, decisive, sort
from mig.sandbox.rendering import Wanted
from mig.sandbox.sqlquery.conditions import condition
from mig.sandbox.sqlquery.parser import read_sql
from mig.sandbox.sqlquery.tree import Aggregate, Item, Ref, Sort, Statement, TableRef, Value


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """What to select; at most how many rows, if the query says so, after passing over `offset` rows."""

    select: Select
    shape: str
    aggregate: bool
    most: int | None
    offset: int


def read_query(text: str, reader: Reader, wanted: Wanted) -> SqlQuery:
    """Read `?sql=`; 400 for what it cannot be."""
    statement = read_sql(text)
    return _Resolver(statement, reader).whole(wanted)


class _Resolver:
    """Tables become known in the order in which they are joined, as ON may name only those before."""

    def __init__(self, statement: Statement, reader: Reader) -> None:
        self._statement = statement
        self._reader = reader
        self._scopes: dict[str, Scope] = {}
        self._root = self._add(statement.table)
        self._joins = tuple(
            Join(self._add(join.table), condition(join.on, self._place), join.outer)
            for join in statement.joins
        )
        self._aggregate = bool(statement.groups) or any(
            isinstance(item.value, Aggregate) for item in statement.items
        )
        self._by = tuple({self._place(ref).expression: None for ref in statement.groups})
        self._outputs = tuple(self._output(item) for item in statement.items)

    def whole(self, wanted: Wanted) -> SqlQuery:
        """The query."""
        statement = self._statement
        names = [output.name for output in self._outputs]
        for name in names:
            if names.count(name) > 1:
                raise bad_sql(f"two columns are called '{name}': name one with AS.")
        select = Select(
            scope=self._root,
            cells=tuple(cell for output in self._outputs for cell in output.cells(wanted)),
            orders=decisive(self._orders()),
            joins=self._joins,
            where=condition(statement.where, self._place) if statement.where is not None else TRUE,
            groups=self._groups(),
        )
        shape = f"({','.join(names)})"
        return SqlQuery(select, shape, self._aggregate, statement.most, statement.offset)

    def _add(self, table: TableRef) -> Scope:
        found = self._reader.schema.tables.get(table.name)
        if found is None:
            raise no_query_table(table.name)
        if table.alias in self._scopes:
            raise bad_sql(f"two tables are called '{table.alias}'.")
        first = not self._scopes
        scope = root(self._reader, found) if first else Scope(self._reader, found, f"j{len(self._scopes)}")
        self._scopes[table.alias] = scope
        return scope

    def _place(self, ref: Ref) -> Place:
        return self._found(ref)[0]

    def _found(self, ref: Ref) -> tuple[Place, Scope]:
        """The column that a name means; without a table in front of it there must be only one."""
        if ref.table is not None and ref.table not in self._scopes:
            raise bad_sql(f"no table of the query is called '{ref.table}'.")
        scopes = self._scopes.values() if ref.table is None else [self._scopes[ref.table]]
        found = [scope for scope in scopes if ref.name in scope.table.columns]
        if not found:
            raise no_query_column(ref.name, self._root.table.name if ref.table is None else ref.table)
        if len(found) > 1:
            raise bad_sql(f"the column '{ref.name}' is of several tables: put one in front of it.")
        (scope,) = found
        return Place(scope.sql(ref.name), scope.table.columns[ref.name], scope.table.name), scope

    def _output(self, item: Item) -> Output:
        """A column goes by its logical name, also a lookup."""
        if isinstance(item.value, Aggregate):
            if item.alias is None:
                raise not_emulated("an aggregate without a name: give it one with AS")
            return Output(item.alias, self._aggregated(item.value), self._root, summed=True, kept=True)
        place, scope = self._found(item.value)
        output = Output(item.alias or item.value.name, place, scope, own_name=item.alias is None, kept=True)
        if self._aggregate and place.expression not in self._by:
            raise bad_sql(f"the column '{item.value.name}' is neither aggregated nor in GROUP BY.")
        return output.grouping if self._aggregate or self._statement.distinct else output

    def _aggregated(self, value: Aggregate) -> Place:
        if value.column is None:
            return ROWS
        place = self._place(value.column)
        if value.method == "count":
            return counted(place, distinct=value.distinct)
        return aggregated(value.method, place)

    def _groups(self) -> tuple[str, ...] | None:
        if self._aggregate:
            return self._by
        if self._statement.distinct:
            return tuple(output.group for output in self._outputs)
        return None

    def _orders(self) -> Iterator[Order]:
        """The query's own, and what makes the order the same on every page."""
        for one in self._statement.sorts:
            yield self._order(one)
        if self._groups() is not None:
            for output in self._outputs:
                if output.group:
                    yield Order(output.name, output.place)
            return
        for scope in (self._root, *(join.scope for join in self._joins)):
            yield sort(scope.place(scope.table.primary_id), scope, self._root)

    def _order(self, one: Sort) -> Order:
        """By what an item is called, or by a column; groups sort by what they show or are made by."""
        output, grouped = self._shown(one.value), self._groups() is not None
        if output is not None and grouped:
            return Order(output.name, output.place, one.descending)
        if output is not None:
            return sort(output.place, output.scope, self._root, descending=one.descending)
        if isinstance(one.value, Ref):
            place, scope = self._found(one.value)
            if not grouped or place.expression in self._by:
                return sort(place, scope, self._root, descending=one.descending)
        raise bad_sql("ORDER BY names what is not selected, which DISTINCT and GROUP BY do not allow.")

    def _shown(self, value: Value) -> Output | None:
        """The output that a value to sort by means: its name, the same aggregate, the same column."""
        for item, output in zip(self._statement.items, self._outputs, strict=True):
            if value == item.value or (item.alias and value == Ref(item.alias.lower())):
                return output
        place = self._place(value) if isinstance(value, Ref) else None
        return next((output for output in self._outputs if output.place == place), None)
