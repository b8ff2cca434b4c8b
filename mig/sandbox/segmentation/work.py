"""What the service still has to do, and when: one queue, kept in the world's file.

An item is done at the first request after it was due, and dated when it was due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mig.sandbox.clock import EPOCH, microseconds
from mig.sandbox.world import World

EVERY_SEGMENT: Final = ""
"""In place of a segment's id: the work is on all of them."""


class Step(StrEnum):
    """What is to be done."""

    EXPORT = "export"
    COMPUTE = "compute"
    STOP = "stop"
    REFRESH = "refresh"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Work:
    """One item: what, on which segment, when it was due; `details` is JSON, for the steps that need more."""

    moment: datetime
    segment: str
    step: Step
    details: str = ""


def put(world: World, work: Work) -> None:
    """Add an item; the same step on the same segment at the same moment is one."""
    row = (microseconds(work.moment), work.segment, work.step, work.details)
    world.connection.execute("INSERT OR REPLACE INTO _work VALUES (?, ?, ?, ?)", row)


def is_due(world: World, now: datetime) -> bool:
    """Whether there is anything to do."""
    sql = "SELECT 1 FROM _work WHERE due <= ? LIMIT 1"
    return world.connection.execute(sql, (microseconds(now),)).fetchone() is not None


def take(world: World, now: datetime) -> Work | None:
    """The oldest item that is due, taken out of the queue."""
    sql = "SELECT due, segment, step, details FROM _work WHERE due <= ? ORDER BY due, segment, step LIMIT 1"
    row = world.connection.execute(sql, (microseconds(now),)).fetchone()
    if row is None:
        return None
    world.connection.execute("DELETE FROM _work WHERE due = ? AND segment = ? AND step = ?", row[:3])
    return Work(EPOCH + timedelta(microseconds=row[0]), row[1], Step(row[2]), row[3])


def cancel(world: World, segment: str) -> None:
    """Nothing is to be done on the segment any more."""
    world.connection.execute("DELETE FROM _work WHERE segment = ?", (segment,))


def waits_until(world: World, segment: str, step: Step) -> datetime | None:
    """When the last item of this step on the segment is due; None when there is none."""
    sql = "SELECT max(due) FROM _work WHERE segment = ? AND step = ?"
    due = world.connection.execute(sql, (segment, step)).fetchone()[0]
    return None if due is None else EPOCH + timedelta(microseconds=due)
