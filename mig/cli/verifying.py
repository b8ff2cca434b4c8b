"""Verifying from the command line."""

from mig.cli.session import Session
from mig.engine.recording import EnvironmentNeeded
from mig.engine.snapshot import Snapshot, take
from mig.events.verify import verify_events
from mig.report.verified import Verified
from mig.segments.kind import SegmentKind, SegmentSnapshot
from mig.segments.verification import Verification
from mig.segments.verify import verify


async def compare(session: Session) -> Verified:
    """Members of segments and registrations of events; `EnvironmentNeeded` where the target is a snapshot."""
    snapshot = await _taken(session)
    ledger = snapshot.base.ledger
    events = await verify_events(session.manifest, session.source, session.target, ledger)
    return Verified(await _members(session, snapshot), events)


async def _taken(session: Session) -> Snapshot:
    """What segments are planned from; events are read when they are compared."""
    if session.target.recording is not None:
        raise EnvironmentNeeded(session.target.name)
    return await take(session.manifest, session.source, session.target, [SegmentKind()], session.clock())


async def _members(session: Session, snapshot: Snapshot) -> Verification:
    rows = next(kind.rows for kind in snapshot.kinds if isinstance(kind, SegmentSnapshot))
    return await verify(session.manifest, snapshot.base, rows, session.target.client, session.clock())
