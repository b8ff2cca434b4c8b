"""An organisation's own columns of a registration: those that are carried over, and the others."""

from collections.abc import Iterator, Mapping
from typing import Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import RequestFailed
from mig.dataverse.metadata import read_tables
from mig.events.tables import REGISTRATION
from mig.model.tables import Column, bundled_schema

_VENDOR: Final = "ms"  # msevtmgt, msdynmkt, msdyn, …: how the prefixes of the vendor's solutions begin

Columns = Mapping[str, Column]


async def registration_columns(client: Client) -> Columns:
    """All that an organisation's registrations have, by name."""
    tables = (await read_tables(client, [REGISTRATION.table], bundled_schema())).tables
    return tables[REGISTRATION.table].columns if REGISTRATION.table in tables else {}


def unfit_columns(found: Columns, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Why some cannot be carried, a sentence each.

    `columns` are those of the source, with their names in the target, which has the same table.
    """
    return tuple(
        f"{here} → {there}: {why}"
        for here, there in columns.items()
        for why in _obstacles(found.get(here), found.get(there))
    )


async def left_columns(
    client: Client, found: Columns, event_id: str, columns: Mapping[str, str]
) -> tuple[str, ...]:
    """Own columns that nobody has carried though registrations of the event have something in them.

    One request; none where there are no such columns. Of what cannot be asked nothing is told.
    """
    own = [column for name, column in sorted(found.items()) if _is_own(column) and name not in columns]
    answers = await client.outcomes([_question(column, event_id) for column in own]) if own else []
    told = zip(own, answers, strict=True)
    return tuple(column.name for column, rows in told if rows and not isinstance(rows, RequestFailed))


def _is_own(column: Column) -> bool:
    prefix, sign, _ = column.name.partition("_")
    known = bundled_schema()[REGISTRATION.table].columns
    return bool(sign) and not prefix.startswith(_VENDOR) and column.name not in known and not column.computed


def _question(column: Column, event_id: str) -> str:
    """One registration with a value in the column."""
    where = f"{REGISTRATION.of(event_id)} and {column.read_name} ne null"
    return odata.query(REGISTRATION.entity_set, select=(REGISTRATION.id_column,), where=where, top=1)


def _obstacles(here: Column | None, there: Column | None) -> Iterator[str]:
    if here is None or there is None:
        yield f"registrations have no such column{'' if here is None else ' to write to'}"
    elif here.is_lookup or there.is_lookup:
        yield "a lookup cannot be carried"
    elif here.type is not there.type:
        yield f"one is {here.type}, the other {there.type}"
    elif there.read_only or there.computed:
        yield "the column to write to cannot be written"
