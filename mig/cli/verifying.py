"""Verifying from the command line."""

from mig.cli.session import Session
from mig.segments.kind import SegmentSnapshot
from mig.segments.verification import Verification
from mig.segments.verify import verify


async def compare_members(session: Session) -> Verification:
    """Read both sides afresh and compare."""
    snapshot = await session.snapshot()
    rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
    return await verify(session.manifest, snapshot.base, rows, session.target.client, session.clock())
