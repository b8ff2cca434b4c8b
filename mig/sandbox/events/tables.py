"""Rows of the event tables, read and written below the API as the service does it."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from mig.sandbox.clock import stored_time
from mig.sandbox.layout import quoted
from mig.sandbox.platform import complete_new
from mig.sandbox.values import Stored
from mig.sandbox.world import World

EVENT: Final = "msevtmgt_event"
SESSION: Final = "msevtmgt_session"
PASSES: Final = "msevtmgt_pass"
REGISTRATION: Final = "msevtmgt_eventregistration"
SESSION_REGISTRATION: Final = "msevtmgt_sessionregistration"
ATTENDEE_PASSES: Final = "msevtmgt_attendeepass"
ANSWER: Final = "msevtmgt_registrationresponse"
QUESTION: Final = "msevtmgt_customregistrationfield"
ASKED: Final = "msevtmgt_eventcustomregistrationfield"

# Values of `msevtmgt_publishstatus` and `msevtmgt_sourcesystem`; a null source system is outbound's (§1.4).
DRAFT: Final = 100000000
LIVE: Final = 100000003
OUTBOUND: Final = 100000001
REALTIME: Final = 100000002

Row = Mapping[str, Any]


def rows_where(world: World, table: str, column: str, value: Stored, wanted: Sequence[str]) -> list[Row]:
    """Those columns of the rows whose `column` holds `value`, the oldest first, always with their id."""
    primary = world.schema[table].primary_id
    names = (primary, *wanted)
    sql = (
        f"SELECT {', '.join(map(quoted, names))} FROM {quoted(table)}"
        f" WHERE {quoted(column)} = ? ORDER BY createdon, {quoted(primary)}"
    )
    return [dict(zip(names, row, strict=True)) for row in world.connection.execute(sql, (value,))]


def row_of(world: World, table: str, key: str, wanted: Sequence[str]) -> Row | None:
    """Those columns of one row, or None."""
    return next(iter(rows_where(world, table, world.schema[table].primary_id, key, wanted)), None)


def count_where(world: World, table: str, column: str, value: str) -> int:
    """How many rows hold `value`."""
    sql = f"SELECT count(*) FROM {quoted(table)} WHERE {quoted(column)} = ?"
    return int(world.connection.execute(sql, (value,)).fetchone()[0])


def count_standing(world: World, table: str, column: str, value: str) -> int:
    """How many rows of registrations hold `value` and are not cancelled."""
    sql = f"SELECT count(*) FROM {quoted(table)} WHERE {quoted(column)} = ?"
    found = world.connection.execute(f"{sql} AND NOT coalesce(msevtmgt_iscanceled, 0)", (value,))
    return int(found.fetchone()[0])


def add_row(world: World, table: str, key: str, values: Mapping[str, Stored], moment: datetime) -> bool:
    """Add a row as of `moment`, completed as the platform completes it; False where the id is taken."""
    layout = world.layouts[table]
    row = {**values, layout.table.primary_id: key}
    complete_new(world, layout, row)
    row["createdon"] = row["modifiedon"] = stored_time(moment)
    try:
        layout.insert(world.connection, [row])
    except sqlite3.IntegrityError:
        return False
    return True


def derived_id(world: World, table: str, *parts: object) -> str:
    """The id of a row that the service makes: the same history gives the same ids."""
    return str(uuid5(UUID(world.organization_id), ":".join(map(str, (table, *parts)))))
