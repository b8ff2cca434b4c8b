"""One row becomes related to another, or no longer: by a lookup, or by a row of an intersect table."""

from mig.model.tables import ManyToMany, Relationship
from mig.sandbox import errors
from mig.sandbox.changes import Changes
from mig.sandbox.layout import quoted, type_column
from mig.sandbox.security.checks import check_link
from mig.sandbox.world import World
from mig.sandbox.writing import insert_row, update_row

Collection = Relationship | ManyToMany
Row = tuple[str, str]  # a table and an id in it


def link(world: World, collection: Collection, row: Row, other: Row) -> None:
    """Make `other` a member of a collection of `row`."""
    _check(collection, row, other)
    if isinstance(collection, ManyToMany):
        check_link(world, row, other)
        values = _pair(world, collection, row, other)
        if _linked(world, collection, values):
            raise errors.exists()
        insert_row(world, world.layouts[collection.intersect_table], values)
    else:
        _check_settable(world, collection)
        update_row(world, world.layouts[other[0]], other[1], pointing_at(world, collection, row))


def unlink(world: World, collection: Collection, row: Row, other: Row) -> None:
    """Take `other` out of a collection of `row`; 404 when it is no member."""
    _check(collection, row, other)
    if isinstance(collection, ManyToMany):
        check_link(world, row, other)
        pairs = [_pair(world, collection, row, other)]
        if collection.first_table == collection.second_table:
            pairs.append(_pair(world, collection, other, row))
        found = [_delete(world, collection.intersect_table, pair) for pair in pairs]
    else:
        _check_settable(world, collection)
        found = [_let_go(world, other, pointing_at(world, collection, row))]
    if not any(found):
        raise errors.no_row(*other)


def members_table(collection: Collection, table: str) -> str:
    """The table whose rows a collection of a row of `table` holds."""
    if isinstance(collection, Relationship):
        return collection.referencing_table
    return collection.second_table if table == collection.first_table else collection.first_table


def pointing_at(world: World, collection: Relationship, row: Row) -> Changes:
    """What a member of a one-to-many collection holds: the lookup, and its table where there are several."""
    column = world.schema[collection.referencing_table].columns[collection.referencing_column]
    kind = type_column(column)
    return {column.name: row[1]} if kind is None else {column.name: row[1], kind: row[0]}


def _check(collection: Collection, row: Row, other: Row) -> None:
    if other[0] != members_table(collection, row[0]):
        raise errors.bad_payload(f"'{collection.name}' of '{row[0]}' cannot hold a row of '{other[0]}'.")


def _check_settable(world: World, collection: Relationship) -> None:
    """400 where the members' lookup is not for clients to set."""
    table = world.schema[collection.referencing_table]
    if table.columns[collection.referencing_column].read_only:
        raise errors.read_only(collection.referencing_column, table.name)


def _pair(world: World, collection: ManyToMany, row: Row, other: Row) -> Changes:
    """The columns of the intersect row; where both ends are one table, the row of the URL comes first."""
    first, second = (row, other) if row[0] == collection.first_table else (other, row)
    columns = world.schema[collection.intersect_table].columns
    values: Changes = {}
    for name, (table, key) in ((collection.first_column, first), (collection.second_column, second)):
        values[name] = key
        if (kind := type_column(columns[name])) is not None:
            values[kind] = table
    return values


def _linked(world: World, collection: ManyToMany, values: Changes) -> bool:
    sql = f"SELECT 1 FROM {quoted(collection.intersect_table)} WHERE {_where(values)}"
    return world.connection.execute(sql, [*values.values()]).fetchone() is not None


def _delete(world: World, table: str, values: Changes) -> bool:
    sql = f"DELETE FROM {quoted(table)} WHERE {_where(values)}"
    return world.connection.execute(sql, [*values.values()]).rowcount > 0


def _let_go(world: World, member: Row, pointing: Changes) -> bool:
    """Empty a member's lookup if it is the one that points."""
    layout = world.layouts[member[0]]
    where = _where({**pointing, layout.table.primary_id: member[1]})
    sql = f"SELECT 1 FROM {quoted(layout.name)} WHERE {where}"
    if world.connection.execute(sql, [*pointing.values(), member[1]]).fetchone() is None:
        return False
    update_row(world, layout, member[1], dict.fromkeys(pointing))
    return True


def _where(values: Changes) -> str:
    return " AND ".join(f"{quoted(name)} = ?" for name in values)
