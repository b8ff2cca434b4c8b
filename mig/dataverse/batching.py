"""Batches of a size that is taken, and once more the parts that were rolled back.

A batch runs in sequence on the server, and a refusal above 250 operations was reported
(reference/dataverse-web-api.md 7).
"""

from collections.abc import Iterator, Sequence
from typing import Final

from mig.dataverse.messages import Answer, Part, requests_of
from mig.dataverse.replay import ROLLED_BACK_CODES, Replay, replay_of

MOST: Final = 250


def chunks(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """The parts in order, no more than `MOST` operations together; a change set stays whole."""
    chunk: list[Part] = []
    operations = 0
    for part in parts:
        size = len(requests_of(part))
        if chunk and operations + size > MOST:
            yield chunk
            chunk, operations = [], 0
        chunk.append(part)
        operations += size
    if chunk:
        yield chunk


def halves(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """Two batches in place of one that was too large."""
    middle = len(parts) // 2
    return parts[:middle], parts[middle:]


def may_come_again(part: Part, answers: Sequence[Answer]) -> bool:
    """Whether nothing of a part happened: it was refused unread, or lost to another one's lock."""
    if any(answer.status == 429 for answer in answers):
        return True
    lost = any(answer.failed and answer.error[0] in ROLLED_BACK_CODES for answer in answers)
    return lost and replay_of(requests_of(part)) is not Replay.ACTION
