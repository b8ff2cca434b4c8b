"""Throw-away drafts that stand in a target, and getting rid of them: of this run, and of one that died."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.dataverse.messages import ChangeSet, Request, Row
from mig.engine.lock import Lock
from mig.engine.steps import Await, Expected, Invoke, Operation
from mig.engine.waiting import wait_for
from mig.segments import actions
from mig.segments.diagnosis import LEFT_BEHIND
from mig.segments.drafts import NAMES, PREFIX
from mig.segments.live_side import read_targets
from mig.segments.rows import DEFINITION_SET, SEGMENT_SET, TargetSegment


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Segments with their definitions, and by id the names of lone definitions."""

    segments: Sequence[TargetSegment]
    loose: Mapping[str, str]

    @classmethod
    def among(cls, targets: Iterable[TargetSegment], loose: Mapping[str, Row]) -> Self:
        """Those among the target's rows."""
        names = {key: str(row.get("msdynmkt_name") or "") for key, row in loose.items()}
        return cls(
            [one for one in targets if one.name in NAMES],
            {key: name for key, name in names.items() if name in NAMES},
        )

    @property
    def names(self) -> Sequence[str]:
        """The names of all of them, each once."""
        return sorted({*(one.name for one in self.segments), *self.loose.values()})

    def deletions(self) -> Iterator[ChangeSet]:
        """Both rows of each go together. The service writes them itself, so no version guards them."""
        for one in self.segments:
            pair = [_deletion(SEGMENT_SET, one.segment_id)]
            if one.definition is not None:
                pair.append(_deletion(DEFINITION_SET, one.definition_id))
            yield ChangeSet(tuple(pair))
        for key in self.loose:
            yield ChangeSet((_deletion(DEFINITION_SET, key),))


class LeftBehind(DataverseError):
    """Throw-away drafts that could not be deleted."""

    code = LEFT_BEHIND
    fix = "run `mig doctor --probe` again, or delete by hand the segments and definitions of these names"

    def __init__(self, left: Leftovers, why: str) -> None:
        super().__init__(f"throw-away segments are left in the target: {', '.join(left.names)}; {why}")


async def clear(client: Client, lock: Lock) -> None:
    """Delete all that stand in the target, what is live is stopped first; `LeftBehind` tells what stays."""
    left = Leftovers.among(*await read_targets(client, PREFIX))
    if not left.names:
        return
    try:
        why = await _stop(client, lock, left.segments) or await _delete(client, lock, left)
    except DataverseError as error:
        behind = LeftBehind(left, str(error))
        behind.exit = error.exit
        raise behind from error
    if why:
        raise LeftBehind(left, why)


async def _stop(client: Client, lock: Lock, segments: Iterable[TargetSegment]) -> str | None:
    """Take out of use what is live, and wait for it; why that could not be done."""
    rows: list[Expected] = []
    for target in (one for one in segments if one.stoppable or one.stopping):
        for step in actions.stop(target):
            if isinstance(step, Await):
                rows += step.rows
            elif isinstance(step, Invoke):
                await lock.renew()
                answer = await client.send(Request("POST", step.action, step.body))
                refused = step.confirmation.refusal(answer.body) if step.confirmation else None
                if refused is not None:
                    return f"{step.action} refused: {refused}"

    async def between(waiting: int) -> bool:
        await lock.renew()
        return True

    settled = await wait_for(client, rows, between)
    return next((found.problem for found in settled.values() if found.problem is not None), None)


async def _delete(client: Client, lock: Lock, left: Leftovers) -> str | None:
    """Delete the rows; why that could not be done."""
    await lock.renew()
    answers = [answer for part in await client.batch(list(left.deletions())) for answer in part]
    return next((" ".join(answer.error) for answer in answers if answer.failed), None)


def _deletion(entity_set: str, row_id: str) -> Request:
    return Operation("DELETE", entity_set, row_id, {}).request()
