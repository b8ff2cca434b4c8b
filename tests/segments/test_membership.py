"""Members computed from the outbound query are those the service would find itself."""

import asyncio
from pathlib import Path

from mig.cli.session import open_session
from mig.query.parser import parse
from mig.query.tree import Dialect
from mig.sandbox.maker import make_world
from mig.sandbox.segmentation import members_of
from mig.sandbox.worlds import Worlds
from mig.segments.kind import SegmentSnapshot
from mig.segments.membership import Membership, load, temporary_database
from mig.segments.read import SegmentRows
from tests.support import WORLD, Site

EVERYTHING = {"segments": [{"select": {"name": "*"}}]}


def test_members_of_all_that_moves_are_those_the_sandbox_finds(tmp_path: Path) -> None:
    site = Site(tmp_path)
    Worlds(tmp_path).create(WORLD, make_world(contacts=400))
    manifest = site.manifest(EVERYTHING)
    movable = {change.source_id for change in site.plan(manifest).work}
    computed, queries = asyncio.run(_computed(manifest, tmp_path, movable))
    assert len(computed) >= 40
    assert len(set(map(len, computed.values()))) > 10
    with site.open() as world:
        for source_id, members in computed.items():
            table, found = members_of(world, parse(queries[source_id], Dialect.OUTBOUND), Dialect.OUTBOUND)
            assert table in {"contact", "lead"}
            assert members == frozenset(found), queries[source_id]


async def _computed(
    manifest: Path, home: Path, movable: set[str]
) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    async with open_session(manifest, None, home=home, verbose=False) as session:
        snapshot = await session.snapshot()
        rows: SegmentRows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
        with temporary_database() as connection:
            await load(session.source.client, connection, rows, movable)
            membership = Membership(connection, rows, session.clock())
            found = {source_id: membership.members(source_id) for source_id in movable}
    return found, {source.id: source.query or "" for source in rows.sources}
