"""Segments that are live: since when, when they were last used and computed, and over what.

`basis` stands for all that the members depend on: as long as it is the same, so are they, and a refresh only
writes times. It is None when that cannot be told.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mig.sandbox.clock import EPOCH, microseconds
from mig.sandbox.layout import quoted
from mig.sandbox.segmentation.members import Audience, forget
from mig.sandbox.segmentation.pairs import Pair
from mig.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Living:
    """One live segment; times are aware, UTC."""

    segment: str
    since: datetime
    used: datetime
    computed: datetime
    basis: str | None = None


def keep(world: World, one: Living) -> None:
    """Put down how it stands."""
    times = (microseconds(moment) for moment in (one.since, one.used, one.computed))
    row = (one.segment, *times, one.basis)
    world.connection.execute("INSERT OR REPLACE INTO _live VALUES (?, ?, ?, ?, ?)", row)


def drop(world: World, segment: str) -> None:
    """It is live no more: nobody is in it, and nothing refreshes it."""
    world.connection.execute("DELETE FROM _live WHERE segment = ?", (segment,))
    forget(world, segment)


def all_living(world: World) -> list[Living]:
    """All of them, in the order of their ids."""
    rows = world.connection.execute(
        "SELECT segment, since, used, computed, basis FROM _live ORDER BY segment"
    ).fetchall()
    return [Living(row[0], _moment(row[1]), _moment(row[2]), _moment(row[3]), row[4]) for row in rows]


def basis_of(world: World, pair: Pair, audience: Audience, fingerprint: Callable[[str], str]) -> str | None:
    """What the members depend on; None for a query that refers to other segments.

    `fingerprint` tells the rows of a table from what they were. Relative dates are among the parameters.
    """
    selection = audience.selection
    text = selection.sql if selection else ""
    if "_members" in text:
        return None
    named = (table for table in world.schema.tables if table == pair.table or quoted(table) in text)
    read = [(table, fingerprint(table)) for table in named]
    whole = (text, selection.parameters if selection else (), audience.groups, read)
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def fingerprint_of(world: World, table: str) -> str:
    """Writes raise the highest version; what was deleted is missing from the count."""
    sql = f"SELECT count(*), max(versionnumber) FROM {quoted(table)}"
    return repr(world.connection.execute(sql).fetchone())


def _moment(stored: int) -> datetime:
    return EPOCH + timedelta(microseconds=stored)
