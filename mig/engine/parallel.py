"""Several jobs at once, so many and no more."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def in_parallel(jobs: Sequence[Coroutine[Any, Any, object]], limit: int) -> None:
    """Do them all; then raise what the first of those that failed raised."""
    gate = asyncio.Semaphore(limit)

    async def one(job: Coroutine[Any, Any, object]) -> None:
        async with gate:
            await job

    # Nothing in flight is cancelled because something else failed: its outcome would be unknown.
    ended = await asyncio.gather(*(one(job) for job in jobs), return_exceptions=True)
    for problem in ended:
        if isinstance(problem, BaseException):
            raise problem
