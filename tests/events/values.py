"""Events as values, for tests that say only what matters to them."""

from typing import Any

from mig.events.rows import OUTBOUND, REAL_TIME, Attendance, Event, PublishStatus

SOURCE = "e0000000-0000-0000-0000-000000000001"
TARGET = "e0000000-0000-0000-0000-000000000002"


def event(row_id: str = SOURCE, **columns: Any) -> Event:
    """A draft without anything; outbound's, unless it has the target's id."""
    blank: dict[str, Any] = {
        "id": row_id,
        "name": "Spring Summit",
        "source_system": REAL_TIME if row_id == TARGET else OUTBOUND,
        "publish_status": PublishStatus.DRAFT,
        "start": None,
        "end": None,
        "created": None,
        "modified": None,
        "modified_by": None,
        "owner_id": None,
        "unit_id": None,
        "capacity": None,
        "creates_leads": False,
    }
    return Event(**blank | columns)


def attendance(row_id: str = SOURCE, settings: Any = None, **rows: Any) -> Attendance:
    """An event with those rows."""
    return Attendance(event=event(row_id, settings=settings or {}), **rows)
