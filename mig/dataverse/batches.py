"""Many requests in few: split where they are too many or too large, repeated in part, read back in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mig.dataverse import answers, batching, readback
from mig.dataverse import batch as multipart
from mig.dataverse.calls import Reply
from mig.dataverse.errors import BadAnswer, DataverseError, OutcomeUnknown, RequestFailed
from mig.dataverse.line import Line
from mig.dataverse.messages import Answer, Part, Request, requests_of
from mig.dataverse.replay import TRIES

Found = list[list[Answer]]
_TOO_LARGE: Final = 413
_BATCH: Final = Request("POST", "$batch")


@dataclass(frozen=True, slots=True)
class Batches:
    """Sends parts; one list of answers a part, in order, errors included."""

    line: Line

    async def send(self, parts: Sequence[Part]) -> Found:
        """All of them, in as many requests as it takes."""
        return [found for chunk in batching.chunks(parts) for found in await self._chunk(chunk)]

    async def _chunk(self, parts: Sequence[Part]) -> Found:
        found = await self._whole(parts)
        for attempt in range(1, TRIES):
            again = [place for place, one in enumerate(found) if batching.may_come_again(parts[place], one)]
            if not again:
                break
            await self.line.pause(attempt)
            for place, one in zip(again, await self._whole([parts[place] for place in again]), strict=True):
                found[place] = one
        return found

    async def _whole(self, parts: Sequence[Part]) -> Found:
        """One request; what failed in it and is in doubt is told by its rows."""
        doubted = False
        try:
            reply = await self._delivered(parts)
            doubted = reply.doubted
            found = self._read(parts, reply)
        except (OutcomeUnknown, RequestFailed) as error:
            if isinstance(error, RequestFailed) and error.status == _TOO_LARGE and len(parts) > 1:
                return [found for half in batching.halves(parts) for found in await self._whole(half)]
            if not (doubted or isinstance(error, OutcomeUnknown)):
                raise
            return await self._told_by_rows(parts, error)
        return await self._without_doubt(parts, found) if doubted else found

    async def _delivered(self, parts: Sequence[Part]) -> Reply:
        requests = [request for part in parts for request in requests_of(part)]
        boundary = f"batch_{self.line.outside.new_id()}"
        call = self.line.batch(requests, multipart.encode(parts, self.line.root, boundary), boundary)
        return await self.line.deliver(call)

    def _read(self, parts: Sequence[Part], reply: Reply) -> Found:
        hidden = self.line.hidden
        kind = reply.headers.get("content-type", "")
        if not kind.startswith("multipart/"):
            answer = self.line.read(reply)
            if answer.failed:
                raise self.line.refusal(_BATCH, answer)
            raise BadAnswer(f"a batch was answered {answer.status} without parts")
        try:
            found = multipart.decode(kind, reply.content)
        except BadAnswer as error:
            raise BadAnswer(hidden.text(str(error))) from error
        if len(found) != len(parts):
            raise BadAnswer(f"a batch of {len(parts)} parts was answered with {len(found)}")
        return [
            [answers.without_secrets(answers.with_request_id(answer, reply), hidden) for answer in part]
            for part in found
        ]

    # --- in doubt -----------------------------------------------------------------------------------------

    async def _told_by_rows(self, parts: Sequence[Part], error: DataverseError) -> Found:
        """No answers at all: if the rows do not say that everything was carried out, the error stands."""
        settled = [found for found in await self._settled(parts) if found is not None]
        if len(settled) < len(parts):
            raise error
        return settled

    async def _without_doubt(self, parts: Sequence[Part], found: Found) -> Found:
        """What failed because an earlier try had carried it out is done."""
        places = [place for place, part in enumerate(found) if any(answer.failed for answer in part)]
        settled = await self._settled([parts[place] for place in places])
        told = {place: one for place, one in zip(places, settled, strict=True) if one is not None}
        return [told.get(place, one) for place, one in enumerate(found)]

    async def _settled(self, parts: Sequence[Part]) -> list[list[Answer] | None]:
        """For each part the answers it would have had; None where its rows do not tell."""
        asked = [[readback.question(request) for request in requests_of(part)] for part in parts]
        questions = [one for part in asked if None not in part for one in part if one is not None]
        try:
            told = iter([answer for answer, *_ in await self.send(questions)])
        except DataverseError:
            return [None] * len(parts)
        return [
            None
            if None in questions_of
            else _all([readback.verdict(request, next(told)) for request in requests_of(part)])
            for part, questions_of in zip(parts, asked, strict=True)
        ]


def _all(verdicts: list[Answer | None]) -> list[Answer] | None:
    """A change set is carried out together or not at all."""
    found = [verdict for verdict in verdicts if verdict is not None]
    return found if len(found) == len(verdicts) else None
