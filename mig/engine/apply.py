"""Running a plan: its steps and nothing else.

Changes run in waves, each after everything it depends on; what the service has to be waited for comes last.
Within a wave all writes go first, as change sets in parallel batches; then what converges, calls, waiting,
the ledger; a change whose steps come in another order (a stop before a write) goes through these stages
again. What fails stops what depends on it and nothing else. A run that dies leaves whole change sets behind,
and the next plan sees what is there.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mig.dataverse.client import Client, failed
from mig.dataverse.errors import BadAnswer, DataverseError
from mig.dataverse.messages import Answer, ChangeSet, Request
from mig.engine.attempt import Attempt
from mig.engine.graph import levels
from mig.engine.ledger import Ledger, save
from mig.engine.lock import Lock
from mig.engine.plan import Change, Plan
from mig.engine.progress import Event, Listener
from mig.engine.run import Fate, Result, Run
from mig.engine.steps import Await, Converge, Forget, Invoke, Record, Write
from mig.engine.waiting import wait_for
from mig.model.outcome import Exit

# A batch runs in sequence on the server and its time counts in full, so batches are small and several run
# at once; above 250 operations a refusal was reported (reference/dataverse-web-api.md 6, 7).
_SETS_PER_BATCH: Final = 25
# One that sends and one that reads back; those between are for what has to make room first.
_ROUNDS: Final = 4


class Stop:
    """Set by the first Ctrl-C: what is in flight is finished, nothing new is begun."""

    def __init__(self) -> None:
        self.requested = False


class Applier:
    """One apply of one plan."""

    def __init__(
        self,
        client: Client,
        lock: Lock,
        ledger: Ledger,
        *,
        run_id: str,
        clock: Callable[[], datetime],
        listen: Listener,
        stop: Stop,
        parallelism: int,
    ) -> None:
        self._client = client
        self._lock = lock
        self._ledger = ledger
        self._run_id = run_id
        self._clock = clock
        self._listen = listen
        self._stop = stop
        self._parallelism = parallelism
        self._attempts: dict[str, Attempt] = {}
        self._done = 0

    async def run(self, plan: Plan) -> Run:
        """Do all of it. Always returns a run, whatever became of single changes or of the whole."""
        self._attempts = {change.id: Attempt(change) for change in plan.work}
        self._tell("run-started", detail=self._run_id)
        stopped_by = None
        stopped_with = Exit.DONE
        try:
            for wave in _waves(plan.work):
                await self._wave([self._attempts[key] for key in wave])
        except DataverseError as error:
            stopped_by, stopped_with = str(error), error.exit
            for attempt in self._attempts.values():
                if attempt.going:
                    attempt.skip(f"the run stopped: {error}")
        run = Run(
            run_id=self._run_id,
            results=tuple(_result(attempt) for attempt in self._attempts.values()),
            refused=len(plan.refused),
            interrupted=self._stop.requested
            and any(attempt.fate is not Fate.DONE for attempt in self._attempts.values()),
            stopped_by=stopped_by,
            exits=frozenset({stopped_with, *(attempt.exit for attempt in self._attempts.values())}),
        )
        self._tell("run-ended", detail=run.outcome_word)
        return run

    async def _wave(self, attempts: list[Attempt]) -> None:
        for attempt in attempts:
            self._start(attempt)
        rest = [attempt for attempt in attempts if attempt.going]
        while rest:
            await self._stages(rest)
            rest = [attempt for attempt in rest if attempt.unfinished]
        for attempt in attempts:
            if attempt.going:
                attempt.fate = Fate.DONE
            self._done += 1
            self._tell(f"change-{attempt.fate}", attempt)

    async def _stages(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            attempt.advance()
        await self._write(attempts)
        await self._converge(attempts)
        await self._invoke(attempts)
        await self._await(attempts)
        await self._record(attempts)

    def _start(self, attempt: Attempt) -> None:
        unmet = [key for key in attempt.change.depends_on if self._unmet(key)]
        if self._stop.requested:
            attempt.skip("interrupted before it was begun")
        elif unmet:
            attempt.skip(f"{unmet[0]} was not done")
        else:
            self._tell("change-started", attempt)

    def _unmet(self, key: str) -> bool:
        other = self._attempts.get(key)
        return other is not None and other.fate is not Fate.DONE

    # --- the stages of a wave -----------------------------------------------------------------------------

    async def _write(self, attempts: Sequence[Attempt]) -> None:
        sets = [
            (attempt, ChangeSet(tuple(attempt.guarded(one).request() for one in step.operations)))
            for attempt in attempts
            if attempt.going
            for step in attempt.at
            if isinstance(step, Write)
        ]
        await self._in_parallel([self._write_batch(group) for group in _groups(sets)])

    async def _write_batch(self, sets: Sequence[tuple[Attempt, ChangeSet]]) -> None:
        if self._stop.requested:
            for attempt, _ in sets:
                attempt.skip("interrupted before it was begun")
            return
        await self._lock.renew()
        try:
            answers = await self._client.batch([change_set for _, change_set in sets])
        except DataverseError as error:
            for attempt, _ in sets:
                attempt.fail(error)
            return
        for (attempt, change_set), answer in zip(sets, answers, strict=True):
            _judge(attempt, change_set, answer)

    async def _converge(self, attempts: Sequence[Attempt]) -> None:
        """Rounds of asking what is missing and sending it, until nothing is."""
        steps = [
            (attempt, step)
            for attempt in attempts
            if attempt.going
            for step in attempt.at
            if isinstance(step, Converge)
        ]
        for _ in range(_ROUNDS):
            asked, steps = await self._ask(steps), []
            await self._in_parallel(self._filling(asked, steps))
        for attempt, step in steps:
            if attempt.going:
                attempt.fail(f"what was sent does not read back: {step.told}")

    def _filling(
        self,
        asked: Iterable[tuple[Attempt, Converge, Iterable[Request]]],
        sent: list[tuple[Attempt, Converge]],
    ) -> Iterator[Coroutine[Any, Any, object]]:
        """The calls, each made when its turn comes; steps that have any are put down in `sent`."""
        for attempt, step, missing in asked:
            for number, request in enumerate(missing):
                if number == 0:
                    sent.append((attempt, step))
                yield self._send(attempt, request)

    async def _ask(
        self, steps: Sequence[tuple[Attempt, Converge]]
    ) -> Sequence[tuple[Attempt, Converge, Iterable[Request]]]:
        """What is missing of each step that is still going."""
        found: list[tuple[Attempt, Converge, Iterable[Request]]] = []

        async def ask(attempt: Attempt, step: Converge) -> None:
            try:
                found.append((attempt, step, await step.missing(self._client)))
            except DataverseError as error:
                attempt.fail(error)

        await self._in_parallel([ask(attempt, step) for attempt, step in steps if attempt.going])
        return found

    async def _invoke(self, attempts: Sequence[Attempt]) -> None:
        calls = [
            self._call(attempt, step)
            for attempt in attempts
            if attempt.going
            for step in attempt.at
            if isinstance(step, Invoke)
        ]
        await self._in_parallel(calls)

    async def _call(self, attempt: Attempt, step: Invoke) -> None:
        answer = await self._send(attempt, Request("POST", step.action, step.body))
        refusal = step.confirmation.refusal(answer.body) if answer and step.confirmation else None
        if refusal is not None:
            attempt.fail(f"{step.action} refused: {refusal}")

    async def _send(self, attempt: Attempt, request: Request) -> Answer | None:
        """One call; None when it was not made, or failed."""
        if self._stop.requested and attempt.going:
            attempt.skip("interrupted before it was done")
        if not attempt.going:
            return None
        await self._lock.renew()
        try:
            answer = await self._client.send(request)
        except DataverseError as error:
            attempt.fail(error)
            return None
        attempt.request_id = answer.request_id
        return answer

    async def _await(self, attempts: Sequence[Attempt]) -> None:
        awaited = {
            expected.row_id: (attempt, expected)
            for attempt in attempts
            if attempt.going
            for step in attempt.at
            if isinstance(step, Await)
            for expected in step.rows
        }
        if not awaited:
            return
        settled = await wait_for(
            self._client, [expected for _, expected in awaited.values()], self._between_polls
        )
        for row_id, found in settled.items():
            attempt = awaited[row_id][0]
            if found.problem is not None:
                attempt.fail(found.problem)
            elif found.etag is not None:
                attempt.versions[row_id] = found.etag

    async def _between_polls(self, waiting: int) -> bool:
        self._tell("waiting", detail=f"{waiting} rows")
        await self._lock.renew()
        return not self._stop.requested

    async def _record(self, attempts: Sequence[Attempt]) -> None:
        going = [attempt for attempt in attempts if attempt.going]
        at = self._clock().isoformat(timespec="seconds")
        entries = [
            replace(step.entry, run_id=self._run_id, at=at)
            for attempt in going
            for step in attempt.at
            if isinstance(step, Record)
        ]
        gone = {step.source_id for attempt in going for step in attempt.at if isinstance(step, Forget)}
        if entries or gone:
            await self._lock.renew()
            self._ledger = await save(self._client, self._ledger.record(entries).forget(gone))

    async def _in_parallel(self, jobs: Iterable[Coroutine[Any, Any, object]]) -> None:
        """So many at a time, and no more of them made than are under way."""
        waiting = iter(jobs)

        async def work() -> Sequence[BaseException]:
            return [
                ended
                for job in waiting
                for ended in await asyncio.gather(job, return_exceptions=True)
                if isinstance(ended, BaseException)
            ]

        # Nothing in flight is cancelled because something else failed: its outcome would be unknown.
        for problems in await asyncio.gather(*(work() for _ in range(self._parallelism))):
            for problem in problems:
                raise problem

    def _tell(self, event: str, attempt: Attempt | None = None, detail: str = "") -> None:
        self._listen(
            Event(
                event=event,
                address=str(attempt.change.address) if attempt else "",
                action=attempt.change.action if attempt else "",
                detail=(attempt.error or "") if attempt else detail,
                done=self._done,
                total=len(self._attempts),
            )
        )


def _waves(changes: Sequence[Change]) -> Iterator[list[str]]:
    """What has to be waited for comes last, with all that depends on it."""
    needs = {change.id: change.depends_on for change in changes}
    slow = {change.id for change in changes if any(isinstance(step, Await) for step in change.steps)}
    for wave in levels(needs):
        slow |= {key for key in wave if not slow.isdisjoint(needs[key])}
    for chosen in (needs.keys() - slow, slow):
        yield from levels({key: needs[key] for key in chosen})


def _groups(
    sets: Sequence[tuple[Attempt, ChangeSet]],
) -> Iterator[Sequence[tuple[Attempt, ChangeSet]]]:
    for start in range(0, len(sets), _SETS_PER_BATCH):
        yield sets[start : start + _SETS_PER_BATCH]


def _judge(attempt: Attempt, change_set: ChangeSet, answers: Sequence[Answer]) -> None:
    """A change set that failed has one answer for all of it; one that went through has one an operation."""
    requests = change_set.requests
    for number, answer in enumerate(answers):
        attempt.request_id = answer.request_id or attempt.request_id
        if answer.failed:
            place = number if answer.place is None else answer.place
            attempt.fail(failed(requests[min(place, len(requests) - 1)], answer))
            return
    if len(answers) != len(requests):
        attempt.fail(BadAnswer(f"{len(requests)} writes were answered by {len(answers)} answers"))


def _result(attempt: Attempt) -> Result:
    return Result(
        id=attempt.change.id,
        address=attempt.change.address,
        action=attempt.change.action,
        fate=attempt.fate or Fate.SKIPPED,
        request_id=attempt.request_id,
        error=attempt.error,
    )
