"""Showing plans, runs, verifications and inventories in the format asked for."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mig.cli.terminal import Terminal
from mig.engine.history import Past
from mig.engine.plan import Plan
from mig.engine.run import Run
from mig.model.findings import Finding
from mig.report.doctor_report import diagnosis_document, diagnosis_text
from mig.report.findings_text import findings_text
from mig.report.history_report import history_document, history_text
from mig.report.inventory_report import (
    Row,
    inventory_csv,
    inventory_document,
    inventory_text,
    inventory_told,
)
from mig.report.plan_json import plan_document
from mig.report.plan_text import plan_text
from mig.report.run_report import run_document, run_text
from mig.report.status_report import Status, status_document, status_text
from mig.report.verification_report import verification_document, verification_text
from mig.report.verified import Verified
from mig.segments.diagnosis import Diagnosis


def show_plan(
    plan: Plan,
    terminal: Terminal,
    output: str,
    *,
    explain: bool = False,
    brief: bool = False,
    apply: Sequence[str] = (),
) -> None:
    """A plan; with the words of the command that applies it, how it ends too."""
    if output == "json":
        _json(plan_document(plan), terminal)
        return
    text = plan_text(plan, width=terminal.width, color=terminal.color_out, steps=explain, brief=brief)
    terminal.result(text)
    if apply:
        terminal.result(plan.closing(apply))


def plan_on_screen(plan: Plan, terminal: Terminal) -> str:
    """The plan for standard error."""
    return plan_text(plan, width=terminal.width, color=terminal.color_err)


def show_run(run: Run, terminal: Terminal, output: str) -> None:
    """What became of an apply."""
    document = run_document(run)
    text = run_text(document, width=terminal.width, color=terminal.color_out)
    show_document(document, text, terminal, output)


def show_verification(verified: Verified, terminal: Terminal, output: str) -> None:
    """What a verification came to."""
    document, findings = verification_document(verified), verified.findings
    text = verification_text(document, findings, width=terminal.width, color=terminal.color_out)
    show_document(document, text, terminal, output)


def show_document(document: Mapping[str, Any], text: str, terminal: Terminal, output: str) -> None:
    """A document as it is, or its text and its closing sentence."""
    if output == "json":
        _json(document, terminal)
        return
    terminal.result(text)
    terminal.result(document.get("told", ""))


def show_status(status: Status, terminal: Terminal, output: str) -> None:
    """What is in flight."""
    if output == "json":
        _json(status_document(status), terminal)
        return
    terminal.result(status_text(status, width=terminal.width, color=terminal.color_out))


def show_diagnosis(diagnosis: Diagnosis, terminal: Terminal, output: str) -> None:
    """What an examination came to."""
    if output == "json":
        _json(diagnosis_document(diagnosis), terminal)
        return
    terminal.result(diagnosis_text(diagnosis, width=terminal.width, color=terminal.color_out))
    terminal.result(diagnosis.outcome.sentence)


def show_findings(findings: Sequence[Finding], terminal: Terminal) -> None:
    """What is to be known beside a result, on standard error."""
    if findings:
        terminal.note(findings_text(findings, width=terminal.width, color=terminal.color_err))


def show_history(runs: Sequence[Past], running: str, terminal: Terminal, output: str) -> None:
    """What was applied; `running` is the run that holds the lock, if one does."""
    if output == "json":
        _json(history_document(runs, running), terminal)
        return
    terminal.result(history_text(runs, running, width=terminal.width, color=terminal.color_out))


def show_inventory(items: Sequence[Row], every: Sequence[Row], terminal: Terminal, output: str) -> None:
    """The items that were chosen out of all there are."""
    match output:
        case "json":
            _json(inventory_document(items), terminal)
        case "csv":
            terminal.exact(inventory_csv(items))
        case _:
            terminal.result(inventory_text(items, width=terminal.width, color=terminal.color_out))
            terminal.result(inventory_told(items, every))


def _json(document: Mapping[str, Any], terminal: Terminal) -> None:
    terminal.result(json.dumps(document, ensure_ascii=False, indent=2))
