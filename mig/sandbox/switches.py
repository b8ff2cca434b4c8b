"""How an organisation's services behave where public sources leave it open, or organisations differ.

A world file sets them under `switches:`. The defaults are the working rules of the reference; each field says
which open question it stands for.
"""

from dataclasses import dataclass, field
from typing import Final

WORDS: Final = "words"
"""The key of a field's metadata that lists what a list of words may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Numbers count, true and false allow or forbid, lists of words name forms.

    `nesting`: how many levels of SEGMENT references a published query may have (segment-queries.md D-10).
    `refuse`: forms without a public sample that this organisation's service does not parse (D-13).
    """

    nesting: int = 1
    refuse: tuple[str, ...] = field(
        default=(), metadata={WORDS: ("dates", "arithmetic", "columns", "prefixes", "isnull")}
    )
