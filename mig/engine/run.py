"""What became of an apply, as a value."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from mig.engine.plan import Action, Plan, told_blocked
from mig.model.address import Address
from mig.model.findings import WORKLIST, Finding
from mig.model.outcome import Exit, Outcome, gravest

_WITHOUT: Final = {Exit.DONE: "nothing", Exit.REFUSED: "refused"}


class Fate(StrEnum):
    """What became of one change."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One change after the run. `left`: it is skipped, but what it started goes on by itself."""

    id: str
    address: Address
    action: Action
    fate: Fate
    request_id: str | None = None
    error: str | None = None
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One apply. `refused` counts what was blocked although the manifest names it. `to_do` is left to people.

    `exits` holds the codes that failures alone would end with: want of a privilege weighs more than the rest.
    `instead` is how it ended without having begun.
    """

    run_id: str
    results: tuple[Result, ...]
    refused: int = 0
    interrupted: bool = False
    stopped_by: str | None = None
    exits: frozenset[Exit] = frozenset()
    nothing_to_do: str = "Nothing to do."
    instead: Outcome | None = None
    to_do: tuple[Finding, ...] = ()

    @classmethod
    def never_begun(cls, why: Outcome) -> Self:
        """A run that did not take place: held up, or not wanted by whoever was asked."""
        stopped_by = None if why.exit is Exit.DONE else why.sentence
        return cls(run_id=str(UUID(int=0)), results=(), stopped_by=stopped_by, instead=why)

    @property
    def outcome_word(self) -> str:
        """`done | nothing | partial | failed | refused | interrupted`."""
        if self.instead is not None:
            return _WITHOUT.get(self.instead.exit, "failed")
        fates = self.fates
        if self.interrupted:
            return "interrupted"
        if self.stopped_by or fates[Fate.FAILED] or fates[Fate.SKIPPED]:
            return "partial" if fates[Fate.DONE] or self.left else "failed"
        if self.refused:
            return "refused"
        return "done" if self.results else "nothing"

    @property
    def left(self) -> int:
        """How many go on by themselves."""
        return sum(result.left for result in self.results)

    @property
    def fates(self) -> Counter[Fate]:
        """How many changes came to what."""
        return Counter(result.fate for result in self.results)

    @property
    def outcome(self) -> Outcome:
        """The closing sentence and the exit code."""
        ended = self._ended
        return replace(ended, exit=gravest((ended.exit, *(self.exits - {Exit.FAILED}))))

    @property
    def _ended(self) -> Outcome:
        if self.instead is not None:
            return self.instead
        fates = self.fates
        done, failed, skipped = fates[Fate.DONE], fates[Fate.FAILED], fates[Fate.SKIPPED]
        told = f"{done} done"
        told += f", {self.left} under way" if self.left else ""
        told += f", {failed} failed" if failed else ""
        told += f", {skipped - self.left} skipped" if skipped > self.left else ""
        match self.outcome_word:
            case "interrupted":
                return Outcome(Exit.INTERRUPTED, f"Interrupted: {told}. Run again to go on.")
            case "failed":
                return Outcome(Exit.FAILED, f"Failed: {self.stopped_by or told}. Run again to go on.")
            case "partial":
                why = f" {self.stopped_by}." if self.stopped_by else ""
                return Outcome(Exit.PARTIAL, f"Partly applied: {told}.{why} Run again to go on.")
            case "refused":
                return Outcome(Exit.REFUSED, f"Applied: {told}; {told_blocked(self.refused)}.")
            case "done":
                return Outcome(Exit.DONE, f"Applied: {told}.")
        return Outcome(Exit.DONE, self.nothing_to_do)


def left_to_people(plan: Plan, results: Iterable[Result]) -> tuple[Finding, ...]:
    """The worklist of every resource of which something was done."""
    touched = {result.address for result in results if result.fate is Fate.DONE}
    return tuple(
        finding
        for change in plan.changes
        if change.address in touched
        for finding in change.findings
        if finding.code in WORKLIST
    )
