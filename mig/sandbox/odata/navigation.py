"""Navigation properties: from a row to the one row a lookup names, or to the many rows that point back.

A collection-valued property is called as its relationship (dataverse-schema.md, "N:N"); names are
case-sensitive. A property that may lead to several tables, such as `ownerid`, is not followed.
"""

from dataclasses import dataclass

from mig.model.tables import Column, Schema, Table
from mig.sandbox.errors import not_emulated, unknown_column
from mig.sandbox.layout import quoted, type_column


@dataclass(frozen=True, slots=True)
class ToOne:
    """Along the lookup `column` of a row of `near` to the row of `table` that it names."""

    column: Column
    table: Table
    near: Table


@dataclass(frozen=True, slots=True)
class ToMany:
    """To the rows of `table` whose lookup `column` names this row of `near`."""

    column: Column
    table: Table
    near: Table


@dataclass(frozen=True, slots=True)
class Linked:
    """To the rows of `table` that a row of the intersect table links with this one."""

    intersect: str
    near_column: str
    far_column: str
    table: Table


Navigation = ToOne | ToMany | Linked


def navigation(schema: Schema, table: Table, name: str) -> Navigation:
    """The navigation property of that name; the service's error when the table has none."""
    found = find_navigation(schema, table, name)
    if found is None:
        raise unknown_column(name, table.name)
    return found


def find_navigation(schema: Schema, table: Table, name: str) -> Navigation | None:
    """The navigation property of that name, or None."""
    return _to_one(schema, table, name) or _to_many(schema, table, name) or _linked(schema, table, name)


def points_at(column: Column, owner: str, table: str) -> str:
    """SQL that holds where the lookup of a row of `owner`, an alias, points at `table`."""
    kind = type_column(column)
    return "1" if kind is None else f"{owner}.{quoted(kind)} = '{table}'"


def _to_one(schema: Schema, table: Table, name: str) -> ToOne | None:
    for column in table.columns.values():
        targets = [target for target, nav in column.nav.items() if nav == name]
        if len(targets) > 1 or (targets and targets[0] not in schema.tables):
            raise not_emulated(f"navigation through {name} to {' or '.join(targets)}")
        if targets:
            return ToOne(column, schema[targets[0]], table)
    return None


def _to_many(schema: Schema, table: Table, name: str) -> ToMany | None:
    one = schema.relationships.get(name)
    if one is None or one.referenced_table != table.name:
        return None
    far = schema.tables.get(one.referencing_table)
    column = far.columns.get(one.referencing_column) if far else None
    if far is None or column is None:
        raise not_emulated(f"navigation through {name} to {one.referencing_table}")
    return ToMany(column, far, table)


def _linked(schema: Schema, table: Table, name: str) -> Linked | None:
    link = schema.many_to_many.get(name)
    if link is None or table.name not in (link.first_table, link.second_table):
        return None
    ends = (link.first_column, link.second_column, link.second_table)
    if table.name != link.first_table:
        ends = (link.second_column, link.first_column, link.first_table)
    near, far, target = ends
    known = target in schema.tables and link.intersect_table in schema.tables
    if not known or link.first_table == link.second_table:
        raise not_emulated(f"navigation through {name} to {target}")
    return Linked(link.intersect_table, near, far, schema[target])
