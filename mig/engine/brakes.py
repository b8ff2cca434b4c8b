"""Brakes: how much of what is in use a plan may touch before somebody has to say that this is meant.

Each counts something: copies updated, copies deleted, copies made live, people who would join or leave the
copies that are updated.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from mig.engine.plan import Action, Brake, Change
from mig.manifest.model import Brakes

PEOPLE: Final = "people"
_COUNTED: Final = {"updates": Action.UPDATE, "deletes": Action.DELETE, "publishes": Action.PUBLISH}
NAMES: Final = (*_COUNTED, PEOPLE)


def measure(limits: Brakes, changes: Sequence[Change], rows: int, people: int) -> tuple[Brake, ...]:
    """All brakes; the ledger owns so many copies, which have so many members."""
    return tuple(
        Brake(
            name=name,
            limit=getattr(limits, name),
            count=_count(name, changes),
            of=people if name == PEOPLE else rows,
            rows=rows,
        )
        for name in NAMES
    )


def measure_again(brakes: Iterable[Brake], changes: Sequence[Change]) -> tuple[Brake, ...]:
    """The same brakes for other changes."""
    return tuple(replace(brake, count=_count(brake.name, changes)) for brake in brakes)


def release(brakes: Iterable[Brake], names: Collection[str]) -> tuple[Brake, ...]:
    """Those that are named hold nothing any more."""
    return tuple(replace(brake, released=brake.released or brake.name in names) for brake in brakes)


def _count(name: str, changes: Sequence[Change]) -> int:
    if name == PEOPLE:
        return sum(change.people.moved or 0 for change in changes if change.people)
    return sum(change.action is _COUNTED[name] for change in changes)
