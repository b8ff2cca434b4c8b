"""Which segments matter most, when not all can be brought over. Pure.

What runs in a live journey comes first, then what any journey uses, then what was changed or evaluated last.
What a segment is made of ranks with it and goes before it, so that any number taken from the top can stand by
itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from mig.engine.graph import levels


class InUse(IntEnum):
    """Whether journeys use a segment, from the least to the most."""

    NOT_USED = 0
    UNKNOWN = 1
    USED = 2
    LIVE = 3


_WORDS = {
    InUse.NOT_USED: "used by no journey",
    InUse.UNKNOWN: "its use is not known",
    InUse.USED: "used by a journey that is not live",
    InUse.LIVE: "used by a live journey",
}


@dataclass(frozen=True, slots=True, order=True)
class Merit:
    """What speaks for a segment; `touched` is when it was last changed or evaluated, aware."""

    use: InUse
    touched: datetime

    def __str__(self) -> str:
        never = self.touched == datetime.min.replace(tzinfo=UTC)
        return f"{_WORDS[self.use]}, last touched {'never' if never else self.touched.date().isoformat()}"


@dataclass(frozen=True, slots=True)
class Rank:
    """One place of a ranking, from 1. `through` is whose merit counts: its own, or that of one it serves."""

    key: str
    place: int
    through: str
    merit: Merit


def ranked(merits: Mapping[str, Merit], needs: Mapping[str, Collection[str]]) -> tuple[Rank, ...]:
    """The best first. `needs` says what each is made of; what has no merit of its own is passed over.

    The order of the mappings does not matter. Needs go in no circle.
    """
    within = {key: [need for need in needs.get(key, ()) if need in merits] for key in merits}
    parts_first = [key for wave in levels(within) for key in wave]
    best = {key: (merit, key) for key, merit in merits.items()}
    for key in reversed(parts_first):
        for need in within[key]:
            if best[key][0] > best[need][0]:
                best[need] = best[key]
    in_order = sorted(parts_first, key=lambda key: best[key][0], reverse=True)
    return tuple(Rank(key, place, best[key][1], best[key][0]) for place, key in enumerate(in_order, 1))
