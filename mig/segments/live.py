"""What becomes of a change that a copy cannot take as it stands: live, or under way.

A live segment cannot be edited: it is stopped, changed and published again, and only where the policy says so
and nothing uses it (reference/dataverse-schema.md 7: the service refuses to stop what is in use).
"""

from collections.abc import Sequence
from dataclasses import replace

from mig.engine.plan import Action
from mig.manifest.model import OnLive
from mig.model.findings import Finding, Severity
from mig.segments.decide import Decision
from mig.segments.match import Match
from mig.segments.rows import TargetSegment
from mig.segments.users import Users

_LIVE = "it is live and would have to change"


def guarded(decision: Decision, match: Match, on_live: OnLive, users: Users) -> Decision:
    """The decision as far as the copy's state allows it."""
    target = match.target
    if decision.action is not Action.UPDATE or target is None or target.changeable:
        return decision
    if target.stopping and match.entry is not None and match.entry.stopped:
        return replace(decision, reason=f"{decision.reason}; an earlier run has begun to stop it", stop=True)
    if not target.stoppable:
        told, fix = "its state does not allow a change now", "wait until it is a draft or stopped"
        return _blocked(decision, "SEG028", told, fix)
    using = in_the_way(users, target)
    if using:
        fix = "stop what uses it and the segment itself, then apply again"
        return _blocked(decision, "SEG020", f"{_LIVE}, and is used by {', '.join(using)}", fix)
    if on_live is OnLive.FAIL:
        fix = "stop it in real-time journeys, then apply again; or set `on_live: republish`"
        return _blocked(decision, "SEG020", _LIVE, fix)
    if not users.known:
        fix = "give this identity read access to journeys and their uses, or stop it by hand"
        return _blocked(decision, "SEG020", f"{_LIVE}, and who uses it is not known", fix)
    reason = f"{decision.reason}; it is stopped first and published again (on_live: republish)"
    return replace(decision, reason=reason, stop=True)


def in_the_way(users: Users, target: TargetSegment) -> Sequence[str]:
    """What a live copy is in use by: journeys that have not ended, and segments that are live."""
    journeys = (journey for journey in users.journeys(target.segment_id) if not journey.ended)
    segments = (user for user in users.segments(target.segment_id) if user.in_force)
    return [*map(str, journeys), *(f"segment {user.name!r}" for user in segments)]


def _blocked(decision: Decision, code: str, told: str, fix: str) -> Decision:
    finding = Finding(code=code, severity=Severity.ERROR, message=told, fix=fix)
    return replace(decision, action=Action.BLOCKED, findings=(finding,))
