"""The writes of a wave: change sets in parallel batches, each answer judged for the change it belongs to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from mig.dataverse.answers import failed
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, DataverseError, OutcomeUnknown, RequestFailed
from mig.dataverse.messages import Answer, ChangeSet
from mig.engine.attempt import Attempt, Stop
from mig.engine.identity import Identity
from mig.engine.lock import Lock
from mig.engine.parallel import in_parallel
from mig.engine.steps import Operation, Write

_FEWEST: Final = 20  # operations that are worth a request of their own
_REFUSED: Final = 400
# How often a row made ahead is sent before its change has failed, when no answer comes.
_ROUNDS: Final = 5
_AGAINST_PROBE: Final = (
    "a row of {} got another id than ours, though a probe had found them taken: delete what was just made,"
    " run `mig doctor --probe` and apply again"
)

Pending = tuple[Attempt, Write]
Answered = tuple[Attempt, Write, Sequence[Answer]]


class Writer:
    """Sends the writes of one run, and learns the ids that new rows got."""

    def __init__(self, client: Client, lock: Lock, stop: Stop, identity: Identity, parallelism: int) -> None:
        self._client = client
        self._lock = lock
        self._stop = stop
        self._identity = identity
        self._parallelism = parallelism

    async def write(self, pending: Sequence[Pending]) -> None:
        """Send all of them; what fails settles its attempt."""
        await self._make_ahead(pending)
        await self._batches(
            [(attempt, self._identity.ready(write)) for attempt, write in pending if attempt.going]
        )

    # --- rows whose ids others name -----------------------------------------------------------------------

    async def _make_ahead(self, pending: Sequence[Pending]) -> None:
        """Where our ids are not taken, all that are claimed; before that is known, one, which tells."""
        claims = [(attempt, claim) for attempt, write in pending if (claim := write.ahead) is not None]
        size = 1
        while claims and self._identity.takes(claims[0][1].entity_set) is None:
            await self._ask(claims[:size])
            claims, size = claims[size:], self._client.batch_size
        if claims and self._identity.takes(claims[0][1].entity_set) is False:
            await self._batches([(attempt, Write((claim.unnamed(),))) for attempt, claim in claims])

    async def _ask(self, claims: Sequence[tuple[Attempt, Operation]]) -> None:
        """Make rows under ids of ours. What is refused is made without: if that goes, it was for the id."""
        made = {id(attempt): claim for attempt, claim in claims}
        asked = [(attempt, Write((claim.asking(),))) for attempt, claim in claims]
        refused: list[Pending] = []
        for attempt, write, answers in await self._answers(asked):
            if answers and answers[0].status == _REFUSED:
                refused.append((attempt, Write((made[id(attempt)].unnamed(),))))
            else:
                self._judge(attempt, write, answers)
        if refused:
            await self._batch(refused)

    # --- batches ------------------------------------------------------------------------------------------

    async def _batches(self, pending: Sequence[Pending]) -> None:
        await in_parallel(map(self._batch, self._groups(pending)), self._parallelism)

    def _groups(self, pending: Sequence[Pending]) -> Iterator[Sequence[Pending]]:
        """Each is cut when its turn comes: of the size that is right by then, and towards the end so small
        that all workers end together.
        """
        left = sum(len(write.operations) for _, write in pending)
        start = 0
        while start < len(pending):
            share = max(_FEWEST, -(-left // self._parallelism))
            count, size = _fitting(pending[start:], min(share, self._client.batch_size))
            yield pending[start : start + count]
            start, left = start + count, left - size

    async def _batch(self, group: Sequence[Pending]) -> None:
        for attempt, write, answers in await self._answers(group):
            self._judge(attempt, write, answers)

    async def _answers(self, group: Sequence[Pending], number: int = 1) -> Sequence[Answered]:
        """The answers to one batch; none where it was not sent or answered, which settles the attempts."""
        if self._stop.requested:
            for attempt, _ in group:
                attempt.skip("interrupted before it was begun")
            return ()
        await self._lock.renew()
        sets = [
            ChangeSet(tuple(attempt.guarded(one).request() for one in write.operations))
            for attempt, write in group
        ]
        try:
            answers = await self._client.batch(sets)
        except DataverseError as error:
            return await self._unheard(group, error, number)
        return [(attempt, write, found) for (attempt, write), found in zip(group, answers, strict=True)]

    # --- no answer ----------------------------------------------------------------------------------------

    async def _unheard(
        self, group: Sequence[Pending], error: DataverseError, number: int
    ) -> Sequence[Answered]:
        """What has a mark is looked for by it; of what is not there, a row made ahead is sent again.

        A change set is not: it may be under way still, and a segment made twice is worse than a change that
        failed.
        """
        heard: list[Answered] = []
        again: list[Pending] = []
        found = await self._found(group, number) if _in_doubt(error) else {}
        for place, (attempt, write) in enumerate(group):
            row_id = found.get(place)
            if row_id:
                heard.append((attempt, write, [_made(one, row_id) for one in write.operations]))
            elif place in found and write.alone and number < _ROUNDS and not self._stop.requested:
                again.append((attempt, write))
            else:
                attempt.fail(error)
        return [*heard, *await self._answers(again, number + 1)] if again else heard

    async def _found(self, group: Sequence[Pending], number: int) -> Mapping[int, str]:
        """The id of each row that can be looked for, by the place of its write; empty for one not there."""
        asked = [
            (place, operation, search)
            for place, (_, write) in enumerate(group)
            for operation in write.operations
            if (search := operation.search) is not None
        ]
        if not asked:
            return {}
        await self._client.pause(number)  # what is under way may come to its end
        try:
            found = await self._client.listings([search for _, _, search in asked])
        except DataverseError:
            return {}
        return {
            place: str(rows[0][operation.id_column]) if rows else ""
            for (place, operation, _), rows in zip(asked, found, strict=True)
        }

    # --- what came of it ----------------------------------------------------------------------------------

    def _judge(self, attempt: Attempt, write: Write, answers: Sequence[Answer]) -> None:
        """A change set that failed has one answer for all of it; else there is one an operation."""
        operations = write.operations
        for number, answer in enumerate(answers):
            attempt.request_id = answer.request_id or attempt.request_id
            if answer.failed:
                place = number if answer.place is None else answer.place
                attempt.fail(failed(operations[min(place, len(operations) - 1)].request(), answer))
                return
        if len(answers) != len(operations):
            attempt.fail(BadAnswer(f"{len(operations)} writes were answered by {len(answers)} answers"))
            return
        for operation, answer in zip(operations, answers, strict=True):
            try:
                self._identity.learn(operation, answer)
            except BadAnswer as error:
                attempt.fail(error)
        if len(operations) > 1 and self._identity.renamed(operations[0].row_id):
            attempt.fail(BadAnswer(_AGAINST_PROBE.format(operations[0].entity_set)))


def _in_doubt(error: DataverseError) -> bool:
    """Whether it may have been carried out all the same."""
    return isinstance(error, OutcomeUnknown) or (isinstance(error, RequestFailed) and error.status >= 500)


def _made(operation: Operation, row_id: str) -> Answer:
    """The answer that would have come for a row that was found."""
    where = f"{operation.entity_set}({row_id})" if operation.search is not None else ""
    return Answer(204, {"odata-entityid": where})


def _fitting(pending: Iterable[Pending], most: int) -> tuple[int, int]:
    """How many writes come to no more than so many operations, one at least; and to how many they come."""
    count = size = 0
    for _, write in pending:
        if count and size + len(write.operations) > most:
            break
        count, size = count + 1, size + len(write.operations)
    return count, size
