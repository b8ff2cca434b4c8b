"""What comparing the two sides of an event came to, as values.

Checks have the names of reference/events-and-transition.md 2.3. Of persons there are ids only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from mig.events.matching import Matching
from mig.manifest.model import Waiver
from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding, Severity


class Grade(StrEnum):
    """What one check came to. `noted`: something to know that is no fault and holds up nothing."""

    OK = "ok"
    NOTED = "noted"
    FIXABLE = "fixable"
    UNVERIFIED = "unverified"
    NEEDS_PERSON = "needs_person"


class Reconciled(StrEnum):
    """What an event came to."""

    CLEAN = "clean"
    FIXABLE = "fixable"
    UNVERIFIED = "unverified"
    NEEDS_PERSON = "needs_person"


class Difference(StrEnum):
    """How rows differ."""

    MISSING = "missing"
    SURPLUS = "surplus"
    DUPLICATE = "duplicate"
    DIFFERS = "differs"


class Explained(StrEnum):
    """Why a difference is none of the move's."""

    LIVE = "live"  # people use the target already
    NOT_MOVED = "not_moved"  # a setting, which no move carries over


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that is on one side only, or a pair that is not equal; `of` is the registration it belongs to.

    `columns` are the fields that differ. `fixable`: a write of ours puts it right.
    """

    table: str
    what: Difference
    source: str | None
    target: str | None
    of: str | None = None
    columns: tuple[str, ...] = ()
    fixable: bool = False
    explained: Explained | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of something the two sides have."""

    what: str
    source: int
    target: int


_CODES: Final = {f"C{number}": f"EVT0{20 + number}" for number in range(1, 14)}
BY_ID: Final = "look at them by id: `mig verify --ids FILE`"
"""What is to be done about rows that only a person can judge."""

_NOT_MADE: Final = "EVT035"
_SEVERITIES: Final = {
    Grade.NOTED: Severity.INFO,
    Grade.FIXABLE: Severity.WARNING,
    Grade.UNVERIFIED: Severity.ERROR,
    Grade.NEEDS_PERSON: Severity.ERROR,
}
_ORDER: Final = tuple(Grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One of C1 to C13. `told` can be read alone; `waived` is the reason for which a fault is accepted."""

    name: str
    grade: Grade
    told: str
    fix: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    tallies: tuple[Tally, ...] = ()
    differing: tuple[Differing, ...] = ()
    waived: str = ""

    @property
    def code(self) -> str | None:
        """The code of its finding; None where there is nothing to say."""
        if self.grade is Grade.OK:
            return None
        return _NOT_MADE if self.grade is Grade.UNVERIFIED else _CODES[self.name]

    @property
    def faulty(self) -> bool:
        """Whether it keeps the event from being clean."""
        return self.grade not in (Grade.OK, Grade.NOTED) and not self.waived

    def finding(self, address: Address) -> Finding | None:
        """As a finding on a resource; what is waived is a warning."""
        if self.code is None:
            return None
        return Finding(
            code=self.code,
            severity=Severity.WARNING if self.waived else _SEVERITIES[self.grade],
            message=f"{self.name}: {self.told}",
            fix="" if self.waived else self.fix,
            address=address,
            waived=self.waived,
        )


@dataclass(frozen=True, slots=True)
class Doubts:
    """What nobody could match, or should not be matched by: see `Matching`."""

    unclear: int = 0
    links_mislead: bool = False

    def findings(self, address: Address) -> Iterator[Finding]:
        """As findings on a resource."""
        if self.links_mislead:
            yield Finding(
                code="EVT036",
                severity=Severity.WARNING,
                message="rows of the target name registrations that they are no copies of",
                fix="nothing to do; they were matched by their other keys",
                address=address,
            )
        if self.unclear:
            yield Finding(
                code="EVT020",
                severity=Severity.WARNING,
                message=f"which copy is whose cannot be told of {counted(self.unclear, 'row')} of the source",
                fix=BY_ID,
                address=address,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Both sides of one event, compared.

    `registrations` counts those of the source and of the target, who waits aside.
    """

    checks: tuple[Check, ...]
    matching: Matching
    registrations: tuple[int, int]

    @property
    def outcome(self) -> Reconciled:
        """The gravest: what needs a person, then what could not be verified."""
        worst = max((_ORDER.index(check.grade) for check in self.checks if check.faulty), default=0)
        return Reconciled(_ORDER[worst]) if worst else Reconciled.CLEAN

    @property
    def differing(self) -> Iterable[tuple[Check, Differing]]:
        """Every row that differs, with the check that found it."""
        return ((check, one) for check in self.checks for one in check.differing)

    def check(self, name: str) -> Check:
        """The one of this name."""
        return next(check for check in self.checks if check.name == name)

    def findings(self, address: Address) -> tuple[Finding, ...]:
        """Of all checks that have something to say, and of the matching itself."""
        told = tuple(found for check in self.checks if (found := check.finding(address)) is not None)
        return (*told, *self.doubts.findings(address))

    @property
    def doubts(self) -> Doubts:
        """What is doubtful about who was matched with whom."""
        return Doubts(self.matching.unclear, self.matching.links_mislead)

    def accepting(self, waivers: Iterable[Waiver], address: Address) -> "Reconciliation":
        """The same with what the manifest waives on this resource: by the code of each check's finding."""
        because = {one.finding: one.because for one in waivers if one.covers(address)}
        checks = (
            replace(check, waived=because.get(check.code or "", "")) if check.faulty else check
            for check in self.checks
        )
        return replace(self, checks=tuple(checks))
