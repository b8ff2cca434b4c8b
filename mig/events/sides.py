"""The two sides of an event as its checks see them, and how a check says what it found. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mig.events.belongings import Belongings
from mig.events.matching import Matching
from mig.events.pairing import Dated
from mig.events.reconciliation import Check, Differing, Grade
from mig.events.rows import Attendance


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """`copies` has the target's registration by the source's. `belongings` are by table.

    `started`: when the move began, if known. `recreates`: the waitlist is written again. `approved`:
    duplicates may be removed. `settings`: how many settings that never move differ, where somebody compared
    them.
    """

    source: Attendance
    target: Attendance
    matching: Matching
    belongings: Mapping[str, Belongings]
    copies: Mapping[str, str]
    started: datetime | None
    recreates: bool
    approved: bool
    settings: int | None

    @property
    def live(self) -> bool:
        """Whether people may have used the target: what they did there is no fault of the move."""
        return not self.target.event.draft

    def certain(self, registration: str) -> bool:
        """Whether it is known which copy is that of a registration of the source."""
        return registration not in self.matching.registrations.unclear

    def late(self, row: Dated) -> bool:
        """Whether a row of the source was made after the move began."""
        return self._after(row, unknown=False)

    def new(self, row: Dated) -> bool:
        """Whether a row of the target may be somebody's doing since it is live."""
        return self.live and self._after(row, unknown=True)

    def _after(self, row: Dated, *, unknown: bool) -> bool:
        if self.started is None or row.created is None:
            return unknown
        return row.created > self.started

    def gaps(self, *tables: str) -> tuple[str, ...]:
        """What of these tables could not be read, on either side."""
        named = {"source": self.source, "target": self.target}
        return tuple(
            f"{table} of the {side}: {attendance.gaps[table]}"
            for side, attendance in named.items()
            for table in tables
            if table in attendance.gaps
        )


def judged(
    name: str,
    differing: Sequence[Differing],
    *,
    told: str,
    fine: str,
    fix: str = "",
    by_hand: str = "",
    counts: Mapping[str, int] | None = None,
) -> Check:
    """A check by the rows that differ; `fine` is what it says when there are none.

    `fix` says what becomes of what can be written, `by_hand` what a person has to do about the rest.
    """
    open_ones = [one for one in differing if one.explained is None]
    grade = Grade.OK if not differing else Grade.NOTED
    if open_ones:
        grade = Grade.FIXABLE if all(one.fixable for one in open_ones) else Grade.NEEDS_PERSON
    return Check(
        name=name,
        grade=grade,
        told=told if differing else fine,
        fix={Grade.FIXABLE: fix, Grade.NEEDS_PERSON: by_hand}.get(grade, ""),
        counts={"differing": len(differing), "explained": len(differing) - len(open_ones), **(counts or {})},
        differing=tuple(differing),
    )
