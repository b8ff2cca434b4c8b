"""An organisation's own columns of a registration, which the manifest has carried over."""

from collections.abc import Iterator, Mapping

from mig.dataverse.client import Client
from mig.dataverse.metadata import read_tables
from mig.events.tables import REGISTRATION
from mig.model.tables import Column, bundled_schema


async def unfit_columns(client: Client, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Why some cannot be carried, a sentence each; nothing asked costs no request.

    `columns` are those of the source, with their names in the target, which has the same table.
    """
    if not columns:
        return ()
    tables = (await read_tables(client, [REGISTRATION.table], bundled_schema())).tables
    found = tables[REGISTRATION.table].columns if REGISTRATION.table in tables else {}
    return tuple(
        f"{here} → {there}: {why}"
        for here, there in columns.items()
        for why in _obstacles(found.get(here), found.get(there))
    )


def _obstacles(here: Column | None, there: Column | None) -> Iterator[str]:
    if here is None or there is None:
        yield f"registrations have no such column{'' if here is None else ' to write to'}"
    elif here.is_lookup or there.is_lookup:
        yield "a lookup cannot be carried"
    elif here.type is not there.type:
        yield f"one is {here.type}, the other {there.type}"
    elif there.read_only or there.computed:
        yield "the column to write to cannot be written"
