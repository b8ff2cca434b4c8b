"""Past applies: a line each, the newest first, or a document."""

from collections.abc import Sequence
from typing import Any, Final

from mig.engine.history import Past
from mig.report.page import Page

FORMAT_VERSION: Final = 1


def history_text(runs: Sequence[Past], running: str, *, width: int = 80, color: bool = False) -> str:
    """`running` is the run that holds the lock, if one does."""
    page = Page(width, color)
    for past in reversed(runs):
        style = "green" if past.outcome in ("done", "nothing") else "yellow"
        page.line(f"{past.began[:16].replace('T', ' ')}  {page.paint(became(past, running), style)}")
        page.wrapped("", f"{past.counts}; {past.who} on {past.where}", indent=18)
        page.wrapped("", f"run {past.run_id}, plan {past.plan}, {past.tool}", indent=18, style="dim")
    if not runs:
        page.line("Nothing was applied yet.")
    return str(page)


def history_document(runs: Sequence[Past], running: str) -> dict[str, Any]:
    """`schemas/history.schema.json` describes it. Oldest first."""
    return {"format_version": FORMAT_VERSION, "runs": [past_document(past, running) for past in runs]}


def past_document(past: Past, running: str) -> dict[str, Any]:
    """One apply; `running` as above."""
    return {
        "run_id": past.run_id,
        "plan": past.plan,
        "tool": past.tool,
        "who": past.who,
        "where": past.where,
        "began": past.began,
        "ended": past.ended or None,
        "outcome": became(past, running),
        "changes": {
            "done": past.done,
            "failed": past.failed,
            "skipped": past.skipped,
            "blocked": past.refused,
        },
    }


def became(past: Past, running: str) -> str:
    """What became of an apply, in a word."""
    return past.outcome or ("running" if past.run_id == running else "died")
