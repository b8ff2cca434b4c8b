"""The ids of copies: derived from those of their sources, the same whenever and by whomever they are made."""

from hashlib import sha1
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from mig.events.tables import EVENT

_NAMESPACE: Final = uuid5(NAMESPACE_DNS, "mig.events")
_VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def event_id(source_id: str, abandoned: int = 0) -> str:
    """The id of the draft for a source; after so many drafts were abandoned, of the next one."""
    generation = f":{abandoned}" if abandoned else ""
    return str(uuid5(_NAMESPACE, f"{EVENT.table}:{source_id}{generation}"))


def copy_id(target_event: str, table: str, source_row: str) -> str:
    """The id of the copy of a row below an event: each target has copies of its own.

    What `uuid5` gives, without an object on the way: an event has half a million such rows.
    """
    named = f"{target_event}:{table}:{source_row}".encode()
    text = sha1(_NAMESPACE.bytes + named, usedforsecurity=False).hexdigest()
    variant = _VARIANT[text[16]]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def derived(row_id: str) -> bool:
    """Whether it may be the id of a copy of ours: ids that a service makes are of another version."""
    return row_id[14:15] == "5"
