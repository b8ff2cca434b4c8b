"""The rows of members as far as verification needs them, out of the temporary database.

Addresses are read to find rows by them and stay in here: nothing that is shown holds one.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mig.dataverse.cells import moment
from mig.model.tables import Table
from mig.segments.ids import Ids

MAIL: Final = "emailaddress1"
_FACTS: Final = ("createdon", "modifiedon", "statecode", "owningbusinessunit")
MEMBER_COLUMNS: Final = frozenset({*_FACTS, MAIL})
"""What is read of every table that segments have members of, besides what their queries name."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """What may explain that a row is in one list and not in the other."""

    changed: datetime | None
    active: bool
    unit_id: str | None


def member_rows(
    connection: sqlite3.Connection, table: Table, ids: Collection[str]
) -> Mapping[str, MemberRow]:
    """The rows with these ids, by id; those that are gone are left out."""
    if not ids:
        return {}
    connection.execute("CREATE TEMP TABLE differing (id PRIMARY KEY) WITHOUT ROWID")
    try:
        connection.executemany("INSERT INTO differing VALUES (?)", ((one,) for one in ids))
        columns = ", ".join(_column(table, name) for name in (table.primary_id, *_FACTS))
        inside = f'"{table.primary_id}" IN (SELECT id FROM differing)'
        found = connection.execute(f'SELECT {columns} FROM "{table.name}" WHERE {inside}')
        return {row_id: _row(*facts) for row_id, *facts in found}
    finally:
        connection.execute("DROP TABLE differing")


def any_row(connection: sqlite3.Connection, table: Table, ids: Ids) -> bool:
    """Whether any row has one of these ids."""
    found = connection.execute(f'SELECT "{table.primary_id}" FROM "{table.name}"')
    return bool(ids & Ids.of(row_id for (row_id,) in found))


def ids_by_mail(connection: sqlite3.Connection, table: Table) -> Mapping[str, Sequence[str]]:
    """The ids of all rows that have an address, by that address in lower case."""
    columns = f'{_column(table, MAIL)}, "{table.primary_id}"'
    found: dict[str, list[str]] = {}
    for mail, row_id in connection.execute(f'SELECT {columns} FROM "{table.name}" ORDER BY 2'):
        if mail:
            found.setdefault(address_in(mail), []).append(row_id)
    return found


def address_in(text: str) -> str:
    """An e-mail address as addresses are compared."""
    return text.strip().lower()


def _column(table: Table, name: str) -> str:
    return f'"{name}"' if name in table.columns else "NULL"


def _row(created: str | None, modified: str | None, state: int | None, unit_id: str | None) -> MemberRow:
    moments = [found for found in map(moment, (created, modified)) if found is not None]
    return MemberRow(max(moments, default=None), not state, unit_id)
