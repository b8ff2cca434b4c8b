"""The sandbox as one function from request to response over a world."""

import sqlite3
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid5

from mig.sandbox import events, jobs, routes
from mig.sandbox.batch import Batch
from mig.sandbox.call import Call
from mig.sandbox.conditions import IDEAL, Conditions
from mig.sandbox.errors import ODataError, bad_version, sql_failed, too_long_url, wrong_method
from mig.sandbox.limits import Meter, remaining_headers
from mig.sandbox.odata.url import read_options, read_path, split_base
from mig.sandbox.security.callers import acting
from mig.sandbox.segmentation.settling import settle
from mig.sandbox.signin import user_of
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
_COOKIE: Final = "ARRAffinity=sandbox; path=/; HttpOnly"


class Service:
    """Answers requests, one after the other; each is committed before its answer is returned."""

    def __init__(self, world: World, conditions: Conditions = IDEAL) -> None:
        self.world = world
        self._conditions = conditions
        self._meter = Meter(conditions.limits)
        self._started = world.version()
        self._requests = 0

    def handle(self, request: WireRequest) -> WireResponse:
        """The answer to any request whatever; refusals are answers too."""
        self.world.caller = self.world.administrator  # until the request says who asks
        if events.serves(request.path):
            return events.handle(self.world, request)
        request_id = self._next_id()
        try:
            response = self._answer(request, request_id)
        except ODataError as error:
            response = error.response()
        except sqlite3.Error as error:  # the disk is full, or another process has held the file for too long
            response = sql_failed(str(error)).response()
        return self._with_headers(response, request_id)

    def refuse(self, error: ODataError) -> WireResponse:
        """A refusal for a reason of its own, as the service would say it."""
        return self._with_headers(error.response(), self._next_id())

    def _with_headers(self, response: WireResponse, request_id: str) -> WireResponse:
        left = self._meter.left(self.world.caller, self._seconds())
        headers = {
            **_ALWAYS,
            "Set-Cookie": _COOKIE,
            "x-ms-dop-hint": str(self._conditions.dop_hint),
            **dict(remaining_headers(left)),
            "x-ms-service-request-id": request_id,
            "REQ_ID": request_id,
            **response.headers,
        }
        return replace(response, headers=headers)

    def _answer(self, request: WireRequest, request_id: str) -> WireResponse:
        caller = self.world.caller = user_of(self.world, request)
        now = self._seconds()
        self._meter.admit(caller, now)
        operations = 1
        try:
            response = self._carry_out(request, request_id)
            operations = response.operations
            return response
        finally:
            busy, seconds = self._conditions.busy(operations), self._conditions.seconds(operations)
            self._meter.count(caller, now, busy, seconds)

    def _seconds(self) -> float:
        """The world's time as limits count it."""
        return self.world.clock.now().timestamp()

    def _carry_out(self, request: WireRequest, request_id: str) -> WireResponse:
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
            world=acting(self.world, request.headers),
            method=request.method,
            base=f"{request.root}{base}",
            segments=read_path(below),
            options=read_options(request.query),
            query=request.query,
            headers=request.headers,
            body=request.body,
        )

    def _next_id(self) -> str:
        """The same requests to the same world get the same ids."""
        self._requests += 1
        name = f"request:{self._started}:{self._requests}"
        return str(uuid5(UUID(self.world.organization_id), name))


def _with_odata_headers(response: WireResponse) -> WireResponse:
    """The answer to one part of a batch."""
    return replace(response, headers={"OData-Version": "4.0", **response.headers})
