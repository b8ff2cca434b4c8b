"""One line a request, to assert on: what was asked and how it went, and nothing of what was said."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, TextIO
from urllib.parse import parse_qsl, unquote

from mig.sandbox.clock import stored_time
from mig.sandbox.spec import Deed
from mig.sandbox.wire import Delivery, WireRequest, WireResponse
from mig.sandbox.world import World

_TEXTS: Final = re.compile(r"'(?:[^']|'')*(?:'|$)")


@dataclass(frozen=True, slots=True)
class Entry:
    """`time` is the world's. `path` has no texts, which may name persons, and `options` are names alone.

    `status` is None when no answer arrived; `fault` is what was done to the request.
    """

    time: str
    method: str
    path: str
    options: tuple[str, ...]
    status: int | None
    client_request_id: str | None
    request_id: str | None
    operations: int
    fault: Deed | None


Log = Callable[[Entry], None]


def entry(world: World, request: WireRequest, response: WireResponse, fault: Deed | None) -> Entry:
    """What the log says of a request and its response."""
    options = parse_qsl(request.query, keep_blank_values=True)
    return Entry(
        time=stored_time(world.clock.now()),
        method=request.method,
        path=_TEXTS.sub("'…'", unquote(request.path)),
        options=tuple(name for name, _ in options),
        status=response.status if response.delivery is Delivery.ARRIVES else None,
        client_request_id=request.headers.get("x-ms-client-request-id"),
        request_id=response.headers.get("x-ms-service-request-id"),
        operations=response.operations,
        fault=fault,
    )


def lines_to(stream: TextIO) -> Log:
    """A log that writes JSON lines, each at once."""

    def write(one: Entry) -> None:
        stream.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
        stream.flush()

    return write
