"""Showing what is kept in files: plans, runs, verifications."""

import json
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from mig.cli.showing import show_document, show_plan
from mig.cli.terminal import Terminal
from mig.engine.plan import Plan
from mig.engine.planner import TOOL
from mig.engine.sealed import FileUnusable, readable
from mig.model.bundled import bundled
from mig.report.run_report import run_text
from mig.report.saved_plan import SavedPlan, saved_plan_of
from mig.report.verification_report import told_findings, verification_text

_LARGEST: Final = 1 << 30  # bytes
_KINDS: Final = "what `mig plan --out`, `mig apply --format json` or `mig verify --format json` wrote"


def show_kept(path: Path, terminal: Terminal, output: str, *, explain: bool) -> None:
    """Tell by its keys what a document is, and show it; `FileUnusable` says what is wrong with it."""
    document = _read(path)
    if "changes" in document:
        plan = saved_plan_of(document, str(path)).plan
        _show_plan(plan, path, terminal, output, explain=explain)
    elif "run_id" in document:
        _check(document, "run", path)
        text = run_text(document, width=terminal.width, color=terminal.color_out)
        show_document(document, text, terminal, output)
    elif "segments" in document:
        _check(document, "verification", path)
        findings = told_findings(document)
        text = verification_text(document, findings, width=terminal.width, color=terminal.color_out)
        show_document(document, text, terminal, output)
    else:
        raise FileUnusable(str(path), "it is no plan, run or verification", f"name {_KINDS}")


def _show_plan(plan: Plan, path: Path, terminal: Terminal, output: str, *, explain: bool) -> None:
    """What a kind of resource says of its rows has a form that only the kind knows."""
    try:
        show_plan(plan, terminal, output, explain=explain, apply=("mig", "apply", str(path)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        told = "what it says of rows is not as this version writes it"
        raise FileUnusable(str(path), told, "make the plan anew") from error


def read_plan(path: Path) -> SavedPlan:
    """A saved plan that is to be applied; `FileUnusable` says what is wrong with the file.

    Another version may come to the same changes by other steps: its plans can be shown, and no more.
    """
    saved = saved_plan_of(_read(path), str(path))
    if saved.plan.tool != TOOL:
        raise FileUnusable(str(path), f"{saved.plan.tool} made it, and this is {TOOL}", "make the plan anew")
    return saved


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    try:
        document = json.loads(raw) if len(raw) <= _LARGEST else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise FileUnusable(str(path), "it is no JSON document, or a damaged one", f"name {_KINDS}")
    return document


def _check(document: dict[str, Any], kind: str, path: Path) -> None:
    readable(document, 1, str(path))
    schema = json.loads(bundled("schemas", f"{kind}.schema.json").read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema).iter_errors(document):
        told = f"it is no {kind} as mig writes it: {error.json_path}: {error.message[:200]}"
        raise FileUnusable(str(path), told, "make the file anew")
