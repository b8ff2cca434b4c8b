"""`$batch`: operations in order; a change set goes through whole or not at all (dataverse-web-api.md §7)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from mig.sandbox import faults, routes
from mig.sandbox.call import Call
from mig.sandbox.errors import ODataError, no_reference, not_in_batch, too_long_url
from mig.sandbox.multipart import Answer, ChangeSet, Operation, Part, Single, read_batch, write_batch
from mig.sandbox.odata.url import guid_key, read_options, read_path, split_base
from mig.sandbox.spec import Deed
from mig.sandbox.wire import WireResponse, preferences

LONGEST_URL: Final = 65_536  # characters of a URL inside a batch (§2.3)
Finish = Callable[[WireResponse], WireResponse]


class Batch:
    """One run of a batch. `finish` adds the headers that every answer has; `number` makes the boundaries."""

    def __init__(self, outer: Call, finish: Finish, number: str) -> None:
        self._outer = outer
        self._finish = finish
        self._number = number
        self._references: dict[str, str] = {}

    def run(self) -> WireResponse:
        """Do the operations; stop at the first failure unless the client said to go on."""
        operations = read_batch(
            self._outer.headers.get("content-type", ""),
            self._outer.body,
            strict=self._outer.world.switches.strict_batches,
        )
        if any(isinstance(item, ChangeSet) or item.method != "GET" for item in operations):
            self._outer.world.clock.tick()
        go_on = "odata.continue-on-error" in preferences(self._outer.headers)
        throttled = faults.strikes(self._outer, Deed.THROTTLE_LAST_PART)
        answers: list[Answer] = []
        status = 200
        for left, operation in enumerate(operations, start=1 - len(operations)):
            late = throttled and not left
            answers.append(self._late(operation) if late else self._operation(operation))
            if not go_on and _failed(answers[-1]):
                # What ran before stays. Whatever failed, the whole says 400, with a multipart body (§15.4).
                status = 400
                break
        return replace(write_batch(answers, status, self._number), operations=sum(map(_operations, answers)))

    def _operation(self, operation: Operation) -> Answer:
        if isinstance(operation, ChangeSet):
            return self._change_set(operation)
        try:
            with self._outer.world.transaction():
                return self._single(operation)
        except ODataError as error:
            return Single(self._finish(error.response()), operation.content_id)

    def _late(self, operation: Operation) -> Answer:
        """One that a limit kept from being tried; a change set has one answer then, as when it fails."""
        content_id = None if isinstance(operation, ChangeSet) else operation.content_id
        return Single(self._finish(faults.throttled().response()), content_id)

    def _change_set(self, changes: ChangeSet) -> Answer:
        """All parts' answers, or one that names the culprit and stands for the whole set."""
        known = dict(self._references)
        answers: list[Single] = []
        part: Part | None = None
        try:
            with self._outer.world.transaction():
                for part in changes.parts:
                    if part.method == "GET":
                        raise not_in_batch("A change set cannot hold a GET request.")
                    answers.append(self._single(part))
        except ODataError as error:
            self._references = known
            return Single(self._finish(error.response()), part.content_id if part else None)
        return tuple(answers)

    def _single(self, part: Part) -> Single:
        call = self._call(part)
        response = routes.answer(call)
        if part.content_id is not None and (made := _made(call, response)) is not None:
            self._references[f"${part.content_id}"] = made
        return Single(self._finish(response), part.content_id)

    def _call(self, part: Part) -> Call:
        outer = self._outer
        if len(part.url) > LONGEST_URL:
            raise too_long_url(LONGEST_URL)
        path, _, query = part.url.partition("?")
        path = _below(self._resolved(path))
        if path == "$batch":
            raise not_in_batch("A batch cannot hold another batch.")
        return Call(
            world=outer.world,
            method=part.method,
            base=outer.base,
            segments=read_path(path),
            options=read_options(query),
            query=query,
            headers=part.headers,
            body=part.body,
            references=self._references,
        )

    def _resolved(self, path: str) -> str:
        """A URL that begins with `$1` means what the part with that Content-ID made."""
        reference, slash, rest = path.lstrip("/").partition("/")
        if not reference.startswith("$"):
            return path
        if reference not in self._references:
            raise no_reference(reference)
        return f"{self._references[reference]}{slash}{rest}"


def _below(path: str) -> str:
    """The part below the base, of an absolute URL, a path from the host's root, or `contacts(…)`."""
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    found = split_base(path)
    return found[1] if found is not None else path.lstrip("/")


def _made(call: Call, response: WireResponse) -> str | None:
    """The row that an operation wrote, as `set(id)`."""
    url = response.headers.get("OData-EntityId")
    if url is not None:
        return url.removeprefix(call.base)
    table = call.world.schema.by_set.get(call.segments[0].name) if call.segments else None
    if table is None or response.status not in (200, 201):
        return None
    key = json.loads(response.body).get(table.primary_id)
    return f"{table.entity_set}({key})" if guid_key(str(key), table.primary_id) else None


def _operations(answer: Answer) -> int:
    """How many the server carried out, one after the other."""
    parts = (answer,) if isinstance(answer, Single) else answer
    return sum(part.response.operations for part in parts)


def _failed(answer: Answer) -> bool:
    return isinstance(answer, Single) and answer.response.status >= 400
