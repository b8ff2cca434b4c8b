"""A row goes, and with it what its relationships say: rows go too, lose their link, or forbid it.

Where no source tells a relationship's behaviour, rows that pointed at the row lose their link.
"""

from collections.abc import Iterator
from typing import Final

from mig.model.tables import Relationship
from mig.sandbox import errors
from mig.sandbox.changes import Changes
from mig.sandbox.layout import Layout, quoted, type_column
from mig.sandbox.linking import Row, pointing_at
from mig.sandbox.security.checks import check_row
from mig.sandbox.world import World
from mig.sandbox.writing import write

_URGENCY: Final = {"Cascade": 0, "Restrict": 1}


def remove(world: World, layout: Layout, row: str) -> None:
    """Delete a row with all that follows; 405 when another row forbids it, and then nothing may be kept."""
    check_row(world, "Delete", layout, row)
    _remove(world, layout, row, set())


def _remove(world: World, layout: Layout, row: str, going: set[Row]) -> None:
    """`going` are the rows whose delete led here, and this one: they hold nothing back."""
    going.add((layout.name, row))
    _leave_pairs(world, layout, row)
    for relationship in _by_urgency(world, layout):
        referencing = world.layouts[relationship.referencing_table]
        pointing = pointing_at(world, relationship, (layout.name, row))
        for member in _members(world, referencing, pointing):
            if (referencing.name, member) in going:
                continue
            match relationship.on_delete:
                case "Cascade":
                    _remove(world, referencing, member, going)
                case "Restrict":
                    raise errors.restricted(layout.name, referencing.name)
                case _:
                    free = {**dict.fromkeys(pointing), "versionnumber": world.next_version()}
                    write(world.connection, referencing, member, free)
    sql = f"DELETE FROM {quoted(layout.name)} WHERE {quoted(layout.table.primary_id)} = ?"
    world.connection.execute(sql, (row,))


def _by_urgency(world: World, layout: Layout) -> list[Relationship]:
    """What goes with the row goes first: it no longer forbids anything then."""
    collections = world.schema.collections[layout.name].values()
    found = [one for one in collections if isinstance(one, Relationship)]
    return sorted(found, key=lambda one: _URGENCY.get(one.on_delete or "", len(_URGENCY)))


def _leave_pairs(world: World, layout: Layout, row: str) -> None:
    """A row of an intersect table never outlives one of its two."""
    for table, column in _intersections(world, layout):
        kind = type_column(world.schema[table].columns[column])
        where = f"{quoted(column)} = ?" + (f" AND {quoted(kind)} = ?" if kind else "")
        values = (row, layout.name) if kind else (row,)
        world.connection.execute(f"DELETE FROM {quoted(table)} WHERE {where}", values)


def _intersections(world: World, layout: Layout) -> Iterator[tuple[str, str]]:
    for one in world.schema.collections[layout.name].values():
        if isinstance(one, Relationship):
            continue
        if one.first_table == layout.name:
            yield one.intersect_table, one.first_column
        if one.second_table == layout.name:
            yield one.intersect_table, one.second_column


def _members(world: World, layout: Layout, pointing: Changes) -> list[str]:
    where = " AND ".join(f"{quoted(name)} = ?" for name in pointing)
    sql = f"SELECT {quoted(layout.table.primary_id)} FROM {quoted(layout.name)} WHERE {where}"
    return [found[0] for found in world.connection.execute(sql, [*pointing.values()])]
