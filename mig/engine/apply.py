"""Running a plan: its steps and nothing else.

Changes run in waves, each after everything it depends on; what the service has to be waited for comes last,
and last of all jobs of hours, one after the other, each with what depends on it.
Within a wave all writes go first, as change sets in parallel batches; then what converges, calls, waiting,
jobs, checks, the ledger; a change whose steps come in another order (a stop before a write) goes through
these stages again. What fails stops what depends on it and nothing else. A run that dies leaves whole change
sets behind, and the next plan sees what is there.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any, Final, TypeVar

from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.dataverse.messages import Answer, Request
from mig.engine.attempt import Attempt, Stop
from mig.engine.identity import Identity
from mig.engine.job_run import JobRun, Surroundings
from mig.engine.jobs import Job, JobRecord, in_flight, record_of, with_job
from mig.engine.ledger import Entry, Ledger, State, save
from mig.engine.lock import Lock, LockLost
from mig.engine.notes import Notes
from mig.engine.parallel import in_parallel
from mig.engine.plan import Plan
from mig.engine.progress import Count, Event, Listener
from mig.engine.run import Fate, Result, Run, left_to_people
from mig.engine.steps import Await, Check, Converge, Forget, Invoke, Record, Step, Write
from mig.engine.waiting import wait_for
from mig.engine.waves import waves
from mig.engine.writing import Writer
from mig.model.counted import counted
from mig.model.outcome import Exit

_Step = TypeVar("_Step", bound=Step)

# Of sending, each read back. One is enough, save where something has to make room first.
_ROUNDS: Final = 3


class Applier:
    """One apply of one plan."""

    def __init__(
        self,
        client: Client,
        notes: Notes,
        lock: Lock,
        ledger: Ledger,
        *,
        own_ids: bool | None = None,
        run_id: str,
        clock: Callable[[], datetime],
        listen: Listener,
        stop: Stop,
        parallelism: int,
        others: Sequence[Ledger] = (),
        wait: bool = True,
    ) -> None:
        self._others = others
        self._wait = wait
        self._client = client
        self._notes = notes
        self._lock = lock
        self._ledger = ledger
        self._run_id = run_id
        self._clock = clock
        self._listen = listen
        self._stop = stop
        self._parallelism = parallelism
        self._identity = Identity(own_ids)
        self._writer = Writer(client, lock, stop, self._identity, parallelism)
        self._attempts: dict[str, Attempt] = {}
        self._done = 0
        self._saving: asyncio.Task[Ledger] | None = None

    async def run(self, plan: Plan) -> Run:
        """Do all of it. Always returns a run, whatever became of single changes or of the whole."""
        self._attempts = {change.id: Attempt(change) for change in plan.work}
        self._tell("run-started", detail=self._run_id)
        stopped_by = None
        stopped_with = Exit.DONE
        try:
            for wave in waves(plan.work, [one.entry.source_id for one in in_flight([self._ledger])]):
                await self._wave([self._attempts[key] for key in wave])
            await self._recorded()
        except DataverseError as error:
            stopped_by, stopped_with = str(error), error.exit
            for attempt in self._attempts.values():
                if attempt.going:
                    attempt.skip(f"the run stopped: {error}")
        finally:
            await self._let_end()
        results = tuple(_result(attempt) for attempt in self._attempts.values())
        run = Run(
            run_id=self._run_id,
            results=results,
            refused=len(plan.refused),
            interrupted=self._stop.requested
            and any(attempt.fate is not Fate.DONE for attempt in self._attempts.values()),
            stopped_by=stopped_by,
            exits=frozenset({stopped_with, *(attempt.exit for attempt in self._attempts.values())}),
            to_do=left_to_people(plan, results),
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
            if rest:
                await self._recorded()
        for attempt in attempts:
            if attempt.going:
                attempt.fate = Fate.DONE
            self._done += 1
            self._tell(f"change-{attempt.fate}", attempt)

    async def _stages(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            attempt.advance()
        await self._writer.write(self._steps(attempts, Write))
        await self._converge(attempts)
        await self._invoke(attempts)
        await self._await(attempts)
        await self._jobs(attempts)
        await self._check(attempts)
        await self._record(attempts)

    def _start(self, attempt: Attempt) -> None:
        unmet = [key for key in attempt.change.depends_on if self._unmet(key)]
        if self._stop.requested:
            attempt.skip("interrupted before it was begun")
        elif unmet:
            under_way = self._attempts[unmet[0]].left
            attempt.skip(f"{unmet[0]} {'is under way' if under_way else 'was not done'}")
        else:
            self._tell("change-started", attempt)

    def _unmet(self, key: str) -> bool:
        other = self._attempts.get(key)
        return other is not None and other.fate is not Fate.DONE

    # --- the stages of a wave -----------------------------------------------------------------------------

    def _steps(self, attempts: Sequence[Attempt], kind: type[_Step]) -> list[tuple[Attempt, _Step]]:
        """The steps of one kind that are under way and still going, with the ids that rows have by now."""
        return [
            (attempt, self._identity.put_in(step))
            for attempt in attempts
            if attempt.going
            for step in attempt.at
            if isinstance(step, kind)
        ]

    async def _converge(self, attempts: Sequence[Attempt]) -> None:
        """Rounds of asking what is missing and sending it, until nothing is."""
        steps: Sequence[tuple[Attempt, Converge]] = self._steps(attempts, Converge)
        for _ in range(_ROUNDS):
            asked, steps = await self._ask(steps), []
            await self._in_parallel(self._filling(asked, steps))
        for attempt, step, missing in await self._ask(steps):
            if next(iter(missing), None) is not None:
                attempt.fail(f"what was sent does not read back: {step.told}")

    def _filling(
        self,
        asked: Iterable[tuple[Attempt, Converge, Iterable[Request]]],
        sent: list[tuple[Attempt, Converge]],
    ) -> Iterator[Coroutine[Any, Any, object]]:
        """The calls, each made when its turn comes; steps that have any are put down in `sent`."""
        for attempt, step, missing in asked:
            left = iter(missing)
            if (first := next(left, None)) is None:
                continue
            sent.append((attempt, step))
            requests, count = chain((first,), left), Count(step.told, self._clock())
            if step.in_order:
                yield self._send_each(attempt, requests, count)
            else:
                yield from (self._send_counted(attempt, request, count) for request in requests)

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
        await self._in_parallel(
            [self._call(attempt, step) for attempt, step in self._steps(attempts, Invoke)]
        )

    async def _call(self, attempt: Attempt, step: Invoke) -> None:
        answer = await self._send(attempt, Request("POST", step.action, step.body))
        refusal = step.confirmation.refusal(answer.body) if answer and step.confirmation else None
        if refusal is not None:
            attempt.fail(f"{step.action} refused: {refusal}")

    async def _send_each(self, attempt: Attempt, requests: Iterable[Request], count: Count) -> None:
        """One after the other, as long as none fails."""
        for request in requests:
            await self._send_counted(attempt, request, count)

    async def _send_counted(self, attempt: Attempt, request: Request, count: Count) -> None:
        if await self._send(attempt, request) and (said := count.add(request.rows, self._clock())):
            self._tell("rows-written", attempt, said)

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
        waiting: Sequence[tuple[Attempt, Await]] = self._steps(attempts, Await)
        if not self._wait:
            for attempt, _ in waiting:
                if attempt.only_waits:
                    attempt.leave("it is under way")
        awaited = {
            expected.row_id: (attempt, expected)
            for attempt, step in waiting
            if attempt.going
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
        self._tell("waiting", detail=counted(waiting, "row"))
        await self._lock.renew()
        return not self._stop.requested

    async def _jobs(self, attempts: Sequence[Attempt]) -> None:
        """One after the other: the service does one at a time. What the ledger says of one has to be true."""
        await self._recorded()
        for attempt, job in self._steps(attempts, Job):
            if self._stop.requested:
                attempt.skip("interrupted before it was begun")
                continue
            try:
                ending = await JobRun(job, self._job_of(job), self._around(attempt, job)).run()
            except LockLost:
                raise
            except DataverseError as error:
                attempt.fail(error)
                continue
            if ending.left:
                attempt.leave(ending.told)
            elif not ending.good:
                attempt.fail(ending.told)

    def _job_of(self, job: Job) -> JobRecord | None:
        return record_of(self._ledger.entries.get(job.entry.source_id), job.target)

    def _around(self, attempt: Attempt, job: Job) -> Surroundings:
        async def keep(record: JobRecord | None) -> None:
            entry = self._ledger.entries.get(job.entry.source_id, job.entry)
            await self._lock.renew()
            self._ledger = await save(self._notes, self._ledger.record([with_job(entry, record)]))

        async def between() -> bool:
            await self._lock.renew()
            return not self._stop.requested

        running = in_flight([self._ledger, *self._others])
        return Surroundings(
            client=self._client,
            clock=self._clock,
            keep=keep,
            between=between,
            tell=lambda event, detail: self._tell(event, attempt, detail),
            others=tuple(one for one in running if one.entry.source_id != job.entry.source_id),
            wait=self._wait,
        )

    async def _check(self, attempts: Sequence[Attempt]) -> None:
        await self._in_parallel([self._judge(*one) for one in self._steps(attempts, Check)])

    async def _judge(self, attempt: Attempt, step: Check) -> None:
        try:
            problem = await step.problem(self._client)
        except DataverseError as error:
            attempt.fail(error)
        else:
            if problem is not None:
                attempt.fail(problem)

    async def _record(self, attempts: Sequence[Attempt]) -> None:
        """Written while the next wave is under way: whoever dies meanwhile leaves a ledger that is older."""
        records = self._steps(attempts, Record)
        gone = {step.source_id for _, step in self._steps(attempts, Forget)}
        if not (records or gone):
            return
        await self._lock.renew()
        await self._recorded()
        at = self._clock().isoformat(timespec="seconds")
        entries = [
            replace(step.entry, job=self._known_job(step.entry), run_id=self._run_id, at=at)
            for _, step in records
        ]
        ledger = self._ledger.record(entries).forget(gone)
        self._saving = asyncio.create_task(save(self._notes, ledger, self._parallelism))

    async def _recorded(self) -> None:
        """What was to be written down last, is."""
        if self._saving is not None:
            saving, self._saving = self._saving, None
            self._ledger = await saving

    async def _let_end(self) -> None:
        """Nothing is written once the lock is given back. Why a run stopped is told, not how this went."""
        if self._saving is not None:
            await asyncio.gather(self._saving, return_exceptions=True)

    def _known_job(self, entry: Entry) -> State:
        """What is known of its job: more than the plan knew, where one was run since."""
        known = self._ledger.entries.get(entry.source_id)
        return known.job if known else entry.job

    async def _in_parallel(self, jobs: Iterable[Coroutine[Any, Any, object]]) -> None:
        await in_parallel(jobs, self._parallelism)

    def _tell(self, event: str, attempt: Attempt | None = None, detail: str = "") -> None:
        self._listen(
            Event(
                event=event,
                address=str(attempt.change.address) if attempt else "",
                action=attempt.change.action if attempt else "",
                detail=detail or (attempt.error if attempt else None) or "",
                done=self._done,
                total=len(self._attempts),
            )
        )


def _result(attempt: Attempt) -> Result:
    return Result(
        id=attempt.change.id,
        address=attempt.change.address,
        action=attempt.change.action,
        fate=attempt.fate or Fate.SKIPPED,
        request_id=attempt.request_id,
        error=attempt.error,
        left=attempt.left,
    )
