"""How large batches are: as many writes as the server does in a few seconds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mig.dataverse.batching import MOST
from mig.dataverse.client import Client
from mig.dataverse.errors import RequestFailed
from mig.dataverse.messages import ChangeSet, Part, Request
from mig.dataverse.sizing import FIRST, LEAST, TARGET, Sizing
from tests.dataverse.apps import Reply, Scripted, Talk

SECONDS = st.floats(0, 200, allow_nan=False)


def sizes(*each: float) -> list[int]:
    """The sizes that follow when an operation takes so long in one batch after another."""
    sizing, found = Sizing(), []
    for one in each:
        sizing = sizing.after(sizing.operations, sizing.operations * one)
        found.append(sizing.operations)
    return found


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        ((0.0, 0.0, 0.0, 0.0, 0.0), [40, 80, 160, 250, 250]),
        ((0.03, 0.03, 0.03, 0.03), [40, 80, 100, 100]),
        ((0.15, 0.15), [20, 20]),
        ((0.3, 0.3), [10, 10]),
        ((5.0, 5.0), [2, 2]),
        ((0.03, 0.03, 0.3, 0.03, 0.03, 0.03), [40, 80, 10, 18, 30, 47]),
    ],
    ids=["at once", "as usual", "as at first", "slow", "very slow", "slow for a while"],
)
def test_the_size_follows_what_an_operation_takes(each: Sequence[float], expected: Sequence[int]) -> None:
    assert sizes(*each) == expected


@settings(derandomize=True)
@given(st.lists(st.tuples(st.integers(1, MOST), SECONDS)))
def test_it_stays_in_bounds_and_grows_to_the_double_at_most(measured: list[tuple[int, float]]) -> None:
    sizing = Sizing()
    for operations, seconds in measured:
        before, sizing = sizing, sizing.after(operations, seconds)
        assert LEAST <= sizing.operations <= min(MOST, max(before.operations, 2 * operations, LEAST))
        expected = sizing.operations * seconds / operations
        assert expected <= TARGET * 1.001 or sizing.operations == LEAST
        assert LEAST <= sizing.unanswered().operations <= max(LEAST, sizing.operations / 2)


@settings(derandomize=True)
@given(st.integers(1, MOST), SECONDS, SECONDS)
def test_what_takes_longer_never_makes_it_larger(operations: int, one: float, other: float) -> None:
    quick, slow = (Sizing().after(operations, seconds) for seconds in sorted((one, other)))
    assert slow.operations <= quick.operations


# --- through the client -----------------------------------------------------------------------------------

WRITE = ChangeSet((Request("PATCH", "contacts(1)", {}), Request("PATCH", "contacts(2)", {})))
READ = Request("GET", "contacts")


class _Slow:
    """An organisation that takes its time, by the clock of whoever talks with it."""

    def __init__(self, app: Scripted, seconds: Mapping[str, float]) -> None:
        self.app = app
        self.seconds = seconds
        self.talk = Talk(self)

    async def __call__(self, *wire: Any) -> None:
        self.talk.waits.append(self.seconds[wire[0]["method"]])
        await self.app(*wire)


def answered(count: int) -> Reply:
    part = "Content-Type: application/http\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n\r\n"
    body = "".join(f"--b\r\n{part}" for _ in range(count)) + "--b--\r\n"
    return Reply(200, body, {"content-type": "multipart/mixed; boundary=b"})


@pytest.mark.parametrize(
    ("parts", "reply", "seconds", "size"),
    [
        ([WRITE] * 5, answered(5), 3.1, 10),
        ([WRITE] * 5, answered(5), 0.4, FIRST),
        ([WRITE] * 20, answered(20), 0.4, 80),
        ([READ] * 5, answered(5), 60.0, FIRST),
        ([WRITE] * 5, Reply(429, b"", {"retry-after": "400"}), 60.0, FIRST),
    ],
    ids=["slow", "too few to grow", "quick", "reads", "refused"],
)
def test_only_writes_that_were_carried_out_tell(
    parts: Sequence[Part], reply: Reply, seconds: float, size: int
) -> None:
    slow = _Slow(Scripted([Reply(200, {"value": []}), reply]), {"GET": 0.1, "POST": seconds})

    async def job(client: Client) -> int:
        await client.get("contacts")
        try:
            await client.batch(parts)
        except RequestFailed as error:
            assert error.status == 429
        return client.batch_size

    assert slow.talk(job, writable=True) == size


def test_a_batch_that_nobody_answered_makes_the_next_ones_smaller() -> None:
    async def silent(*wire: Any) -> None:
        raise TimeoutError

    async def job(client: Client) -> int:
        with pytest.raises(Exception, match="no answer"):
            await client.batch([WRITE] * 5)
        return client.batch_size

    assert Talk(silent)(job, writable=True) < FIRST
