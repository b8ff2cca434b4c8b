"""The members of one segment as a list of ids: those of its source, or those of its copy."""

from dataclasses import dataclass
from datetime import datetime

from mig.dataverse.client import Client
from mig.model.tables import bundled_schema
from mig.query.evaluate import NotEvaluated
from mig.query.tree import NOWHERE
from mig.segments.comparing import listed_members
from mig.segments.meanings import Meanings
from mig.segments.membership import Membership, load, temporary_database
from mig.segments.read import SegmentRows
from mig.segments.rows import OutboundType, SourceSegment, TargetSegment
from mig.segments.stored import STORED_TABLE, read_stored


@dataclass(frozen=True, slots=True)
class Listing:
    """`column` is the primary key of the members' table; the ids are sorted."""

    column: str
    ids: tuple[str, ...]


async def source_listing(rows: SegmentRows, source: SourceSegment, client: Client, now: datetime) -> Listing:
    """The ids an outbound segment stores, else those its query picks from the rows as they are now.

    Raises `NotEvaluated` where neither can be had. What a manifest answers in its place does not count, nor
    which ids it maps: the rows are the source's.
    """
    if source.type_code == OutboundType.STATIC:
        return await _stored(source, client)
    meanings = Meanings(rows.as_written())
    with temporary_database() as connection:
        await load(client, connection, meanings, [source.id])
        membership = Membership(connection, meanings, now)
        ids = membership.members(source.id)
        return _listing(rows, membership.table(source.id), ids)


async def _stored(source: SourceSegment, client: Client) -> Listing:
    stored = [ids async for _, ids in read_stored(client, [source.id])]
    if not any(stored):
        told = "stores no ids of members" if () in stored else "stores its members in a form nobody knows"
        raise NotEvaluated(f"the static segment {source.name!r} {told}", NOWHERE)
    return Listing(bundled_schema()[STORED_TABLE].primary_id, tuple(sorted(stored[0] or ())))


async def target_listing(rows: SegmentRows, target: TargetSegment, client: Client) -> Listing:
    """The service's own list of a real-time segment."""
    return _listing(rows, target.audience, await listed_members(client, target.segment_id))


def _listing(rows: SegmentRows, name: str | None, ids: frozenset[str]) -> Listing:
    table = rows.schema.get(name or "") or bundled_schema().get(name or "")
    return Listing(table.primary_id if table else "id", tuple(sorted(ids)))
