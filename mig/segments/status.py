"""What is in flight among the copies a ledger owns: under way, in trouble, or still owed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mig.dataverse.cells import moment
from mig.engine.ledger import Entry
from mig.engine.snapshot import Base
from mig.engine.steps import PATIENCE_SECONDS
from mig.manifest.model import Manifest, Publish
from mig.segments.planner import SegmentPlanner
from mig.segments.read import SegmentRows
from mig.segments.rows import SEGMENT, DefinitionStatus, SegmentStatus, TargetSegment

_APPLY: Final = "run `mig apply`"
_DESIGNER: Final = "open it in the segment designer, put it right, and publish it there or by `mig apply`"


class Condition(StrEnum):
    """Where a copy is, when it is not where it belongs."""

    PUBLISHING = "publishing"
    COMPUTING = "computing"
    STOPPING = "stopping"
    STUCK = "stuck"
    WARNINGS = "warnings"
    ERROR = "error"
    FAULTED = "faulted"
    DELETED = "deleted"
    GONE = "gone"
    UNKNOWN = "unknown"
    OWED = "owed"
    LAPSED = "lapsed"
    FLAGGED = "flagged"


# What is to be known of each, and what to do.
_TOLD: Final[Mapping[Condition, tuple[str, str]]] = {
    Condition.PUBLISHING: ("the service is making it live", "wait; the next `mig apply` records it"),
    Condition.COMPUTING: ("the service computes its members", "wait; the next `mig apply` records it"),
    Condition.STOPPING: ("the service is taking it out of use", f"wait, then {_APPLY}"),
    Condition.STUCK: (
        "under way for more than an hour",
        "segments of millions take hours; else stop it in real-time journeys and publish it again",
    ),
    Condition.WARNINGS: ("live, computed with warnings", _DESIGNER),
    Condition.ERROR: ("the service reports an error", _DESIGNER),
    Condition.FAULTED: (
        "the service reports a fault",
        "publish it again later; if it stays, ask its support",
    ),
    Condition.DELETED: ("marked as deleted", "delete what is left of it, then run `mig apply`"),
    Condition.GONE: ("no longer in the target", "`mig plan` says what becomes of it"),
    Condition.UNKNOWN: (
        "in a state that no public source names; the platform may have expired it",
        "look at it in real-time journeys",
    ),
    Condition.OWED: ("stopped by mig to be changed, and not published again yet", _APPLY),
    Condition.LAPSED: (
        "published before and not live now: stopped by somebody, or expired without use",
        "publish it in real-time journeys if it is still needed",
    ),
    Condition.FLAGGED: ("a draft, flagged `publish`", _APPLY),
}

_TROUBLE: Final = {
    SegmentStatus.ERROR: Condition.ERROR,
    SegmentStatus.FAULTED: Condition.FAULTED,
    SegmentStatus.DELETED: Condition.DELETED,
    SegmentStatus.COMPUTED_WITH_WARNINGS: Condition.WARNINGS,
}
_DEFINITION_TROUBLE: Final = {
    DefinitionStatus.DELETED: Condition.DELETED,
    DefinitionStatus.LIVE_WITH_WARNINGS: Condition.WARNINGS,
}
_UNDER_WAY: Final = {
    SegmentStatus.EXPORTING: Condition.PUBLISHING,
    SegmentStatus.COMPUTING: Condition.COMPUTING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One copy that is not where it belongs."""

    address: str
    segment_id: str
    name: str
    state: Condition

    @property
    def told(self) -> str:
        """What is the matter."""
        return _TOLD[self.state][0]

    @property
    def advice(self) -> str:
        """What to do."""
        return _TOLD[self.state][1]


def in_flight(manifest: Manifest, base: Base, rows: SegmentRows, now: datetime) -> tuple[Standing, ...]:
    """By address, of what the ledger owns; copies that are where they belong are left out."""
    resources = SegmentPlanner(manifest, base, rows).resources
    flagged = {key for key, found in resources.items() if found.entry.publish is not Publish.NO}
    targets = {target.segment_id: target for target in rows.targets}
    return tuple(sorted(_standings(base, targets, flagged, now), key=lambda standing: standing.address))


def _standings(
    base: Base, targets: Mapping[str, TargetSegment], flagged: set[str], now: datetime
) -> Iterator[Standing]:
    for source_id, entry in base.ledger.entries_of("segment").items():
        segment_id = entry.target.get(SEGMENT, "")
        target = targets.get(segment_id)
        state = _state(target, entry, flagged=source_id in flagged, now=now) if target else Condition.GONE
        if state is not None:
            applied = str(entry.applied.get("msdynmkt_displayname") or "")
            name = target.name if target else applied
            yield Standing(address=entry.address, segment_id=segment_id, name=name, state=state)


def _state(target: TargetSegment, entry: Entry, *, flagged: bool, now: datetime) -> Condition | None:
    if target.live:
        return None
    if target.stopping:
        return Condition.STOPPING
    trouble = _trouble(target)
    if trouble is not None:
        return trouble
    if target.definition_status == DefinitionStatus.GOING_LIVE or target.status in _UNDER_WAY:
        way = _UNDER_WAY.get(SegmentStatus(target.status), Condition.PUBLISHING)
        return Condition.STUCK if _stands(target, now) else way
    if entry.stopped:
        return Condition.OWED
    if entry.published:
        return Condition.LAPSED
    return Condition.FLAGGED if flagged else None


def _trouble(target: TargetSegment) -> Condition | None:
    if target.status not in {*SegmentStatus} or target.definition_status not in {*DefinitionStatus}:
        return Condition.UNKNOWN
    found = _TROUBLE.get(SegmentStatus(target.status))
    return found or _DEFINITION_TROUBLE.get(DefinitionStatus(target.definition_status))


def _stands(target: TargetSegment, now: datetime) -> bool:
    """Whether neither row has changed for longer than publishing is waited for."""
    rows = (target.segment, target.definition or {})
    changed = [found for row in rows if (found := moment(row.get("modifiedon"))) is not None]
    return bool(changed) and now - max(changed) > timedelta(seconds=PATIENCE_SECONDS)
