"""Where something unexpected happened, without its words: they may repeat rows, secrets, addresses.

What is expected is told by errors of ours, whose words are chosen. Of the rest nobody knows what a message
quotes, so frames and kinds of errors are all that is shown of them, and nothing that libraries log.
"""

import logging
import traceback
from collections.abc import Iterator


def trace_of(error: BaseException) -> str:
    """The frames, of its causes first, and the kind of each error."""
    return "\n".join(_lines(error, set()))


def silence_libraries() -> None:
    """Keep what they log from standard error, where it would go for want of another place."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield "which led to:"
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    kind = type(error)
    yield f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, BaseExceptionGroup):
        for number, part in enumerate(error.exceptions, 1):
            yield f"part {number}:"
            yield from _lines(part, seen)
