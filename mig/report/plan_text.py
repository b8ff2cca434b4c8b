"""A plan for people, in eighty columns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from mig.engine.diff import differences
from mig.engine.ledger import State
from mig.engine.plan import Action, Allowance, Brake, Change, Organization, Plan, Quota, Verdicts
from mig.engine.steps import explain
from mig.model.counted import counted
from mig.model.findings import CODES, OFFICIAL, Finding, Severity
from mig.report.event_text import add_event_change
from mig.report.findings_text import add_finding
from mig.report.page import Page

_SIGNS: Final = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.ADOPT: ("=", "cyan"),
    Action.PUBLISH: ("^", "green"),
    Action.MIGRATE_REGISTRATIONS: (">", "green"),
    Action.RECONCILE: (">", "green"),
    Action.DELETE: ("-", "red"),
    Action.UNCHANGED: (" ", "dim"),
    Action.BLOCKED: ("!", "red"),
}
_NAME: Final = "msdynmkt_displayname"
_QUERY: Final = "msdynmkt_segmentquery"
_GROUPS: Final = "msdynmkt_staticlistmembers"
_WORK: Final = (
    Action.CREATE,
    Action.UPDATE,
    Action.ADOPT,
    Action.PUBLISH,
    Action.MIGRATE_REGISTRATIONS,
    Action.RECONCILE,
    Action.DELETE,
)


def plan_text(
    plan: Plan, *, width: int = 80, color: bool = False, steps: bool = False, brief: bool = False
) -> str:
    """The plan: what it is about, what would change, what cannot, what it adds up to.

    `brief` leaves out what only selections brought in, but for the totals.
    """
    page = Page(width, color)
    _heading(page, plan)
    for _, group in groupby(_worth_showing(plan, brief=brief), key=lambda change: change.address):
        _resource(page, list(group), steps=steps)
    if brief:
        _selected(page, plan)
    else:
        _selected_and_blocked(page, plan)
    _plan_findings(page, plan.findings)
    _drift(page, plan)
    page.line()
    if plan.quota is not None:
        page.wrapped("Quota: ", _quota(plan.quota))
    for brake in plan.brakes:
        _brake(page, brake)
    page.wrapped("Plan: ", _totals(plan), style="bold")
    return str(page)


def _heading(page: Page, plan: Plan) -> None:
    page.line(page.paint(plan.migration, "bold"))
    same = plan.source.organization_id == plan.target.organization_id
    _organization(page, "source and target" if same else "source", plan.source)
    if not same:
        _organization(page, "target", plan.target)
    page.line()


def _organization(page: Page, role: str, found: Organization) -> None:
    page.wrapped(
        f"  {role}  ",
        f"{found.name}, organisation {found.organization_id}; outbound marketing {found.phase}"
        f" ({found.evidence}){_as_of(found)}",
    )


def _as_of(found: Organization) -> str:
    return f"; a snapshot of {found.recorded}" if found.recorded else ""


def _worth_showing(plan: Plan, *, brief: bool) -> Iterable[Change]:
    """Everything but what is as it should be, and what only a selection brought in and cannot have.

    What a person settled is as it should be because they say so; an event may have been moved, and something
    be to be said of it all the same.
    """
    return (
        change
        for change in plan.changes
        if (change.action is not Action.UNCHANGED or change.settled or _told(change))
        and (change.listed or not (brief or change.action is Action.BLOCKED))
    )


def _told(change: Change) -> bool:
    return change.address.kind == "event" and bool(change.findings)


def _resource(page: Page, changes: Sequence[Change], *, steps: bool) -> None:
    main = next((change for change in changes if change.instead_of is None), changes[0])
    sign, style = _SIGNS[main.action]
    actions = ", ".join(_done(change) for change in sorted(changes, key=lambda change: change is not main))
    address = str(main.address)
    head = page.paint(f"  {sign} {address}", style)
    gap = page.width - 4 - len(address) - len(actions)
    if gap < 2:
        page.line(head)
        head, gap = "", page.width - len(actions)
    page.line(f"{head}{' ' * gap}{page.paint(actions, style)}")
    if len(changes) == 1 and main.action is Action.PUBLISH:  # nothing else tells why
        page.wrapped("", main.reason, indent=6)
    if main.address.kind == "event":  # one list of findings for all that becomes of it
        for change in changes:
            add_event_change(page, change)
            _steps(page, change, shown=steps)
        for change in changes:
            _findings(page, change)
        return
    for change in changes:
        _segment_details(page, change)
        _findings(page, change)
        _steps(page, change, shown=steps)


def _steps(page: Page, change: Change, *, shown: bool) -> None:
    for step in change.steps if shown else ():
        page.wrapped("- ", explain(step), indent=6)


def _done(change: Change) -> str:
    return f"{change.instead_of} {change.action}" if change.instead_of else change.action


def _findings(page: Page, change: Change) -> None:
    for finding in change.findings:
        _noted(page, finding, listed=change.listed)


def _segment_details(page: Page, change: Change) -> None:
    if change.action in (Action.UPDATE, Action.ADOPT) or change.settled:
        page.wrapped("", change.reason, indent=6)
    if change.action is Action.DELETE:
        page.wrapped("", str(change.before[_NAME]) if change.before else change.source_name, indent=6)
        page.wrapped("", change.reason, indent=6)
    if change.action is Action.CREATE and change.after:
        page.wrapped("", str(change.after[_NAME]), indent=6)
        page.wrapped("", str(change.after[_QUERY] or _listed(change.after)), indent=6)
    told = change.before is not None and change.after is not None
    if told and change.action in (Action.UPDATE, Action.BLOCKED):
        _differences(page, change)
    if change.action is Action.BLOCKED and change.instead_of is None:
        page.wrapped("limits  ", _verdicts(change.verdicts), indent=6, style="dim")


def _listed(state: State) -> str:
    """The members of a static copy: how many, and the beginning of their digest."""
    groups = state.get(_GROUPS)
    if not groups:
        return ""
    return f"{counted(groups['members'], 'static member')}, sha256 {groups['sha256'][:12]}…"


def _verdicts(verdicts: Verdicts) -> str:
    """What becomes of it under either policy."""
    words = {"documented": verdicts.documented, "extended": verdicts.extended}
    return ", ".join(f"{name}: {'eligible' if may else 'refused'}" for name, may in words.items())


def _noted(page: Page, finding: Finding, *, listed: bool) -> None:
    if finding.severity is Severity.INFO and finding.code in OFFICIAL:
        page.wrapped("documented: refused  ", f"{finding.code} {finding.message}", indent=6, style="dim")
    else:
        # The place of what a selection brought in is the selection's, which tells nothing.
        shown = finding if listed else replace(finding, place=None)
        add_finding(page, shown, indent=6, with_address=False)


def _differences(page: Page, change: Change) -> None:
    """What changes; of what is blocked, what would."""
    blocked = change.action is Action.BLOCKED
    for found in differences(change.before or {}, change.after or {}):
        if found.path == _QUERY:
            for line in (change.query_diff or "").splitlines():
                page.wrapped("", line, indent=8)
            page.wrapped("would be: " if blocked else "now: ", str(found.after or ""), indent=8)
        else:
            page.wrapped(f"{found.path}  ", found.told, indent=8)


def _selected(page: Page, plan: Plan) -> None:
    changes = [change for change in plan.changes if not change.listed]
    addresses = {change.address for change in changes}
    blocked = sum(change.action is Action.BLOCKED for change in changes)
    if addresses:
        page.line()
        page.line(f"  and {len(addresses)} more that selections bring in, {blocked} of them blocked")


def _selected_and_blocked(page: Page, plan: Plan) -> None:
    """By code, a line or two each: these stop nothing and do not change the exit code."""
    blocked = [change for change in plan.changes if change.action is Action.BLOCKED and not change.listed]
    if not blocked:
        return
    page.line()
    page.line(page.paint(f"  blocked, and asked for by a selection only: {len(blocked)}", "bold"))
    ordered = sorted(blocked, key=lambda change: (_code(change), change.address))
    for code, group in groupby(ordered, key=_code):
        _blocked_for(page, code, list(group))


def _code(change: Change) -> str:
    return next((found.code for found in change.findings if found.severity is Severity.ERROR), "")


def _blocked_for(page: Page, code: str, changes: Sequence[Change]) -> None:
    page.line(f"  {page.paint(f'! {code}', 'red')} {CODES.get(code, '')}")
    reasons = {change.reason for change in changes}
    if len(reasons) == 1:
        page.wrapped("", ", ".join(str(change.address) for change in changes), indent=6)
        return
    for change in changes:
        page.line(f"      {change.address}")
        page.wrapped("", change.reason, indent=10)


def _plan_findings(page: Page, findings: Sequence[Finding]) -> None:
    """Those of the whole plan; what is said of several resources outside the manifest stands together."""
    counts = Counter(one.code for one in findings if _outside(one))
    for finding in findings:
        if not _outside(finding) or counts[finding.code] == 1:
            add_finding(page, finding)
    for code in sorted(code for code, count in counts.items() if count > 1):
        _together(page, code, [one for one in findings if _outside(one) and one.code == code])


def _outside(finding: Finding) -> bool:
    """Whether it is about a resource that no line of the manifest asks for."""
    return finding.address is not None and finding.place is None


def _together(page: Page, code: str, findings: Sequence[Finding]) -> None:
    """Once what is the same of several, with their addresses."""
    page.line()
    page.line(page.paint(f"  {CODES.get(code, code)}: {len(findings):,}", "bold"))
    said: dict[Finding, list[str]] = {}
    for one in findings:
        said.setdefault(replace(one, address=None), []).append(str(one.address))
    for finding, addresses in sorted(said.items(), key=lambda found: (found[0].message, found[1])):
        add_finding(page, replace(finding, fix=""), indent=2)
        page.wrapped("", ", ".join(sorted(addresses)), indent=6)
        if finding.fix:
            page.wrapped("fix    ", finding.fix, indent=4)


def _drift(page: Page, plan: Plan) -> None:
    if not plan.drift:
        return
    page.line()
    page.line("  changed in the target since it was applied:")
    for drift in plan.drift:
        for column in drift.columns:
            page.wrapped(f"{drift.address}  ", f"{column.path}: {column.told}", indent=4)


def _brake(page: Page, brake: Brake) -> None:
    """One that holds, or would."""
    if not brake.held and not brake.released:
        return
    share = f" ({brake.value})" if brake.limit.percent else ""
    told = f"{brake.count:,} of {brake.of:,}{share}, limit {brake.limit}"
    word, style = ("holds", "red") if brake.held else ("released", "yellow")
    page.wrapped(f"Brake {brake.name} {word}: ", told, style=style)


def _quota(quota: Quota) -> str:
    platform = "; ".join(f"{kind} {_used(found)}" for kind, found in quota.platform.items())
    return f"{_used(quota.own)}; platform: {platform}"


def _used(allowance: Allowance) -> str:
    grows = f" → {allowance.after}" if allowance.after != allowance.used else ""
    return f"{allowance.used}{grows} of {allowance.limit}"


def _totals(plan: Plan) -> str:
    counts = {action: sum(change.action is action for change in plan.changes) for action in Action}
    work = ", ".join(f"{counts[action]} to {action}" for action in _WORK if counts[action]) or "nothing to do"
    return f"{work}; {counts[Action.UNCHANGED]} unchanged, {counts[Action.BLOCKED]} blocked."
