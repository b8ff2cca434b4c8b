"""The sandbox as an ASGI application: the same in-process and behind a socket."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mig.sandbox.conditions import IDEAL, Conditions
from mig.sandbox.errors import ODataError, too_large
from mig.sandbox.front import Front
from mig.sandbox.service import Service
from mig.sandbox.wire import Delivery, WireRequest, WireResponse
from mig.sandbox.world import World

LARGEST_BODY: Final = (
    128 * 1024 * 1024
)  # bytes; the service's own limit is not public, its messages end near it

Wait = Callable[[float], Awaitable[None]]


def create_app(world: World) -> ASGIApp:
    """An application inside this process, over `world`, which stays the caller's to close."""

    async def pass_time(seconds: float) -> None:
        world.clock.advance(seconds)

    return application(Front(Service(world)), IDEAL, pass_time)


def application(front: Front, conditions: Conditions, wait: Wait) -> ASGIApp:
    """An application that answers as late as the conditions say; `wait` gets seconds of the world.

    A connection that a fault cuts ends in `ConnectionResetError`, an answer that never comes in
    `TimeoutError`, as a socket would say it: who serves the application acts on them.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = front.handle(await _wire_request(Request(scope, receive)))
        except ODataError as error:
            response = error.response()
        except ClientDisconnect:  # half-way through its request: there is nobody to answer
            return
        if seconds := conditions.seconds(response.operations) + response.held:
            await wait(seconds)
        await _deliver(response)(scope, receive, send)

    return answer


def _deliver(response: WireResponse) -> Response:
    if response.delivery is Delivery.CUT:
        raise ConnectionResetError("the sandbox cut the connection, as one of its faults says")
    if response.delivery is Delivery.NEVER:
        raise TimeoutError("the sandbox does not answer, as one of its faults says")
    return Response(response.body, response.status, headers=dict(response.headers))


async def _wire_request(request: Request) -> WireRequest:
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return WireRequest(
        method=request.method,
        path=raw_path.partition(b"?")[0].decode("ascii", "replace"),
        query=request.scope["query_string"].decode("utf-8", "replace"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await _body(request),
        scheme=request.url.scheme,
    )


async def _body(request: Request) -> bytes:
    """The body, read no further than it may be long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
    return bytes(body)
