"""Who is missing and who is surplus in a segment, and which of that is explained by the rows themselves.

What is explained is no sign of a wrong query: the row changed after one of the two lists was made, or the two
services treat such rows differently (reference/segment-queries.md: inactive rows are D-9; outbound scoped a
segment to its business unit, real-time segments are scoped by environment).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from mig.manifest.model import Amount
from mig.segments.member_rows import MemberRow


class Reason(StrEnum):
    """Why a row may be in one list and not in the other."""

    NOT_REFRESHED = "not_refreshed"
    CHANGED_SINCE = "changed_since"
    DELETED = "deleted"
    INACTIVE = "inactive"
    BUSINESS_UNIT = "business_unit"
    SHARED_ADDRESS = "shared_address"


@dataclass(frozen=True, slots=True)
class Differences:
    """The ids that are in one list only, each with what explains it; None where nothing does."""

    missing: Mapping[str, Reason | None]
    surplus: Mapping[str, Reason | None]

    @property
    def by_word(self) -> tuple[tuple[str, Mapping[str, Reason | None]], ...]:
        """Both, by what they are called."""
        return ("missing", self.missing), ("surplus", self.surplus)

    @property
    def unexplained(self) -> int:
        """How many nothing explains."""
        return sum(reason is None for reason in chain(self.missing.values(), self.surplus.values()))

    @property
    def explained(self) -> Mapping[Reason, tuple[int, int]]:
        """By reason, how many missing and how many surplus ones it explains."""
        missing, surplus = Counter(self.missing.values()), Counter(self.surplus.values())
        return {
            reason: (missing[reason], surplus[reason])
            for reason in Reason
            if reason in missing or reason in surplus
        }


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When the two lists were made, and the business unit that the segment is scoped to, if it is.

    `taken` is the moment of the evidence, `computed` that of the service's last computation, where known.
    `static`: members are listed and follow from no row, so that a change of one explains nothing. `sharing`
    has the ids of rows that the evidence may mean, as each shares an address in it with others.
    """

    taken: datetime
    computed: datetime | None
    unit_id: str | None
    static: bool = False
    sharing: Set[str] = frozenset()

    def reason(self, row_id: str, row: MemberRow | None) -> Reason | None:
        """What explains that a row is in one list only; None stands for a row that is gone."""
        if row_id in self.sharing:
            return Reason.SHARED_ADDRESS
        if row is None:
            return Reason.DELETED
        if not self.static and (changed := self._changed(row.changed)):
            return changed
        if not row.active:
            return Reason.INACTIVE
        outside = self.unit_id is not None and row.unit_id not in (None, self.unit_id)
        return Reason.BUSINESS_UNIT if outside else None

    def _changed(self, changed: datetime | None) -> Reason | None:
        """A row that changed after the older of the two lists may be in the younger one only."""
        evidence_is_older = self.computed is None or self.taken < self.computed
        older = self.taken if self.computed is None else min(self.taken, self.computed)
        if changed is None or changed <= older:
            return None
        return Reason.CHANGED_SINCE if evidence_is_older else Reason.NOT_REFRESHED


def explained(
    missing: Iterable[str],
    surplus: Iterable[str],
    rows: Mapping[str, MemberRow],
    circumstances: Circumstances,
) -> Differences:
    """Look at the row of each id that differs."""
    return Differences(
        {found: circumstances.reason(found, rows.get(found)) for found in missing},
        {found: circumstances.reason(found, rows.get(found)) for found in surplus},
    )


def tolerated(differing: int, expected: int, tolerance: Amount) -> bool:
    """Whether so many unexplained differences are within a number, or a share of the expected members."""
    allowed = tolerance.number * expected / Decimal(100) if tolerance.percent else tolerance.number
    return differing <= allowed
