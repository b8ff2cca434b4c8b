"""Waiting for the service: many rows polled in one request until each is as expected."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from mig.dataverse import odata
from mig.dataverse.client import Client
from mig.dataverse.errors import DataverseError
from mig.dataverse.messages import Row
from mig.engine.steps import PATIENCE_SECONDS, Expected

IDS_PER_POLL: Final = 300  # keeps the URL of a poll well below 32,768 characters
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 30.0
_FAILURES: Final = 5  # polls in a row that may fail: what was started goes on without us


@dataclass(frozen=True, slots=True)
class Settled:
    """What a row came to: a problem, or none; and the version it then had."""

    problem: str | None
    etag: str | None = None


async def wait_for(
    client: Client,
    rows: Sequence[Expected],
    between: Callable[[int], Awaitable[bool]],
) -> Mapping[str, Settled]:
    """Poll until every row is settled, and tell by row id what became of it.

    `between` is called after each poll that leaves rows waiting, with their number; False ends the waiting.
    """
    waiting = {row.row_id: row for row in rows}
    settled: dict[str, Settled] = {}
    pause, waited, failures = _FIRST_PAUSE, 0.0, 0
    while waiting and waited < PATIENCE_SECONDS:
        await client.pause(pause)
        waited += pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        try:
            async for row_id, row in _poll(client, list(waiting.values())):
                value = row.get(waiting[row_id].column)
                if value not in waiting[row_id].waiting:
                    problem = _judge(waiting.pop(row_id), value)
                    settled[row_id] = Settled(problem, row.get("@odata.etag"))
            failures = 0
        except DataverseError as error:
            failures += 1
            if failures == _FAILURES:
                return settled | _all(waiting, f"its status cannot be read back: {error}")
        if waiting and not await between(len(waiting)):
            return settled | _all(waiting, "interrupted while waiting; it may still come about")
    return settled | _all(waiting, f"still not settled after {waited / 60:.0f} minutes")


def _all(waiting: Iterable[str], problem: str) -> dict[str, Settled]:
    return dict.fromkeys(waiting, Settled(problem))


def _judge(expected: Expected, value: int | None) -> str | None:
    if value in expected.done:
        return None
    known = expected.problems.get(value) if value is not None else "the row is gone"
    return known or f"{expected.column} came to {value}, which is not expected"


async def _poll(client: Client, rows: list[Expected]) -> AsyncIterator[tuple[str, Row]]:
    """Each row by its id; one that is gone is empty."""
    for chunk in _chunks(rows):
        first = chunk[0]
        path = odata.query(
            first.entity_set,
            select=(first.id_column, first.column),
            where=odata.any_of(first.id_column, (row.row_id for row in chunk)),
        )
        found = {row[first.id_column].lower(): row async for row in client.rows(path)}
        for row in chunk:
            yield row.row_id, found.get(row.row_id, {})


def _chunks(rows: Iterable[Expected]) -> Iterator[list[Expected]]:
    def table(row: Expected) -> str:
        return row.entity_set

    for _, group in groupby(sorted(rows, key=table), table):
        listed = list(group)
        for start in range(0, len(listed), IDS_PER_POLL):
            yield listed[start : start + IDS_PER_POLL]
