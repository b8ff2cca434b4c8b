"""Where a name in a query is looked up: a table under an alias, in one SQL statement.

A path over lookups is a scalar sub-select for each step, so an expression never needs joins of its own and
can stand in a condition, an order or a list of columns alike.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mig.model.tables import TEXTS, Column, ColumnType, Schema, Table
from mig.sandbox.errors import bad_url, not_emulated, unknown_column
from mig.sandbox.layout import quoted, type_column
from mig.sandbox.odata.navigation import Linked, Navigation, ToMany, ToOne, navigation, points_at

MAX_DEPTH: Final = 6  # relationships behind each other; ours, SQLite nests hardly deeper


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, when, and what tables there are; `unread` are columns, by table, that read as empty."""

    schema: Schema
    now: datetime
    user: str
    business_unit: str
    unread: Collection[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a row: the SQL that yields it as stored, and the column and table it is one of."""

    sql: str
    column: Column
    table: str

    @property
    def expression(self) -> str:
        """The SQL that compares and sorts it: text without regard to case."""
        return f"_fold({self.sql})" if self.column.type in TEXTS else self.sql


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of `table` under `alias`; inside `any` and `all` names start with `variable`."""

    reader: Reader
    table: Table
    alias: str
    variable: str | None = None
    depth: int = 0

    def below(self, table: Table, variable: str | None = None) -> "Scope":
        """A scope inside this one, under an alias of its own."""
        depth = self.depth + 1
        if depth > MAX_DEPTH:
            raise bad_url(f"The query follows more than {MAX_DEPTH} relationships, one behind the other.")
        return replace(self, table=table, alias=f"t{depth}", variable=variable, depth=depth)

    def sql(self, name: str) -> str:
        """A stored column of this table, as SQL."""
        if (self.table.name, name) in self.reader.unread:
            return "NULL"
        return f"{self.alias}.{quoted(name)}"

    @property
    def key(self) -> str:
        """The id of this scope's row, as SQL."""
        return self.sql(self.table.primary_id)

    def place(self, path: str) -> Place:
        """The value that a name or path means, `column` or `lookup/…/column`."""
        return self._follow(self.steps(path), logical=False)

    def property(self, path: str) -> Place:
        """The value that a query function's PropertyName means: a lookup's logical name will do too."""
        return self._follow(self.steps(path), logical=True)

    def steps(self, path: str) -> list[str]:
        """The names along a path, without the variable."""
        first, *rest = path.split("/")
        if self.variable is None:
            return [first, *rest]
        if first != self.variable:
            raise not_emulated(f"{path} inside any or all, which is not of {self.variable}")
        return rest

    def table_of(self, lookup: Column) -> str:
        """The SQL that names the table of the row that a lookup names."""
        if (kind := type_column(lookup)) is not None:
            return self.sql(kind)
        only = lookup.targets[0] if lookup.targets else ""
        return f"CASE WHEN {self.sql(lookup.name)} IS NOT NULL THEN '{only}' END"

    def name_of(self, lookup: Column) -> Place:
        """The primary name of the row that a lookup of this table names."""
        names = {
            target: self._looked_up(lookup, target)
            for target in lookup.targets
            if target in self.reader.schema.tables
        }
        whens = [(target, sql) for target, sql in names.items() if sql is not None]
        if not whens:
            sql = "NULL"
        elif (kind := type_column(lookup)) is None:
            sql = whens[0][1]
        else:
            cases = " ".join(f"WHEN '{target}' THEN {found}" for target, found in whens)
            sql = f"CASE {self.sql(kind)} {cases} END"
        return Place(sql, Column(name=lookup.name, type=ColumnType.STRING), self.table.name)

    def _looked_up(self, lookup: Column, target: str) -> str | None:
        inner = self.below(self.reader.schema[target])
        name = inner.table.primary_name
        if name is None or name not in inner.table.columns:
            return None
        return _sub_select(inner, inner.sql(name), f"{inner.key} = {self.sql(lookup.name)}")

    def _follow(self, steps: list[str], *, logical: bool) -> Place:
        if not steps:
            raise bad_url(f"A variable of '{self.table.name}' stands where one of its properties is needed.")
        name, *rest = steps
        if not rest:
            column = self.table.by_read_name.get(name)
            if column is None and logical:
                column = self.table.columns.get(name)
            if column is None:
                raise unknown_column(name, self.table.name)
            return Place(self.sql(column.name), column, self.table.name)
        found = navigation(self.reader.schema, self.table, name)
        if not isinstance(found, ToOne):
            raise bad_url(f"'{name}' leads to many rows: use it with any or all.")
        inner = self.below(found.table)
        place = inner._follow(rest, logical=logical)
        linked = f"{inner.key} = {self.sql(found.column.name)}"
        pointed = points_at(found.column, self.alias, found.table.name)
        return Place(_sub_select(inner, place.sql, f"{linked} AND {pointed}"), place.column, place.table)


@dataclass(frozen=True, slots=True)
class Far:
    """Rows at the far end of a navigation: FROM what, WHERE what, and the SQL that is the near row's id."""

    source: str
    near: str
    where: str = "1"


def far_rows(link: Navigation, scope: Scope) -> Far:
    """Where `scope`, of the table that `link` leads to, gets its rows from."""
    source = f"{quoted(link.table.name)} AS {scope.alias}"
    between = f"near{scope.depth}"
    match link:
        case ToMany(column, _, near):
            return Far(source, scope.sql(column.name), points_at(column, scope.alias, near.name))
        case ToOne(column, table, near):
            source += (
                f" JOIN {quoted(near.name)} AS {between} ON {between}.{quoted(column.name)} = {scope.key}"
            )
            return Far(source, f"{between}.{quoted(near.primary_id)}", points_at(column, between, table.name))
        case Linked(intersect, near_column, far_column):
            source += (
                f" JOIN {quoted(intersect)} AS {between} ON {between}.{quoted(far_column)} = {scope.key}"
            )
            return Far(source, f"{between}.{quoted(near_column)}")


def root(reader: Reader, table: Table) -> Scope:
    """The scope of a statement that reads `table` under its own name."""
    return Scope(reader, table, quoted(table.name))


def _sub_select(scope: Scope, what: str, where: str) -> str:
    return f"(SELECT {what} FROM {quoted(scope.table.name)} AS {scope.alias} WHERE {where})"
