"""Columns that a query compares with literals."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from uuid import UUID

from mig.model.tables import Column, Schema, Table
from mig.query.scope import Scope, scoped
from mig.query.tree import Compare, Field, In, Query, Step, Text, Traverse, Value
from mig.query.walk import Predicate, conditions, operands, predicates


@dataclass(frozen=True, slots=True)
class Compared:
    """A column that the schema has, and what stands on the other side; columns and computed values too."""

    table: Table
    column: Column
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class NamedId:
    """An id that a query names, in lower case, and the tables of which a row may have it."""

    id: str
    tables: tuple[str, ...]
    column: Column
    literal: Text


def compared(query: Query, schema: Schema) -> Iterator[Compared]:
    """All comparisons of columns; edges of TRAVERSE are left aside, as nobody knows what they speak of."""
    for operand in operands(query):
        for step, scope in scoped(operand, schema):
            if not isinstance(step, Traverse):
                yield from compared_in(step, scope, schema)


def compared_in(step: Step, scope: Scope, schema: Schema) -> Iterator[Compared]:
    """Those of one step."""
    for condition in conditions(step):
        for predicate in predicates(condition):
            field, values = _sides(predicate)
            table = schema.get(scope.table_of(field) or "") if field else None
            column = table.columns.get(field.name.lower()) if table and field else None
            if table and column:
                yield Compared(table, column, values)


def named_ids(query: Query, schema: Schema) -> Iterator[NamedId]:
    """The ids that lookups and primary ids are compared with."""
    for found in compared(query, schema):
        tables = schema.looked_up.get((found.table.name, found.column.name), ())
        for value in found.values if tables else ():
            if isinstance(value, Text) and (guid := _guid(value.value)):
                yield NamedId(guid, tables, found.column, value)


def ids_by_table(named: Iterable[NamedId]) -> Mapping[str, Set[str]]:
    """By table, the ids that its rows may have."""
    ids: dict[str, set[str]] = {}
    for one in named:
        for name in one.tables:
            ids.setdefault(name, set()).add(one.id)
    return ids


def _sides(predicate: Predicate) -> tuple[Field | None, tuple[Value, ...]]:
    """A column and what it is compared with."""
    if isinstance(predicate, Compare):
        for one, other in ((predicate.left, predicate.right), (predicate.right, predicate.left)):
            if isinstance(one, Field):
                return one, (other,)
    elif isinstance(predicate, In) and isinstance(predicate.value, Field):
        return predicate.value, predicate.items
    return None, ()


def _guid(text: str) -> str | None:
    """A text that is an id, and nothing but an id."""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        return None
