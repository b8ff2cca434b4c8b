"""Listing the members of one segment from the command line."""

import click

from mig.cli.session import Session
from mig.engine.planner import make_plan, only
from mig.segments.kind import SegmentSnapshot
from mig.segments.listing import Listing, source_listing, target_listing
from mig.segments.planner import SegmentPlanner


async def list_members(session: Session, address: str, side: str) -> Listing:
    """Read both sides and list one; `UnknownAddress` for what the manifest does not ask for."""
    if not address.startswith("segment."):
        raise click.UsageError(f"{address} has no members: only segments have.")
    snapshot = await session.snapshot()
    only(make_plan(session.manifest, snapshot), [address], [])
    rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
    planner = SegmentPlanner(session.manifest, snapshot.base, rows)
    (source_id,) = (key for key, found in planner.resources.items() if str(found.address) == address)
    if side == "source" and planner.resources[source_id].entry.alone:
        raise click.ClickException(f"{address} has no outbound segment; `--side target` lists its copy.")
    if side == "source":
        return await source_listing(rows, rows.by_id[source_id], session.source.client, session.clock())
    target = planner.matches[source_id].target
    if target is None:
        raise click.ClickException(f"{address} has no copy in the target yet; `mig apply` makes it.")
    return await target_listing(rows, target, session.target.client)
