"""The sandbox as one function from request to response over a world."""

import sqlite3
from typing import Final
from uuid import UUID, uuid5

from mig.sandbox import events, jobs, routes
from mig.sandbox.batch import Batch
from mig.sandbox.call import Call
from mig.sandbox.errors import ODataError, bad_version, sql_failed, too_long_url, unauthorized, wrong_method
from mig.sandbox.odata.url import read_options, read_path, split_base
from mig.sandbox.segmentation.publishing import settle
from mig.sandbox.wire import WireRequest, WireResponse
from mig.sandbox.world import World

LONGEST_URL: Final = 32_768  # characters of a request line (dataverse-web-api.md §2.3)
_BATCH: Final = "$batch"
# What the service was seen to send with every answer; the last value really has a comma (§2.2).
_ALWAYS: Final = {
    "OData-Version": "4.0",
    "Cache-Control": "no-cache",
    "Expires": "-1",
}
_OF_THE_CONNECTION: Final = {
    "Set-Cookie": "ARRAffinity=sandbox; path=/; HttpOnly",
    "x-ms-dop-hint": "4",
    "x-ms-ratelimit-burst-remaining-xrm-requests": "7999",
    "x-ms-ratelimit-time-remaining-xrm-requests": "1,200.00",
}


class Service:
    """Answers requests, one after the other; each is committed before its answer is returned."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._started = world.version()
        self._requests = 0

    def handle(self, request: WireRequest) -> WireResponse:
        """The answer to any request whatever; refusals are answers too."""
        if events.serves(request.path):
            return events.handle(self.world, request)
        request_id = self._next_id()
        try:
            response = self._answer(request, request_id)
        except ODataError as error:
            response = error.response()
        except sqlite3.Error as error:  # the disk is full, or another process has held the file for too long
            response = sql_failed(str(error)).response()
        ids = {"x-ms-service-request-id": request_id, "REQ_ID": request_id}
        headers = {**_ALWAYS, **_OF_THE_CONNECTION, **ids, **response.headers}
        return WireResponse(response.status, headers, response.body)

    def _answer(self, request: WireRequest, request_id: str) -> WireResponse:
        self._authorize(request)
        found = split_base(request.path)
        if found is None:
            raise bad_version(request.path)
        if len(request.path) + len(request.query) > LONGEST_URL:
            raise too_long_url(LONGEST_URL)
        settle(self.world)
        events.settle(self.world)
        jobs.settle(self.world)
        call = self._call(request, *found)
        if call.path == _BATCH:
            return self._batch(call, request_id)
        if not routes.writes(call):
            return routes.answer(call)
        self.world.clock.tick()
        with self.world.transaction():
            return routes.answer(call)

    def _batch(self, call: Call, request_id: str) -> WireResponse:
        if call.method != "POST":
            raise wrong_method(call.method, _BATCH)
        return Batch(call, _with_odata_headers, request_id).run()

    def _call(self, request: WireRequest, base: str, below: str) -> Call:
        return Call(
            world=self.world,
            method=request.method,
            base=f"{_root(request)}{base}",
            segments=read_path(below),
            options=read_options(request.query),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )

    def _authorize(self, request: WireRequest) -> None:
        """One token opens the world; sign-in as such is not emulated yet."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip() == self.world.token:
            return
        root = _root(request)
        challenge = f"Bearer authorization_uri={root}/oauth2/authorize, resource_id={root}/"
        raise unauthorized(challenge, token=scheme.lower() == "bearer")

    def _next_id(self) -> str:
        """The same requests to the same world get the same ids."""
        self._requests += 1
        name = f"request:{self._started}:{self._requests}"
        return str(uuid5(UUID(self.world.organization_id), name))


def _with_odata_headers(response: WireResponse) -> WireResponse:
    """The answer to one part of a batch."""
    return WireResponse(response.status, {"OData-Version": "4.0", **response.headers}, response.body)


def _root(request: WireRequest) -> str:
    """Scheme and host as the client used them; absolute URLs in answers are built on it."""
    return f"{request.scheme}://{request.headers.get('host', 'localhost')}"
