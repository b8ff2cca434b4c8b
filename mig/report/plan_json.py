"""A plan as the JSON document that other tools read; `schemas/plan.schema.json` describes it."""

from typing import Any, Final

from mig.engine.plan import Allowance, Brake, Change, Drift, Organization, Plan, Quota
from mig.manifest.model import Amount
from mig.model.findings import Finding

FORMAT_VERSION: Final = 1


def plan_document(plan: Plan) -> dict[str, Any]:
    """The whole plan."""
    return {
        "format_version": FORMAT_VERSION,
        "tool": plan.tool,
        "migration": plan.migration,
        "source": organization_document(plan.source),
        "target": organization_document(plan.target),
        "manifest_digest": plan.manifest_digest,
        "quota": _quota(plan.quota) if plan.quota else None,
        "changes": [_change(change) for change in plan.changes],
        "drift": [_drift(drift) for drift in plan.drift],
        "findings": [finding_document(finding) for finding in plan.findings],
        "brakes": [_brake(brake) for brake in plan.brakes],
        "summary": dict(plan.summary),
        "applyable": plan.applyable,
        "complete": plan.complete,
        "digest": plan.digest,
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """One finding; line and column are those of the manifest, where it has a place there."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "address": str(finding.address) if finding.address else None,
        "message": finding.message,
        "fix": finding.fix or None,
        "line": finding.place.line if finding.place else None,
        "column": finding.place.column if finding.place else None,
        "found": finding.found or None,
        "start": finding.start,
        "end": finding.end,
        "waived": finding.waived or None,
    }


def organization_document(organization: Organization) -> dict[str, Any]:
    """Where it is, which one it is, and in which phase outbound marketing is there."""
    return {
        "url": organization.url,
        "organization_id": organization.organization_id,
        "phase": organization.phase,
    }


def _quota(quota: Quota) -> dict[str, Any]:
    platform = {kind: _allowance(found) for kind, found in quota.platform.items()}
    return {**_allowance(quota.own), "platform": platform}


def _allowance(allowance: Allowance) -> dict[str, int]:
    return {"limit": allowance.limit, "used": allowance.used, "after": allowance.after}


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "address": str(change.address),
        "kind": change.address.kind,
        "source": {"id": change.source_id, "name": change.source_name},
        "action": str(change.action),
        "reason": change.reason,
        "settled": change.settled,
        "before": dict(change.before) if change.before is not None else None,
        "after": dict(change.after) if change.after is not None else None,
        "query_diff": change.query_diff,
        "depends_on": list(change.depends_on),
        "precondition": change.precondition,
        "verdicts": {
            "documented": _verdict(change.verdicts.documented),
            "extended": _verdict(change.verdicts.extended),
        },
        "findings": [finding_document(finding) for finding in change.findings],
    }


def _verdict(eligible: bool) -> str:
    return "eligible" if eligible else "refused"


def _brake(brake: Brake) -> dict[str, Any]:
    """`limit` and `value` are shares, as in `30%`, or numbers."""
    return {
        "name": brake.name,
        "limit": _amount(brake.limit),
        "value": _amount(brake.value),
        "held": brake.held,
        "released": brake.released,
        "count": brake.count,
        "of": brake.of,
    }


def _amount(amount: Amount) -> str | int | float:
    if amount.percent:
        return str(amount)
    whole = int(amount.number)
    return whole if whole == amount.number else float(amount.number)


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "address": str(drift.address),
        "columns": [
            {"name": column.path, "applied": column.before, "found": column.after} for column in drift.columns
        ],
    }
