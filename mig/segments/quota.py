"""The migration's quota and the platform's caps.

Counted against the quota is what carries the prefix or is owned by the ledger; updating an earlier copy costs
nothing. Against the caps everything counts but what has expired (reference/events-and-transition.md 5). Where
not all creates fit, those of the lowest rank are blocked (`ranking`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from mig.engine.ledger import Ledger
from mig.engine.plan import Action, Allowance, Growth, Quota
from mig.manifest.model import Policy
from mig.model.findings import Finding, Severity
from mig.segments.case import Case
from mig.segments.names import copied_name
from mig.segments.ranking import Merit, Rank, ranked
from mig.segments.rows import TYPE, TYPE_STATIC, TargetSegment

# reference/dataverse-schema.md 4: limits of the platform.
PLATFORM: Final[Mapping[str, int]] = {"dynamic": 3000, "static": 10000}


@dataclass(frozen=True, slots=True)
class Room:
    """How many segments may still be made, and what says so."""

    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Rooms:
    """The migration's own, and by kind of segment the platform's."""

    own: Room
    platform: Mapping[str, Room]

    @classmethod
    def of(cls, targets: Sequence[TargetSegment], used: int, limit: int) -> Self:
        """What is left of each."""
        there = _counting(targets)
        return cls(
            Room(max(limit - used, 0), f"the quota of {limit}, of which {used} are used"),
            {
                kind: Room(
                    max(cap - there[kind], 0),
                    f"the platform's {cap} {kind} segments, of which there are {there[kind]}",
                )
                for kind, cap in PLATFORM.items()
            },
        )

    def full(self, kind: str, taken: Counter[str]) -> Room | None:
        """The one that has no place for one more of a kind, when so many of each were given away."""
        platform = self.platform[kind]
        if taken.total() >= self.own.count:
            return self.own
        return platform if taken[kind] >= platform.count else None


def within_quota(cases: Mapping[str, Case], rooms: Rooms, merits: Mapping[str, Merit]) -> Mapping[str, Case]:
    """Block the creates that do not fit; `merits` has all of them, by source id."""
    creates = {key: merits[key] for key in cases if cases[key].change.action is Action.CREATE}
    ranks = ranked(creates, {key: cases[key].references for key in creates})
    taken: Counter[str] = Counter()
    result = dict(cases)
    for rank in ranks:
        case = result[rank.key]
        full = rooms.full(_kind_to_be(case), taken)
        if full is not None:
            result[rank.key] = case.block(_above(full, rank, len(ranks), cases))
        elif not any(need in result and result[need].missing for need in case.references):
            taken[_kind_to_be(case)] += 1
    return result


def counted(targets: Sequence[TargetSegment], ledger: Ledger, policy: Policy) -> int:
    """How many of the target's segments count against the quota."""
    return sum(
        (bool(policy.prefix) and target.name.startswith(policy.prefix))
        or copied_name(target.name) is not None
        or target.segment_id in ledger.owned
        for target in targets
    )


def quota(
    targets: Sequence[TargetSegment], used: int, limit: int, growth: Mapping[str, Growth] | None = None
) -> Quota:
    """The figures as they are, and what changes will add to them."""
    there = _counting(targets)
    return Quota(
        own=Allowance(limit=limit, used=used, after=used),
        platform={
            kind: Allowance(limit=cap, used=there[kind], after=there[kind]) for kind, cap in PLATFORM.items()
        },
        growth=growth or {},
    )


Found = Iterable[tuple[str, TargetSegment]]
"""Segments of the target, each with the id of the change that concerns it."""


def growth_of(written: Iterable[Case], back: Found, gone: Found) -> Mapping[str, Growth]:
    """By change: what is created or updated, brought `back` after expiry, and deleted."""
    return {
        **{case.change.id: _by_writing(case) for case in written},
        **{key: Growth(platform={_kind(target): 1}) for key, target in back},
        **{key: Growth(own=-1, platform=_more(Counter(), _counting([target]))) for key, target in gone},
    }


def _by_writing(case: Case) -> Growth:
    """One more, or one of another kind; what has expired counts once it is brought back."""
    target, kind = case.match.target, _kind_to_be(case)
    if target is None:
        return Growth(own=1, platform={kind: 1})
    there = _counting([target])
    return Growth(platform=_more(Counter({kind: there.total()}), there))


def _more(after: Counter[str], before: Counter[str]) -> Mapping[str, int]:
    after.subtract(before)
    return {kind: more for kind, more in after.items() if more}


def _counting(targets: Iterable[TargetSegment]) -> Counter[str]:
    """By kind, how many count against the platform's caps."""
    return Counter(_kind(target) for target in targets if not target.expired)


def _kind(target: TargetSegment) -> str:
    return "static" if target.static else "dynamic"


def _kind_to_be(case: Case) -> str:
    """Whatever its source is: a person may list the members of a query, or write a query for a list."""
    return "static" if (case.change.after or {}).get(TYPE) == TYPE_STATIC else "dynamic"


def _above(room: Room, rank: Rank, ranks: int, cases: Mapping[str, Case]) -> Finding:
    through = "" if rank.through == rank.key else f" as part of {cases[rank.through].source.name!r}"
    return Finding(
        code="SEG021",
        severity=Severity.ERROR,
        message=f"above {room.why}: it ranks {rank.place} of {ranks}{through} ({rank.merit})",
        fix="list fewer segments, raise `policy.quota`, or delete segments that nobody uses",
    )
