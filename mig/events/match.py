"""Which real-time event an outbound one goes to. Pure.

What the ledger says comes first, then the id that a draft of ours has, then the name that is asked for. A
draft that was abandoned is none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mig.engine.jobs import record_of
from mig.engine.ledger import Entry
from mig.events.asked import Wanted
from mig.events.ids import event_id
from mig.events.rows import Event
from mig.events.tables import EVENT

ABANDONED = "abandoned"
"""In the ledger: the drafts that were given up for another one."""

ROWS = "rows"
"""In the ledger: how many rows of each kind were moved."""

WAY = "way"
"""In the ledger: how they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The event that is there, or the id that one will have.

    `others` have the name that is asked for too, so that none of them can be chosen; `namesake` is an
    outbound event that the manifest names as the target. `gone`: the one that the ledger knows is not there.
    """

    id: str
    target: Event | None = None
    others: tuple[Event, ...] = ()
    namesake: Event | None = None
    gone: bool = False


def abandoned(entry: Entry | None) -> tuple[str, ...]:
    """The drafts that were given up."""
    return tuple(entry.applied.get(ABANDONED) or ()) if entry else ()


def moved_into(entry: Entry | None, target_id: str) -> bool:
    """Whether the ledger says that the rows were moved into this very event, or that a job of hours has
    ended that was to do it, well or not.
    """
    if entry is None or entry.target.get(EVENT.table) != target_id:
        return False
    record = record_of(entry, target_id)
    return record.settled if record else ROWS in entry.applied


def given_up(entry: Entry, target_id: str) -> Entry:
    """What the ledger will say where an event is moved anew: this target is abandoned."""
    return replace(entry, target={}, applied={ABANDONED: [*abandoned(entry), target_id]}, published=False)


def match(wanted: Wanted, entry: Entry | None, events: Sequence[Event]) -> Match:
    """`entry` is what the ledger says, `events` are all of the target."""
    left = abandoned(entry)
    by_id = {event.id: event for event in events if event.id not in left}
    ours = event_id(wanted.source.id, len(left))
    known = entry.target.get(EVENT.table, "") if entry else ""
    target = by_id.get(known) or by_id.get(ours)
    if target is not None:
        return Match(id=target.id, target=target, gone=bool(known) and known != target.id)
    gone = bool(known) and known not in left
    named = [event for event in by_id.values() if event.name == target_name(wanted)]
    real_time = tuple(event for event in named if not event.outbound)
    if len(real_time) == 1:
        return Match(id=real_time[0].id, target=real_time[0], gone=gone)
    outbound = (event for event in named if event.outbound and event.id != wanted.source.id)
    asked_by_name = wanted.entry.target_name is not None and not real_time
    namesake = next(outbound, None) if asked_by_name else None
    return Match(id=ours, others=real_time, namesake=namesake, gone=gone)


def target_name(wanted: Wanted) -> str:
    """What the target is called, or will be."""
    return wanted.entry.target_name or wanted.source.name
