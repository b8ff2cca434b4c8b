"""The mark that says whose copy a row is, where the organisation gives segments ids of its own.

A segment has it as the last line of its description, a definition that was made ahead of its segment as its
name. It is neither compared nor shown: descriptions are read without it. Where our ids are taken, ids are
derived from those of the sources, and nothing is marked.
"""

import re
from typing import Final
from uuid import UUID

# People edit descriptions, and a field of one line makes a blank of a line break.
_MARK: Final = re.compile(
    r"(?:\A|\r\n|\s)mig:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?!\S)", re.IGNORECASE
)


def mark_of(source_id: str) -> str:
    """The mark alone."""
    return f"mig:{source_id}"


# What a mark takes of the room in a description, its line break included.
ROOM: Final = len(mark_of(str(UUID(int=0)))) + 1


def marked(text: str | None, source_id: str) -> str:
    """A description with the mark below it."""
    return f"{text}\n{mark_of(source_id)}" if text else mark_of(source_id)


def unmarked(text: str | None) -> str | None:
    """A description without any mark; None where nothing else is in it."""
    return _MARK.sub("", text or "") or None


def marked_for(text: str | None) -> str | None:
    """The source that a text has the mark of."""
    found = _MARK.search(text or "")
    return found[1].lower() if found else None
