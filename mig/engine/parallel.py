"""Several jobs at once, so many and no more."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any


async def in_parallel(jobs: Iterable[Coroutine[Any, Any, object]], limit: int) -> None:
    """Do them all, each made when its turn comes; then raise what one of those that failed raised."""
    waiting = iter(jobs)

    async def work() -> Sequence[BaseException]:
        return [
            ended
            for job in waiting
            for ended in await asyncio.gather(job, return_exceptions=True)
            if isinstance(ended, BaseException)
        ]

    # Nothing in flight is cancelled because something else failed: its outcome would be unknown.
    for problems in await asyncio.gather(*(work() for _ in range(limit))):
        for problem in problems:
            raise problem
