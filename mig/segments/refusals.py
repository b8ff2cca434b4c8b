"""What the service says when it refuses a query: its words, and the part of the query it points at.

It was seen to answer 400 with a `ResultText` that names the parse position (reference/dataverse-schema.md 7);
the shape around that text is not public, so whatever else comes is shown as it is.
"""

import json
import re
from typing import Final

_POSITION: Final = re.compile(r"position:?\s*(\d+)", re.IGNORECASE)
_SHOWN: Final = 40  # characters of the query


def refusal(message: str, query: str) -> str:
    """The service's words, with what stands in the query where it points."""
    words = _words(message)
    found = _POSITION.search(words)
    rest = query[int(found[1]) :] if found else ""
    if not rest:
        return words
    shown = rest if len(rest) <= _SHOWN else rest[:_SHOWN].rstrip() + "…"
    return f"{words} (at `{shown}`)"


def _words(message: str) -> str:
    try:
        document = json.loads(message)
    except ValueError:
        return message
    told = document.get("ResultText") if isinstance(document, dict) else None
    return told if isinstance(told, str) else message
