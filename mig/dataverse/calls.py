"""What the layers of the client pass down and up: a request ready to be sent, and what came back as bytes.

    Client      requests to answers, pages, batches
    SignedIn    adds the token; one more try with a new one after a 401
    Retried     repeats what may be repeated
    Throttled   one gate for all: waits when told to, and how many may be under way
    Measured    how long batches take, which tells their size
    Wire        one request

Every try of a request passes the gate, so repeating stands above it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from mig.dataverse.messages import REQUEST_ID, Method, limits_told
from mig.dataverse.replay import Replay

CLIENT_REQUEST_ID: Final = "x-ms-client-request-id"


@dataclass(frozen=True, slots=True)
class Call:
    """A request ready to be sent. `path` is relative to the service root; `ends` is its deadline.

    `replay` says what may be done when it is not known whether it was carried out. `operations` are those of
    a batch.
    """

    method: Method
    path: str
    content: bytes | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    replay: Replay
    ends: float
    operations: int = 1

    def __str__(self) -> str:
        """For messages: without the query string, which may hold values."""
        return f"{self.method} {self.path.partition('?')[0]}"

    def with_header(self, name: str, value: str) -> Self:
        """The same with one more header."""
        return replace(self, headers={**self.headers, name: value})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are lower-case.

    `doubted`: an earlier try of the same call may have been carried out.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as the log shows it: no query string, no body, no token.

    `status` is None when no answer came. `client_id` is the id we gave it, `request_id` the service's.
    """

    request: str
    status: int | None
    request_id: str | None
    client_id: str
    limits: str = ""

    @classmethod
    def of(cls, call: Call, client_id: str, reply: Reply | None) -> Self:
        """What there is to say of a call and its reply, if one came."""
        if reply is None:
            return cls(str(call), None, None, client_id)
        return cls(
            str(call), reply.status, reply.headers.get(REQUEST_ID), client_id, limits_told(reply.headers)
        )


Send = Callable[[Call], Awaitable[Reply]]
Log = Callable[[Exchange], None]
Sleep = Callable[[float], Awaitable[None]]
