"""The throw-away drafts that a target is asked with: a real-time segment for each form that is in doubt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mig.model.tables import bundled_schema
from mig.query.parser import parse
from mig.query.rewrite.unproven import SAMPLES, Unproven
from mig.query.translate import translate
from mig.segments.rows import (
    DEFINITION,
    SCOPE_ORGANIZATION,
    SEGMENT,
    SOURCE_REAL_TIME,
    TYPE_DYNAMIC,
    DefinitionStatus,
    SegmentStatus,
    target_id,
)

CONTROL: Final = "control"
"""The question whose answer is known: where a plain query does not go live, other answers tell nothing."""

PREFIX: Final = "mig probe (to be deleted): "
NAMES: Final = frozenset({PREFIX + question for question in (CONTROL, *Unproven)})
"""The names that only such drafts have. By them they are known again, whichever run they are of."""

_PLAIN: Final = "PROFILE(contact).FILTER(lastname == 'mig-probe')"


@dataclass(frozen=True, slots=True)
class Draft:
    """One of them; `query` is the real-time query that asks the question.

    Its ids are those of one run: the service may still be at work on what an earlier run has deleted.
    """

    question: str
    query: str
    run_id: str

    @property
    def name(self) -> str:
        """Says to everybody who sees it what it is."""
        return PREFIX + self.question

    @property
    def definition_id(self) -> str:
        """The id that its definition is to have."""
        return target_id(DEFINITION, f"{self.name}:{self.run_id}")

    @property
    def segment_id(self) -> str:
        """The id that its segment is to have."""
        return target_id(SEGMENT, f"{self.name}:{self.run_id}")

    @property
    def definition(self) -> dict[str, Any]:
        """The columns of its definition, without the id (reference/dataverse-schema.md 4)."""
        return {
            "msdynmkt_name": self.name,
            "msdynmkt_segmentquery": self.query,
            "statecode": 0,
            "statuscode": int(DefinitionStatus.DRAFT),
        }

    def segment(self, definition_id: str, now: datetime) -> dict[str, Any]:
        """The columns of its segment, without the id."""
        return {
            "msdynmkt_displayname": self.name,
            "msdynmkt_baseentitylogicalname": "contact",
            "msdynmkt_scope": SCOPE_ORGANIZATION,
            "msdynmkt_type": TYPE_DYNAMIC,
            "msdynmkt_source": SOURCE_REAL_TIME,
            "msdynmkt_sourcesegmentuid": definition_id,
            "msdynmkt_cdmpartitionprimarykeycolumn": "contactid",
            "msdynmkt_lastupdatedon": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "statecode": 1,
            "statuscode": int(SegmentStatus.INACTIVE),
        }


def drafts_for(questions: Iterable[str], run_id: str) -> tuple[Draft, ...]:
    """The control, and one for each form among the questions; in the words that a translation would have."""
    wanted = set(questions)
    queries = {CONTROL: _PLAIN} | {form: _sample(form) for form in Unproven if form in wanted}
    return tuple(Draft(question, query, run_id) for question, query in queries.items())


def _sample(form: Unproven) -> str:
    return translate(parse(SAMPLES[form]), bundled_schema(), lambda name: None).text or ""
