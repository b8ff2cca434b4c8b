"""Rows about journeys: reading a table of them, and what several readers want of a row."""

from collections.abc import Callable
from typing import Final, TypeVar

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import RequestFailed
from mig.dataverse.messages import Row
from mig.journeys.definitions import ids_in
from mig.journeys.usage import Gap, Journey
from mig.model.tables import bundled_schema

DEFINITIONS_PER_PAGE: Final = 250
"""A definition has up to 1,048,576 characters (reference/dataverse-schema.md 5), so pages are small."""

JOURNEY: Final = "msdynmkt_journey"
JOURNEY_COLUMNS: Final = (
    "msdynmkt_journeyid",
    "msdynmkt_name",
    "statuscode",
    "msdynmkt_issupersededbylaterversion",
    "msdynmkt_journeyjson",
)
# reference/dataverse-schema.md 5; a journey that is draining was stopped, and people are still under way.
_STATES: Final = {
    1: "draft",
    2: "live",
    3: "stopped",
    4: "publishing",
    5: "draining",
    6: "deleted",
    7: "completing",
    8: "completed",
    9: "stopping",
}
# What a table, a column or a privilege that is missing is answered with; anything else fails the plan.
_MISSING: Final = frozenset({400, 403, 404})
_LABEL: Final = "statuscode@OData.Community.Display.V1.FormattedValue"

_Kept = TypeVar("_Kept")


async def read_rows(
    client: Client,
    table: str,
    columns: tuple[str, ...],
    keep: Callable[[Row], _Kept | None],
    page: int,
    *,
    labels: bool = False,
) -> tuple[list[_Kept], Gap | None]:
    """What `keep` makes of each row; its None leaves a row out. `labels`: with the words for choices."""
    path = odata.query(bundled_schema()[table].entity_set, select=columns)
    try:
        kept = [keep(row) async for row in client.rows(path, annotations=labels, page=page)]
    except RequestFailed as error:
        if error.status in _MISSING:
            return [], Gap(table, f"{error.status} {error.message}".strip())
        raise
    return [one for one in kept if one is not None], None


def journey_of(row: Row) -> Journey | None:
    """A row of `msdynmkt_journey`; None for an older version, unless people are still under way in it.

    A state whose number no source names is known by its label, where that was asked for.
    """
    number = row.get("statuscode", 0)
    state = _STATES.get(number) or str(row.get(_LABEL) or number).strip().lower()
    journey = Journey(row.get("msdynmkt_name") or "", id_in(row, "msdynmkt_journeyid") or "", state)
    return None if row.get("msdynmkt_issupersededbylaterversion") and not journey.running else journey


def id_in(row: Row, column: str) -> str | None:
    """The first id in a column, whatever else it holds."""
    found = ids_in(str(row.get(column) or ""))
    return found[0] if found else None
