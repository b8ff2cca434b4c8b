"""Rows go into the world: completed as the platform completes them, checked as a whole, each key unique."""

import sqlite3
from uuid import UUID, uuid5

from mig.sandbox import errors
from mig.sandbox.changes import Changes
from mig.sandbox.keys import clash
from mig.sandbox.layout import Layout, quoted
from mig.sandbox.platform import State, complete_edit, complete_new
from mig.sandbox.security.checks import check_create, check_update
from mig.sandbox.world import World


def insert_row(world: World, layout: Layout, values: Changes) -> str:
    """Add a row with these columns; its id, made here unless `values` has one. 412 when a key is taken."""
    primary = layout.table.primary_id
    complete_new(world, layout, values)
    if values.get(primary) is None:
        values[primary] = _made_id(world, layout, values)
    for name in layout.required:
        if values.get(name) is None:
            raise errors.missing_value(name, layout.name)
    check_create(world, layout, values)
    try:
        layout.insert(world.connection, [values])
    except sqlite3.IntegrityError as error:
        raise clash(layout, error) from None
    return str(values[primary])


def update_row(world: World, layout: Layout, row: str, changes: Changes) -> None:
    """Set columns of a row that is there; its version grows. 412 when a key is taken."""
    check_update(world, layout, row, changes)
    for name in layout.required:
        if changes.get(name, "") is None:
            raise errors.missing_value(name, layout.name)
    complete_edit(world, layout, changes, _state(world, layout, row))
    try:
        write(world.connection, layout, row, changes)
    except sqlite3.IntegrityError as error:
        raise clash(layout, error) from None


def write(connection: sqlite3.Connection, layout: Layout, row: str, changes: Changes) -> None:
    """Set columns of one row, without asking; columns that the table lacks are left out."""
    kept = {name: value for name, value in changes.items() if name in layout.stored}
    assignments = ", ".join(f"{quoted(name)} = ?" for name in kept)
    connection.execute(
        f"UPDATE {quoted(layout.name)} SET {assignments} WHERE {quoted(layout.table.primary_id)} = ?",
        [*kept.values(), row],
    )


def _state(world: World, layout: Layout, row: str) -> State:
    """The row's present state and status."""
    if "statuscode" not in layout.table.columns:
        return None, None
    sql = (
        f"SELECT statecode, statuscode FROM {quoted(layout.name)} WHERE {quoted(layout.table.primary_id)} = ?"
    )
    found: State = world.connection.execute(sql, (row,)).fetchone()
    return found


def _made_id(world: World, layout: Layout, values: Changes) -> str:
    """An id of the service's own; from the row version, so that a world's history can be replayed."""
    return str(uuid5(UUID(world.organization_id), f"{layout.name}:{values['versionnumber']}"))
