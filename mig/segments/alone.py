"""A person's query that no outbound segment stands behind, as all else sees it: a source without content.

Its id is made of the entry's address. It is kept apart from outbound's rows (`SegmentRows.alone`): no
selection, no name and no outbound query means it.
"""

from mig.manifest.model import Entry, Manifest
from mig.segments.rows import OutboundStatus, OutboundType, SourceSegment


def made_up(manifest: Manifest) -> tuple[SourceSegment, ...]:
    """One for each such entry."""
    entries = (one for one in manifest.segments if isinstance(one, Entry) and one.alone)
    return tuple(_source(entry) for entry in entries)


def _source(entry: Entry) -> SourceSegment:
    return SourceSegment.of(
        {
            "msdyncrm_segmentid": entry.own_id,
            "msdyncrm_segmentname": entry.name,
            "msdyncrm_segmenttype": OutboundType.DYNAMIC,
            "statuscode": OutboundStatus.LIVE,
        }
    )
