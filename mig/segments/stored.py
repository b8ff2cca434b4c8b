"""The members that static outbound segments keep in their own rows.

A JSON list of ids of contacts; older ones are written `crm` and the id (reference/dataverse-schema.md 3). A
row has up to 1,000,000 characters of them, so pages are small and they are read only where they are wanted.
"""

import json
from collections.abc import AsyncIterator, Collection
from typing import Final

from mig.dataverse import odata
from mig.dataverse.cells import plain_id, row_key
from mig.dataverse.client import Client
from mig.segments.rows import SOURCE_SET, OutboundType

STORED_TABLE: Final = "contact"
_COLUMN: Final = "msdyncrm_segmentmemberids"
_KEY: Final = "msdyncrm_segmentid"
_ROWS_PER_PAGE: Final = 20
_IDS: Final = 300  # keeps the URL well below 32,768 characters

Stored = tuple[str, ...]


async def read_stored(
    client: Client, source_ids: Collection[str] | None = None
) -> AsyncIterator[tuple[str, Stored | None]]:
    """Source id and stored ids of every static segment, or of some; None for a list that cannot be read."""
    static = f"msdyncrm_segmenttype eq {int(OutboundType.STATIC)}"
    ids = sorted(source_ids or ())
    parts = [odata.any_of(_KEY, ids[start : start + _IDS]) for start in range(0, len(ids), _IDS)]
    for where in [static] if source_ids is None else parts:
        path = odata.query(SOURCE_SET, select=(_KEY, _COLUMN), where=where)
        async for row in client.rows(path, page=_ROWS_PER_PAGE):
            yield row_key(row, _KEY), stored_ids(row.get(_COLUMN))


def stored_ids(text: str | None) -> Stored | None:
    """Each id once, in order; none where nothing is stored, and None for what is no list of texts."""
    if not text:
        return ()
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        return None
    return tuple(dict.fromkeys(plain_id(item.strip().lower().removeprefix("crm")) for item in listed))
