"""The ids of copies: derived from those of their sources, the same whenever and by whomever they are made."""

from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from mig.events.tables import EVENT

_NAMESPACE: Final = uuid5(NAMESPACE_DNS, "mig.events")


def event_id(source_id: str, abandoned: int = 0) -> str:
    """The id of the draft for a source; after so many drafts were abandoned, of the next one."""
    generation = f":{abandoned}" if abandoned else ""
    return str(uuid5(_NAMESPACE, f"{EVENT.table}:{source_id}{generation}"))


def copy_id(target_event: str, table: str, source_row: str) -> str:
    """The id of the copy of a row below an event: each target has copies of its own."""
    return str(uuid5(_NAMESPACE, f"{target_event}:{table}:{source_row}"))
