"""The plan: an ordered, explained list of changes, as a value.

Pure data, sorted, comparable. It carries what was decided and why; what to do about it is in the steps.
"""

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from mig.engine.diff import Difference
from mig.engine.ledger import State
from mig.engine.steps import Step
from mig.manifest.model import Amount
from mig.model.address import Address
from mig.model.counted import counted
from mig.model.findings import Finding, Severity, blocking
from mig.model.outcome import Exit, Outcome


class Action(StrEnum):
    """What a change does. The last two do nothing."""

    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    PUBLISH = "publish"
    MIGRATE_REGISTRATIONS = "migrate-registrations"
    RECONCILE = "reconcile"
    DELETE = "delete"
    UNCHANGED = "unchanged"
    BLOCKED = "blocked"


IDLE = frozenset({Action.UNCHANGED, Action.BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Whether a resource may move under either policy, whichever is in force."""

    documented: bool
    extended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How many members a copy has that an update gives another meaning, and how many its source had when
    outbound last counted (`as_of`, a day; empty when nobody knows). None: not known.
    """

    now: int | None
    then: int | None
    as_of: str = ""

    @property
    def moved(self) -> int | None:
        """By how many it would grow or shrink; those who merely change places cannot be told from this."""
        return None if self.now is None or self.then is None else abs(self.then - self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One action on one resource.

    `before` and `after` are the columns `mig` owns; `precondition` is "absent" or the digest of those columns
    in every row the change will touch; `depends_on` holds the ids of changes that must be done first;
    `listed` is False for what only a selection brought in. `instead_of` is the action that is refused, for a
    refusal beside the resource's main change. `settled`: a person did what there was to do; it is shown
    though nothing changes. `people`: who joins or leaves, where that may be many. `touched`: by side (source,
    target), when its row was changed last, and by which user.
    """

    address: Address
    source_id: str
    source_name: str
    action: Action
    reason: str
    listed: bool
    verdicts: Verdicts
    before: State | None = None
    after: State | None = None
    query_diff: str | None = None
    depends_on: tuple[str, ...] = ()
    precondition: str = "absent"
    findings: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()
    instead_of: Action | None = None
    settled: bool = False
    people: People | None = None
    touched: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`segment.newsletter/create`."""
        return f"{self.address}/{self.action}"


def unclear(address: Address, finding: Finding) -> Change:
    """An entry that means nothing that moves, or of which that is not known: it alone is blocked."""
    return Change(
        address=address,
        source_id="",
        source_name=address.key,
        action=Action.BLOCKED,
        reason=finding.message,
        listed=True,
        verdicts=Verdicts(documented=False, extended=False),
        findings=(finding,),
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """Columns that are no longer what the ledger says was applied."""

    address: Address
    columns: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much of a limit is used, before and after."""

    limit: int
    used: int
    after: int

    def grown(self, by: int) -> "Allowance":
        """As it will be, so many being made in all."""
        return replace(self, after=self.used + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How many more there will be by one change; less than none where it deletes."""

    own: int = 0
    platform: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The migration's own quota and the platform's caps by kind of segment.

    `growth` has what counts against them, by the id of the change.
    """

    own: Allowance
    platform: Mapping[str, Allowance] = field(default_factory=dict)
    growth: Mapping[str, Growth] = field(default_factory=dict)

    def when(self, changes: Iterable["Change"]) -> "Quota":
        """The figures where these changes are made and no others."""
        growth = {change.id: self.growth[change.id] for change in changes if change.id in self.growth}
        by_kind = Counter[str]()
        for one in growth.values():
            by_kind.update(one.platform)
        return Quota(
            own=self.own.grown(sum(one.own for one in growth.values())),
            platform={kind: found.grown(by_kind[kind]) for kind, found in self.platform.items()},
            growth=growth,
        )


# Below so many copies a share says little.
_BRAKED_FROM: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """A limit to how much a plan may touch: `count` of the `of` that the ledger owns, in `rows` copies."""

    name: str
    limit: Amount
    count: int
    of: int
    rows: int
    released: bool = False

    @property
    def value(self) -> Amount:
        """The count as the limit has it: a number, or a share to one decimal."""
        if not self.limit.percent:
            return Amount(Decimal(self.count))
        return Amount(Decimal(f"{self._share:.1f}".removesuffix(".0")), percent=True)

    @property
    def held(self) -> bool:
        """Whether it keeps the plan from being applied."""
        value = self._share if self.limit.percent else self.count
        return self.rows >= _BRAKED_FROM and not self.released and value > self.limit.number

    @property
    def _share(self) -> Decimal:
        """In percent; something of nothing is all of it."""
        return Decimal(100 * self.count) / self.of if self.of else Decimal(100 * bool(self.count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organisation as found.

    `phase` of outbound marketing is live, hidden, removed or unknown; `evidence` says how that is known.
    `recorded` says of a snapshot when it was taken; empty for one that answered itself.
    """

    name: str
    url: str
    organization_id: str
    phase: str
    evidence: str
    recorded: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would turn the target into what the manifest asks for."""

    tool: str
    migration: str
    source: Organization
    target: Organization
    manifest_digest: str
    quota: Quota | None
    changes: tuple[Change, ...]
    drift: tuple[Drift, ...] = ()
    findings: tuple[Finding, ...] = ()
    brakes: tuple[Brake, ...] = ()
    complete: bool = True

    @property
    def applyable(self) -> bool:
        """Whether it may be applied: the manifest has no mistake, and the target is no snapshot."""
        return not (blocking(self.findings) or self.target.recorded)

    @property
    def work(self) -> tuple[Change, ...]:
        """The changes that do something."""
        return tuple(change for change in self.changes if change.action not in IDLE)

    @property
    def refused(self) -> tuple[Change, ...]:
        """What the manifest names one by one and cannot have."""
        return tuple(change for change in self.changes if change.action is Action.BLOCKED and change.listed)

    @property
    def summary(self) -> Mapping[str, int]:
        """Changes by action, with underscores."""
        counts = Counter(change.action for change in self.changes)
        return {action.replace("-", "_"): counts[action] for action in Action}

    @property
    def held(self) -> tuple[str, ...]:
        """The brakes that keep all of it from being applied."""
        return tuple(brake.name for brake in self.brakes if brake.held)

    @property
    def obstacle(self) -> Outcome | None:
        """What keeps all of it from being applied."""
        if blocking(self.findings):
            return Outcome(Exit.FAILED, "The manifest does not fit the environment; nothing can be applied.")
        if self.held:
            return Outcome(Exit.REFUSED, f"Held by {', '.join(self.held)}: nothing is applied.")
        return None

    @property
    def outcome(self) -> Outcome:
        """How `mig plan` ends; where nothing is in the way, the next step says all there is to say."""
        if self.obstacle is not None:
            return self.obstacle
        if self.refused:
            return Outcome(Exit.REFUSED, f"{told_blocked(len(self.refused))}; see above.")
        if self.work and self.target.recorded:
            return Outcome(Exit.PENDING, f"{self.target.name} is a snapshot: this plan cannot be applied.")
        if self.work:
            return Outcome(Exit.PENDING, "")
        return Outcome(Exit.DONE, self.nothing_to_do)

    def closing(self, apply: Sequence[str]) -> str:
        """How it ends and what to type next; `apply` are the words of the command that would apply it."""
        return " ".join(filter(None, (self.outcome.sentence, self._next_step(apply))))

    def _next_step(self, apply: Sequence[str]) -> str:
        if not self.applyable:
            return ""
        if self.held:
            released = [word for name in self.held for word in ("--release-brake", name)]
            return f"If this is meant: {shlex.join([*apply, *released])}"
        return f"Run `{shlex.join(apply)}` to make it so." if self.outcome.exit is Exit.PENDING else ""

    @property
    def nothing_to_do(self) -> str:
        """Why there is nothing to do."""
        if not self.complete:
            return "Nothing to do for the addresses asked for."
        if any(change.action is Action.BLOCKED for change in self.changes):
            return "Nothing to do: what can move is as the manifest asks."
        told = (*self.findings, *(finding for change in self.changes for finding in change.findings))
        if any(one.severity is Severity.WARNING and not one.waived for one in told):
            return "Nothing to do: what the warnings above tell of is for a person."
        return "Nothing to do: the target is as the manifest asks."

    @cached_property
    def digest(self) -> str:
        """A digest of everything the plan would do."""
        told = [
            self.source.organization_id,
            self.target.organization_id,
            self.manifest_digest,
            [
                [change.id, change.precondition, change.before, change.after, change.depends_on]
                for change in self.changes
            ],
        ]
        return digest(told)


def told_blocked(count: int) -> str:
    """How many are blocked of what the manifest names one by one."""
    named = "named in the manifest"
    return counted(count, f"resource {named} is blocked", f"resources {named} are blocked")


def digest(value: Any) -> str:
    """A short stable digest of plain data."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
