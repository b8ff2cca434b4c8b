"""What is in flight among the events a ledger owns: owed, held up, or published before and not now. Pure.

It is what a plan would say, so that the two never disagree. A registration job in flight is told of itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mig.engine.jobs import record_of
from mig.engine.ledger import Entry
from mig.engine.plan import Action, Change
from mig.engine.snapshot import Base
from mig.events.gather import EventRows
from mig.events.planner import EventPlanner
from mig.events.tables import EVENT
from mig.manifest.model import Manifest
from mig.model.findings import Severity

_DRAFT_AGAIN: Final = "EVT016"


class Condition(StrEnum):
    """Where an event is, when it is not where it belongs."""

    OWED = "owed"
    BLOCKED = "blocked"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStanding:
    """One event that is not where it belongs: `told` says what is the matter, `advice` what to do."""

    address: str
    event_id: str
    name: str
    state: Condition
    told: str
    advice: str


def in_flight(manifest: Manifest, base: Base, rows: EventRows) -> tuple[EventStanding, ...]:
    """By address, of what the ledger owns and the manifest lists; what is as it should be is left out."""
    planned: defaultdict[str, list[Change]] = defaultdict(list)
    for change in EventPlanner(manifest, base, rows).plan().changes:
        planned[change.source_id].append(change)
    found = [
        _standing(entry, changes, rows)
        for source_id, entry in base.ledger.entries_of("event").items()
        if (changes := planned.get(source_id)) and not _has_job(entry)
    ]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.address))


def _has_job(entry: Entry) -> bool:
    record = record_of(entry)
    return record is not None and record.in_flight


def _standing(entry: Entry, changes: Sequence[Change], rows: EventRows) -> EventStanding | None:
    state = _state(changes)
    if state is None:
        return None
    condition, told, advice = state
    target_id = entry.target.get(EVENT.table, "")
    names = (event.name for event in rows.targets.events if event.id == target_id)
    return EventStanding(
        address=entry.address,
        event_id=target_id,
        name=next(names, changes[0].source_name),
        state=condition,
        told=told,
        advice=advice,
    )


def _state(changes: Sequence[Change]) -> tuple[Condition, str, str] | None:
    """With what is the matter, and what to do; None where nothing is."""
    first = changes[0]
    if first.action is Action.BLOCKED:
        why = next(found for found in first.findings if found.severity is Severity.ERROR)
        return Condition.BLOCKED, why.message, why.fix
    if first.action is not Action.UNCHANGED:
        return Condition.OWED, f"still to come: {', '.join(one.action for one in changes)}", "run `mig apply`"
    again = next((found for found in first.findings if found.code == _DRAFT_AGAIN), None)
    return (Condition.LAPSED, again.message, again.fix) if again else None
