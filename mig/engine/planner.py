"""From a snapshot to a plan. Pure: the same manifest and snapshot give the same plan, byte for byte."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from mig import __version__
from mig.engine.graph import levels
from mig.engine.plan import Action, Change, Plan, Quota
from mig.engine.snapshot import Part, Snapshot
from mig.manifest.model import Manifest
from mig.model.findings import Finding, Severity


def make_plan(manifest: Manifest, snapshot: Snapshot) -> Plan:
    """Decide everything; read nothing."""
    base = snapshot.base
    parts = [kind.plan(manifest, base) for kind in snapshot.kinds]
    return Plan(
        tool=f"mig {__version__}",
        migration=manifest.migration,
        source=base.source,
        target=base.target,
        manifest_digest=manifest.digest,
        quota=_quota(parts),
        changes=in_order(change for part in parts for change in part.changes),
        drift=tuple(drift for part in parts for drift in part.drift),
        findings=(
            *manifest.findings,
            *_copies(snapshot),
            *(found for part in parts for found in part.findings),
        ),
    )


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """By address, then by the order of their dependencies."""
    found = {change.id: change for change in changes}
    wave = {
        node: number
        for number, nodes in enumerate(levels({key: change.depends_on for key, change in found.items()}))
        for node in nodes
    }
    return tuple(sorted(found.values(), key=lambda change: (change.address, wave[change.id], change.action)))


def only(plan: Plan, keep: Collection[str], leave: Collection[str]) -> Plan:
    """The part of a plan that concerns some addresses, marked as partial.

    What a kept change depends on and is not kept is left out too: a change that needs it will say so.
    """
    if not keep and not leave:
        return plan
    changes = tuple(
        change
        for change in plan.changes
        if (not keep or str(change.address) in keep) and str(change.address) not in leave
    )
    return replace(plan, changes=changes, complete=False)


def without_publishing(plan: Plan) -> Plan:
    """The plan without what makes anything live."""
    changes = tuple(change for change in plan.changes if change.action is not Action.PUBLISH)
    return replace(plan, changes=changes)


def _quota(parts: list[Part]) -> Quota | None:
    """Only segments have one."""
    return next((part.quota for part in parts if part.quota is not None), None)


def _copies(snapshot: Snapshot) -> Iterable[Finding]:
    for organization in snapshot.base.ledgers.copied_from:
        yield Finding(
            code="ENV008",
            severity=Severity.INFO,
            message=f"this environment is a copy of organisation {organization}; its ledger is history here",
        )
