"""What `mig` sets on a target event: its name, start and end; and what the manifest asks them to be. Pure.

Times are those of the clock on site: the columns know no time zone, and what is written is what is shown
(reference/dataverse-schema.yaml).
"""

from collections.abc import Iterator
from datetime import datetime

from mig.engine.ledger import Entry, State
from mig.events.rows import Event
from mig.events.tables import EVENT
from mig.manifest.model import EventEntry
from mig.model.findings import Finding, Severity

_WORDS = {"msevtmgt_name": "name", "msevtmgt_eventstartdate": "start", "msevtmgt_eventenddate": "end"}


def owned(name: str | None, start: datetime | None, end: datetime | None) -> State:
    """The columns by name, in stored form; what is None is left out."""
    times = {"msevtmgt_eventstartdate": start, "msevtmgt_eventenddate": end}
    return {
        **({} if name is None else {"msevtmgt_name": name}),
        **{
            column: moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            for column, moment in times.items()
            if moment is not None
        },
    }


def to_update(entry: EventEntry, target: Event | None, known: Entry | None) -> State:
    """What the manifest asks otherwise since a draft of ours was made: nobody has seen it before it is
    published. What somebody changed there stays.
    """
    if known is None or not known.created or known.published:
        return {}
    if target is None or not target.draft or not _ours(target, known):
        return {}
    return {
        column: value
        for column, value in _unlike(entry, target).items()
        if known.desired.get(column) not in (None, value)
    }


def strayed(entry: EventEntry, target: Event | None, known: Entry | None) -> Iterator[Finding]:
    """What is otherwise than the manifest asks, and stays so."""
    if target is None:
        return
    shown = f"the target {target.name!r} ({target.id})"
    if entry.publish and target.draft and known is not None and known.published and _ours(target, known):
        yield Finding(
            code="EVT016",
            severity=Severity.WARNING,
            message=f"{shown} was published, and somebody has made it a draft again",
            fix="publish it in real-time journeys; or take `publish` out of the entry where it stays a draft",
        )
    updated = to_update(entry, target, known)
    there = owned(target.name, target.start, target.end)
    told = [
        f"{_WORDS[column]} {there.get(column, 'not set')}, not {value}"
        for column, value in _unlike(entry, target).items()
        if column not in updated
    ]
    if told:
        yield Finding(
            code="EVT038",
            severity=Severity.WARNING,
            message=f"{shown} is not as `target:` of the entry says, and stays so",
            found="; ".join(told),
            fix="change it in real-time journeys, or say in the manifest what it is to be",
        )


def _unlike(entry: EventEntry, target: Event) -> State:
    """What the manifest says, where the target has something else."""
    there = owned(target.name, target.start, target.end)
    asked = owned(entry.target_name, entry.start, entry.end)
    return {column: value for column, value in asked.items() if value != there.get(column)}


def _ours(target: Event, known: Entry | None) -> bool:
    return known is not None and known.target.get(EVENT.table) == target.id
