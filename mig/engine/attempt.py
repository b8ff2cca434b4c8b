"""One change while it runs: how far it has come, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mig.dataverse.errors import DataverseError, RequestFailed
from mig.engine.jobs import Job
from mig.engine.plan import Change
from mig.engine.run import Fate
from mig.engine.steps import Await, Check, Converge, Forget, Invoke, Operation, Record, Step, Write
from mig.model.outcome import Exit

# The order in which the steps of a wave are done.
_STAGES: Final[Mapping[type[Step], int]] = {
    Write: 0,
    Converge: 1,
    Invoke: 2,
    Await: 3,
    Job: 4,
    Check: 5,
    Record: 6,
    Forget: 6,
}
_SENDS: Final = (Write, Converge, Invoke, Job)


class Stop:
    """Set by the first Ctrl-C: what is in flight is finished, nothing new is begun."""

    def __init__(self) -> None:
        self.requested = False


@dataclass(slots=True)
class Attempt:
    """One change while it runs; `fate` is None until it is settled.

    `begun` counts the steps that were taken up, `at` is the part of them under way; `versions` are those that
    rows were waited for to come to. `left`: what it started goes on by itself, and nobody waits.
    """

    change: Change
    begun: int = 0
    at: tuple[Step, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    fate: Fate | None = None
    error: str | None = None
    request_id: str | None = None
    exit: Exit = Exit.DONE
    left: bool = False

    @property
    def going(self) -> bool:
        """Nothing is settled yet."""
        return self.fate is None

    @property
    def unfinished(self) -> bool:
        """Nothing has gone wrong, and there are steps left."""
        return self.going and self.begun < len(self.change.steps)

    def advance(self) -> None:
        """Take up the next steps, as far as they come in the order of the stages.

        What one step brings about, the next one may build on: of those a part has one.
        """
        rest = self.change.steps[self.begun :]
        ends = (number for number in range(1, len(rest)) if _comes_later(rest[number - 1], rest[number]))
        self.at = rest[: next(ends, len(rest))]
        self.begun += len(self.at)

    def guarded(self, operation: Operation) -> Operation:
        """The write, for the version of its row that was waited for."""
        return replace(operation, etag=self.versions.get(operation.row_id, operation.etag))

    def skip(self, why: str) -> None:
        """It is not done, and not tried."""
        self.fate, self.error = Fate.SKIPPED, why

    def leave(self, what: str) -> None:
        """It is started, and goes on by itself."""
        self.left = True
        self.skip(f"{what}; `mig status` shows how far it is, `mig apply` goes on from there")

    @property
    def only_waits(self) -> bool:
        """Whether nothing more is sent for it after the part under way."""
        return not any(isinstance(step, _SENDS) for step in self.change.steps[self.begun :])

    def fail(self, why: str | DataverseError) -> None:
        """It was tried, and failed."""
        self.fate, self.error, self.exit = Fate.FAILED, str(why), Exit.FAILED
        if isinstance(why, DataverseError):
            self.exit = why.exit
        if isinstance(why, RequestFailed) and why.request_id:
            self.request_id = why.request_id


def _comes_later(before: Step, step: Step) -> bool:
    """Whether a step cannot be in one part with the one before it."""
    stage = _STAGES[type(step)]
    return stage < _STAGES[type(before)] or (isinstance(before, Converge) and isinstance(step, Converge))
