"""An environment that answers itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mig.dataverse import odata
from mig.dataverse.cells import row_key
from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError, RequestFailed
from mig.dataverse.messages import Row
from mig.dataverse.metadata import read_tables
from mig.dataverse.particulars import Particulars, Wanted, read_particulars
from mig.engine.ledger import State
from mig.journeys.read import read_outbound_usage, read_real_time_usage
from mig.journeys.usage import Usage
from mig.manifest.model import MembersList
from mig.model.tables import Schema
from mig.segments.claims import Claimed, from_lists, from_outbound
from mig.segments.directory import Directory, read_directory
from mig.segments.groups import held_by, told_of
from mig.segments.ids import Ids
from mig.segments.rows import DEFINITION_SET, SEGMENT_SET, SOURCE_SET, SourceSegment, TargetSegment, pair_of
from mig.segments.static import Members, known_members
from mig.segments.stored import read_stored


class NoOutbound(DataverseError):
    """The organisation has no outbound segments table: it never had outbound marketing."""

    code = "ENV009"
    fix = "name the environment that had outbound marketing as `source:` of this one"

    def __init__(self, name: str) -> None:
        super().__init__(f"environment {name} has no table msdyncrm_segment")


@dataclass(frozen=True, slots=True)
class LiveSide:
    """Asks each time. Listings are as many requests as there are pages."""

    name: str
    client: Client

    async def sources(self) -> tuple[SourceSegment, ...]:
        """Sorted by id."""
        path = odata.query(SOURCE_SET, select=SourceSegment.COLUMNS)
        try:
            found = [SourceSegment.of(row) async for row in self.client.rows(path)]
        except RequestFailed as error:
            if error.status == 404:
                raise NoOutbound(self.name) from error
            raise
        return tuple(sorted(found, key=lambda segment: segment.id))

    async def targets(self) -> tuple[tuple[TargetSegment, ...], Mapping[str, Row]]:
        """Segments sorted by id."""
        return await read_targets(self.client)

    async def directory(self) -> Directory:
        """Users, teams and business units."""
        return await read_directory(self.client)

    async def outbound_usage(self) -> Usage:
        """By outbound journeys."""
        return await read_outbound_usage(self.client)

    async def real_time_usage(self) -> Usage:
        """By real-time journeys."""
        return await read_real_time_usage(self.client)

    async def tables(self, names: Collection[str], known: Schema) -> Schema:
        """Of those names."""
        return await read_tables(self.client, names, known)

    async def particulars(self, wanted: Wanted) -> Particulars:
        """Answers to what is wanted."""
        return await read_particulars(self.client, wanted)

    async def stored(self) -> Mapping[str, int | None]:
        """How many ids each static segment stores."""
        return {key: found.count if found else None async for key, found in read_stored(self.client)}

    async def claimed(self, sources: Sequence[SourceSegment]) -> Mapping[str, Claimed]:
        """What static segments store, or the service lists for them."""
        return await from_outbound(self.client, sources)

    async def listed(self, wanted: Collection[MembersList]) -> Mapping[MembersList, Claimed]:
        """As they are now."""
        return await from_lists(self.client, wanted)

    async def known(self, claims: Sequence[Claimed]) -> Sequence[Members]:
        """Those that are here, claim by claim."""
        return await known_members(self.client, claims)

    async def held(self, segment_id: str, groups: Sequence[str]) -> State:
        """Number and digest."""
        held = await held_by(self.client, segment_id, groups)
        return told_of(Ids.together(held.values()))


async def read_targets(
    client: Client, prefix: str = ""
) -> tuple[tuple[TargetSegment, ...], Mapping[str, Row]]:
    """Real-time segments by id, each with its definition; and by id the definitions without a segment.

    All of them, or those whose names begin with a prefix.
    """
    segments = odata.query(
        SEGMENT_SET,
        select=TargetSegment.SEGMENT_COLUMNS,
        where=_begins("msdynmkt_displayname", prefix),
    )
    definitions = odata.query(
        DEFINITION_SET, select=TargetSegment.DEFINITION_COLUMNS, where=_begins("msdynmkt_name", prefix)
    )
    by_id: dict[str, Row] = {
        row_key(row, "msdynmkt_segmentdefinitionid"): row async for row in client.rows(definitions)
    }
    found = [pair_of(row, by_id) async for row in client.rows(segments)]
    targets = tuple(sorted(found, key=lambda target: target.segment_id))
    stood_for = {target.definition_id for target in targets}
    return targets, {key: row for key, row in by_id.items() if key not in stood_for}


def _begins(column: str, prefix: str) -> str:
    return f"startswith({column},{odata.literal(prefix)})" if prefix else ""
