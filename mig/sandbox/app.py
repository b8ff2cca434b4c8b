"""The sandbox as an ASGI application: the same in-process and behind a socket."""

from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mig.sandbox.errors import ODataError, too_large
from mig.sandbox.service import Service
from mig.sandbox.wire import WireRequest
from mig.sandbox.world import World

LARGEST_BODY: Final = (
    128 * 1024 * 1024
)  # bytes; the service's own limit is not public, its messages end near it
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_app(world: World) -> Starlette:
    """An application over `world`, which stays the caller's to close."""
    service = Service(world)

    async def endpoint(request: Request) -> Response:
        try:
            answer = service.handle(await _wire_request(request))
        except ODataError as error:
            answer = error.response()
        return Response(answer.body, answer.status, headers=dict(answer.headers))

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=list(METHODS))])


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
