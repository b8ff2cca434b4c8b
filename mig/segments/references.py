"""Which outbound segments refer to which, whether a manifest lists them or not."""

from collections.abc import Iterable, Mapping

from mig.query.analysis import analyse
from mig.query.tree import Query
from mig.segments.read import SegmentRows


def referred(rows: SegmentRows, query: Query) -> tuple[str, ...]:
    """The ids of the sources that a query names; names of no source are left out."""
    names = analyse(query, rows.schema).references
    found = (rows.by_query_name.get(name.lower()) for name in names)
    return tuple(dict.fromkeys(source.id for source in found if source is not None))


def web(rows: SegmentRows, source_ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """What each of these sources refers to, and so for all they lead to, by source id.

    What has no query, or one that is not read, refers to nothing.
    """
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(source_ids)
    while waiting:
        source_id = waiting.pop()
        if source_id not in found:
            reading = rows.readings.get(source_id)
            found[source_id] = referred(rows, reading.query) if reading and reading.query else ()
            waiting += found[source_id]
    return found
