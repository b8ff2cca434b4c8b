"""Asking a target what it takes: drafts are made, published and deleted again, and the answers kept.

A form is accepted when its draft goes live, refused when the service answers 400 to its publication. Anything
else (an error while computing, a publication that does not end) tells nothing of the form and leaves the
question open; so does everything where a plain query does not go live either.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mig.dataverse import odata
from mig.dataverse.cells import row_key
from mig.dataverse.client import Client
from mig.dataverse.errors import BadAnswer, RequestFailed
from mig.dataverse.messages import Request
from mig.engine.guarded import Conditions
from mig.engine.lock import Lock
from mig.engine.notes import Notes
from mig.engine.probed import OWN_IDS, Answer, Probed, save_probed
from mig.engine.steps import Expected
from mig.engine.waiting import wait_for
from mig.model.outcome import Exit
from mig.segments import actions
from mig.segments.drafts import CONTROL, Draft, drafts_for
from mig.segments.leftovers import clear
from mig.segments.refusals import refusal
from mig.segments.rows import DEFINITION_SET, SEGMENT_SET

_INTERRUPTED: Final = "interrupted before there was an answer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question; `accepted` is None where it stays open, and `message` says why."""

    accepted: bool | None
    message: str = ""


@dataclass
class Prober:
    """Asks one organisation, under its lock."""

    client: Client
    notes: Notes
    lock: Lock
    conditions: Conditions
    _own_ids: Outcome = field(default=Outcome(accepted=True), init=False)

    async def ask(self, own: Probed, questions: Collection[str], version: str) -> Mapping[str, Outcome]:
        """Ask, and write down what is known then; what was made is deleted again on every way out."""
        await clear(self.client, self.lock)
        try:
            found = await self._outcomes(drafts_for(questions, self.conditions.run_id)) if questions else {}
            outcomes = {question: found[question] for question in questions}
            answers = self._answers(outcomes, own.organization, version)
            await self.lock.renew()
            await save_probed(self.notes, own.with_answers(answers))
            return outcomes
        finally:
            await clear(self.client, self.lock)

    def _answers(
        self, outcomes: Mapping[str, Outcome], organization: str, version: str
    ) -> Mapping[str, Answer]:
        at = self.conditions.clock().isoformat(timespec="seconds")
        return {
            question: Answer(
                accepted=outcome.accepted,
                at=at,
                version=version,
                organization=organization,
                message=outcome.message,
            )
            for question, outcome in outcomes.items()
            if outcome.accepted is not None
        }

    async def _outcomes(self, drafts: Sequence[Draft]) -> Mapping[str, Outcome]:
        made: dict[str, tuple[str, str]] = {}
        for draft in drafts:
            if not self.conditions.stop.requested:
                made[draft.question] = await self._make(draft)
        outcomes = {draft.question: Outcome(None, _INTERRUPTED) for draft in drafts}
        outcomes |= await self._published([draft for draft in drafts if draft.question in made], made)
        control = outcomes[CONTROL]
        if not control.accepted:
            why = f"even a plain query did not go live: {control.message}"
            outcomes = dict.fromkeys(outcomes, Outcome(None, why))
        return outcomes | {OWN_IDS: self._own_ids if made else Outcome(None, _INTERRUPTED)}

    # --- making -------------------------------------------------------------------------------------------

    async def _make(self, draft: Draft) -> tuple[str, str]:
        """Both rows; the ids of segment and definition."""
        now = self.conditions.clock()
        definition_id = await self._create(
            DEFINITION_SET, "msdynmkt_segmentdefinitionid", draft.definition_id, draft.definition
        )
        segment = draft.segment(definition_id, now)
        return (
            await self._create(SEGMENT_SET, "msdynmkt_segmentid", draft.segment_id, segment),
            definition_id,
        )

    async def _create(self, entity_set: str, key: str, row_id: str, body: Mapping[str, Any]) -> str:
        """Create a row with the id it is to have or, where that is not taken, with the service's; its id.

        Which status refuses an id is not public: what goes through without one was refused for it.
        """
        if self._own_ids.accepted:
            try:
                found = await self._created(entity_set, key, {key: row_id, **body})
            except RequestFailed as error:
                if error.exit is Exit.DENIED or error.status >= 500:
                    raise
                self._own_ids = Outcome(accepted=False, message=error.message)
            else:
                if found != row_id:
                    self._own_ids = Outcome(accepted=False, message=f"{entity_set} got another id")
                return found
        return await self._created(entity_set, key, body)

    async def _created(self, entity_set: str, key: str, body: Mapping[str, Any]) -> str:
        await self.lock.renew()
        path = odata.query(entity_set, select=(key,))
        answer = await self.client.send(Request("POST", path, body, {"Prefer": "return=representation"}))
        if not isinstance(answer.body, dict):
            raise BadAnswer(f"POST {entity_set} was answered without the row")
        return row_key(answer.body, key)

    # --- publishing ---------------------------------------------------------------------------------------

    async def _published(
        self, drafts: Sequence[Draft], made: Mapping[str, tuple[str, str]]
    ) -> Mapping[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        rows: list[Expected] = []
        for draft in drafts:
            told = await self._publish(draft, made[draft.question][0])
            outcomes[draft.question] = told or Outcome(accepted=True)
            rows += () if told else actions.going_live(made[draft.question]).rows
        problems = await self._wait(rows)
        for question, ids in made.items():
            problem = next((problems[row_id] for row_id in ids if row_id in problems), None)
            if problem is not None:
                outcomes[question] = Outcome(None, problem)
        return outcomes

    async def _publish(self, draft: Draft, segment_id: str) -> Outcome | None:
        """None when the service began to compute it."""
        if self.conditions.stop.requested:
            return Outcome(None, _INTERRUPTED)
        await self.lock.renew()
        try:
            await self.client.send(Request("POST", actions.PUBLISH, {"SegmentId": segment_id}))
        except RequestFailed as error:
            if error.exit is Exit.DENIED:
                raise
            if error.status == 400:
                return Outcome(accepted=False, message=refusal(error.message, draft.query))
            return Outcome(None, str(error))
        return None

    async def _wait(self, rows: Sequence[Expected]) -> Mapping[str, str]:
        """Until all rows are settled or somebody interrupts; the problems by row id."""

        async def between(waiting: int) -> bool:
            await self.lock.renew()
            return not self.conditions.stop.requested

        settled = await wait_for(self.client, rows, between)
        return {row_id: found.problem for row_id, found in settled.items() if found.problem is not None}
