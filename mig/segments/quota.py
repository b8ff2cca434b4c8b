"""The migration's quota and the platform's caps.

Counted against the quota is what carries the prefix or is owned by the ledger; updating an earlier copy costs
nothing. Above it, the creates of the lowest rank are blocked: those whose source was changed longest ago.
What another segment is made of ranks with it, and goes before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from mig.engine.ledger import Ledger
from mig.engine.plan import Action, Allowance, Quota
from mig.manifest.model import Policy
from mig.model.findings import Finding, Severity
from mig.segments.case import Case
from mig.segments.names import copied_name
from mig.segments.rows import TYPE_STATIC, TargetSegment

# reference/dataverse-schema.md 4: limits of the platform.
PLATFORM_DYNAMIC: Final = 3000
PLATFORM_STATIC: Final = 10000
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Room:
    """How many segments may still be made, and what says so."""

    count: int
    why: str

    @classmethod
    def of(cls, targets: Sequence[TargetSegment], used: int, limit: int) -> Self:
        """The smaller of the migration's quota and the platform's cap for dynamic segments."""
        dynamic = len(targets) - _static(targets)
        own = cls(max(limit - used, 0), f"the quota of {limit}, of which {used} are used")
        platform = cls(
            max(PLATFORM_DYNAMIC - dynamic, 0),
            f"the platform's {PLATFORM_DYNAMIC} dynamic segments, of which there are {dynamic}",
        )
        return min(own, platform, key=lambda room: room.count)


def within_quota(cases: Mapping[str, Case], order: Sequence[str], room: Room) -> Mapping[str, Case]:
    """Block the creates that do not fit; `order` has references first."""
    creates = [key for key in order if cases[key].change.action is Action.CREATE]
    rank = {key: cases[key].source.modified or _NEVER for key in creates}
    for key in reversed(creates):
        for reference in cases[key].references:
            if reference in rank:
                rank[reference] = max(rank[reference], rank[key])
    ranked = sorted(creates, key=lambda key: rank[key], reverse=True)  # of one rank: in order
    refused = set(ranked[room.count :])
    return {key: case.block(_above(room)) if key in refused else case for key, case in cases.items()}


def counted(targets: Sequence[TargetSegment], ledger: Ledger, policy: Policy) -> int:
    """How many of the target's segments count against the quota."""
    return sum(
        (bool(policy.prefix) and target.name.startswith(policy.prefix))
        or copied_name(target.name) is not None
        or target.segment_id in ledger.owned
        for target in targets
    )


def quota(targets: Sequence[TargetSegment], used: int, limit: int, creates: int) -> Quota:
    """The figures before and after."""
    static = _static(targets)
    dynamic = len(targets) - static
    return Quota(
        own=Allowance(limit=limit, used=used, after=used + creates),
        platform={
            "dynamic": Allowance(limit=PLATFORM_DYNAMIC, used=dynamic, after=dynamic + creates),
            "static": Allowance(limit=PLATFORM_STATIC, used=static, after=static),
        },
    )


def _static(targets: Sequence[TargetSegment]) -> int:
    return sum(target.segment.get("msdynmkt_type") == TYPE_STATIC for target in targets)


def _above(room: Room) -> Finding:
    return Finding(
        code="SEG021",
        severity=Severity.ERROR,
        message=f"above {room.why}",
        fix="list fewer segments, raise `policy.quota`, or delete segments that nobody uses",
    )
