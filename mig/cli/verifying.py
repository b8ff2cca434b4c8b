"""Verifying from the command line."""

from mig.cli.session import Session
from mig.engine.recording import NotInSnapshot
from mig.report.verified import Verified
from mig.segments.kind import SegmentSnapshot
from mig.segments.verification import Verification
from mig.segments.verify import verify


async def compare(session: Session) -> Verified:
    """Members of segments and registrations of events."""
    return Verified(await compare_members(session))


async def compare_members(session: Session) -> Verification:
    """Read both sides afresh and compare; `NotInSnapshot` where the target is a snapshot."""
    if session.target.recording is not None:
        raise NotInSnapshot(session.target.name, "who the members are")
    snapshot = await session.snapshot()
    rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
    return await verify(session.manifest, snapshot.base, rows, session.target.client, session.clock())
