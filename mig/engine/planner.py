"""From a snapshot to a plan. Pure: the same manifest and snapshot give the same plan, byte for byte."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from mig import __version__
from mig.engine.brakes import measure, measure_again, release
from mig.engine.graph import inverted, levels, reached
from mig.engine.plan import Action, Change, Plan, Quota
from mig.engine.privileges import told
from mig.engine.snapshot import Part, Snapshot
from mig.manifest.errors import UnknownAddress
from mig.manifest.model import Manifest
from mig.model.findings import Finding, Severity

TOOL: Final = f"mig {__version__}"
"""What makes plans here, as plans name it."""


def make_plan(manifest: Manifest, snapshot: Snapshot, *, prune: bool = False) -> Plan:
    """Decide everything; read nothing. `prune`: delete what is owned, not listed any more, and unused."""
    base = snapshot.base
    parts = [kind.plan(manifest, base, prune=prune) for kind in snapshot.kinds]
    changes = in_order(change for part in parts for change in part.changes)
    return Plan(
        tool=TOOL,
        migration=manifest.migration,
        source=base.source,
        target=base.target,
        manifest_digest=manifest.digest,
        quota=_quota(parts, changes),
        changes=changes,
        drift=tuple(drift for part in parts for drift in part.drift),
        findings=(
            *manifest.findings,
            *_copies(snapshot),
            *told(base.rights, changes),
            *(found for part in parts for found in part.findings),
        ),
        brakes=measure(
            manifest.policy.brakes, changes, len(base.ledger.entries), sum(part.people for part in parts)
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

    What is kept brings what it depends on; what is left out takes along what depends on it. `UnknownAddress`
    names addresses that the plan does not have.
    """
    if not keep and not leave:
        return plan
    _check_addresses(plan, [*keep, *leave])
    changes = {change.id: change for change in plan.changes}
    kept = {key for key, change in changes.items() if not keep or str(change.address) in keep}
    needs = {key: change.depends_on for key, change in changes.items()}
    kept = reached(kept, needs)
    left = {key for key, change in changes.items() if str(change.address) in leave}
    left = reached(left, inverted(needs))
    rest = tuple(change for key, change in changes.items() if key in kept - left)
    addresses = {change.address for change in rest}
    return replace(
        _with_changes(plan, rest),
        drift=tuple(drift for drift in plan.drift if drift.address in addresses),
        findings=tuple(
            finding for finding in plan.findings if finding.address is None or finding.address in addresses
        ),
        complete=False,
    )


def _with_changes(plan: Plan, rest: tuple[Change, ...]) -> Plan:
    """The plan when only the rest is done, with what it adds up to."""
    quota = plan.quota.when(rest) if plan.quota is not None else None
    return replace(plan, changes=rest, quota=quota, brakes=measure_again(plan.brakes, rest))


def _check_addresses(plan: Plan, asked: Collection[str]) -> None:
    known = {str(change.address) for change in plan.changes}
    findings = []
    for address in sorted(set(asked) - known):
        near = get_close_matches(address, known, n=1)
        findings.append(
            Finding(
                code="MAN018",
                severity=Severity.ERROR,
                message=f"the manifest has no {address}",
                fix=f"did you mean {near[0]}?" if near else "the plan lists the addresses there are",
            )
        )
    if findings:
        raise UnknownAddress(findings)


def without_publishing(plan: Plan) -> Plan:
    """The plan without what makes anything live."""
    changes = tuple(
        change for change in plan.changes if Action.PUBLISH not in (change.action, change.instead_of)
    )
    return _with_changes(plan, changes)


def with_released(plan: Plan, names: Collection[str]) -> Plan:
    """The plan without the brakes that somebody releases."""
    return replace(plan, brakes=release(plan.brakes, names))


def _quota(parts: Iterable[Part], changes: Iterable[Change]) -> Quota | None:
    """Only segments have one."""
    return next((part.quota.when(changes) for part in parts if part.quota is not None), None)


def _copies(snapshot: Snapshot) -> Iterable[Finding]:
    file = snapshot.base.ledger_file
    for organization in snapshot.base.ledgers.copied_from:
        told = f"this environment is a copy of organisation {organization}; its ledger is history here"
        if file is not None:
            told = f"{file} also holds a ledger of organisation {organization}; it is history here"
        yield Finding(code="ENV008", severity=Severity.INFO, message=told)
