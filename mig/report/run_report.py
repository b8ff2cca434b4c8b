"""What became of an apply: for people and for machines."""

from collections.abc import Mapping
from typing import Any

from mig.engine.run import Fate, Run
from mig.report.page import Page
from mig.report.plan_json import finding_document


def run_document(run: Run) -> dict[str, Any]:
    """As `schemas/run.schema.json` describes it."""
    return {
        "format_version": 1,
        "run_id": run.run_id,
        "outcome": run.outcome_word,
        "stopped_by": run.stopped_by,
        "told": run.outcome.sentence,
        "results": [
            {
                "id": result.id,
                "address": str(result.address),
                "action": str(result.action),
                "outcome": str(result.fate),
                "request_id": result.request_id,
                "error": result.error,
            }
            for result in run.results
        ],
        "to_do": [finding_document(finding) for finding in run.to_do],
    }


def run_text(document: Mapping[str, Any], *, width: int = 80, color: bool = False) -> str:
    """What did not go well, one by one, and what is left to people; the rest is in the closing sentence."""
    page = Page(width, color)
    for result in document["results"]:
        fate = Fate(result["outcome"])
        if fate is not Fate.DONE:
            style = "red" if fate is Fate.FAILED else "yellow"
            page.wrapped(f"{fate}  {result['id']}  ", result["error"] or "", style=style)
    for finding in document.get("to_do", ()):
        page.wrapped(
            f"to do  {finding['address']}  ", f"{finding['message']} [{finding['code']}]", style="cyan"
        )
    return str(page)
