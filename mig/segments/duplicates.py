"""Outbound segments whose queries mean the same, as far as their text shows it. Pure."""

from collections.abc import Mapping

from mig.query.audience import Sets
from mig.query.meaning import meaning
from mig.segments.read import SegmentRows


def duplicates(rows: SegmentRows) -> Mapping[str, tuple[str, ...]]:
    """By source id, the ids of the other sources that mean the same; without those that nothing resembles."""
    alike: dict[Sets, list[str]] = {}
    for source in rows.sources:
        reading = rows.readings.get(source.id)
        if reading is not None and reading.query is not None:
            alike.setdefault(meaning(reading.query, rows.schema), []).append(source.id)
    return {
        one: tuple(other for other in ids if other != one)
        for ids in alike.values()
        if len(ids) > 1
        for one in ids
    }
