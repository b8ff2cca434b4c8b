"""One segment's change: create, update, adopt, unchanged or blocked, from ledger, source and target.

Three-way: `desired` against what the ledger says was desired tells whether the source or the manifest
changed; the target against what the ledger says was applied tells whether somebody changed the target.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mig.engine.diff import Difference, differences
from mig.engine.ledger import Entry, State
from mig.engine.plan import Action, digest
from mig.manifest.model import Adopt, OnDrift
from mig.manifest.resolve import Resource
from mig.model.findings import Finding, Severity
from mig.model.tables import bundled_schema
from mig.query.diff import Change, diff, same
from mig.query.parser import QueryError, parse
from mig.query.tree import Dialect, Query
from mig.query.words.phrases import visible
from mig.segments.match import Match
from mig.segments.rows import GROUPS, OWNER, QUERY, REFRESH, UNIT, TargetSegment

MEANING = (QUERY, GROUPS, "msdynmkt_baseentitylogicalname")
_NAMES: Final = ("msdynmkt_displayname", "msdynmkt_name")
_NOT_AS_STATED: Final = "not named or owned as the entry says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with one segment. `columns` are those an update writes; `drift` what was found changed.

    `applied` is what would then stand there, also where the change is blocked until somebody decides.
    `stop`: it is live, and to be stopped before it is written.
    """

    action: Action
    reason: str
    findings: tuple[Finding, ...] = ()
    columns: tuple[str, ...] = ()
    drift: tuple[Difference, ...] = ()
    applied: State | None = None
    stop: bool = False


def decide(resource: Resource, desired: State, match: Match, on_drift: OnDrift) -> Decision:
    """The decision for a segment that may move."""
    target = match.target
    if match.others:
        return _ambiguous(match.others)
    if match.half:
        return _half(match.half)
    if target is None:
        reason = "was deleted in the target" if match.entry else "not in the target yet"
        return Decision(action=Action.CREATE, reason=reason, applied=desired)
    changed = columns_that_differ(desired, target.state)
    if match.entry is None:
        return _unrecorded(resource, match, target, desired, changed)
    return _against_ledger(resource, match.entry, target, desired, changed, on_drift)


def columns_that_differ(wanted: State, other: State) -> tuple[str, ...]:
    """Those of its columns whose meaning differs; queries are compared by meaning, not by text.

    What is wanted of a copy may leave out who owns it: whoever that is, nothing differs.
    """
    return tuple(
        column
        for column in wanted
        if wanted[column] != other.get(column)
        and not (column == QUERY and _same_meaning(wanted[column], other.get(column)))
    )


def _against_ledger(
    resource: Resource,
    entry: Entry,
    target: TargetSegment,
    desired: State,
    changed: Sequence[str],
    on_drift: OnDrift,
) -> Decision:
    differing = columns_that_differ(entry.applied, target.state)
    moved = tuple(column for column in differing if column in desired and column != REFRESH)
    # What was not asked for before is asked for now where it differs from what is there.
    asked = columns_that_differ(desired, {**target.state, **entry.desired})
    due = tuple(column for column in asked if column in changed)
    # What somebody, or a run that died, made of it is no drift where it is what is asked for.
    if drifted := tuple(column for column in moved if column in changed):
        return _drift(entry, target, desired, drifted, due, on_drift)
    stated = _stated(resource, changed)
    # What was found changed once and was kept may be among what the entry states.
    kept = stated if on_drift is OnDrift.KEEP else ()
    columns = _with_unit((*due, *(() if kept else stated)), changed)
    if resource.entry.adopt is Adopt.OURS and (set(changed) - set(columns)) & set(MEANING):
        return _overwrite("adopt: ours", changed, target.state, desired)
    findings = tuple(_otherwise([column for column in kept if column not in columns]))
    if columns:
        reason = "the source or the manifest has changed" if due else _NOT_AS_STATED
        return replace(_overwrite(reason, columns, target.state, desired), findings=findings)
    if moved or asked:
        reason = "already as asked"
        return Decision(action=Action.ADOPT, reason=reason, applied=target.state, findings=findings)
    reason = "as adopted" if changed else "as applied"
    return Decision(action=Action.UNCHANGED, reason=reason, findings=findings)


def _otherwise(columns: Sequence[str]) -> Iterator[Finding]:
    """What a copy keeps though the entry states something else."""
    words = {_NAMES[0]: "name", OWNER: "owner", UNIT: "business unit"}
    found = [word for column, word in words.items() if column in columns]
    if found:
        yield Finding(
            code="SEG071",
            severity=Severity.WARNING,
            message=f"the copy has another {' and '.join(found)} than the entry says, and keeps it",
            fix="say `on_drift: overwrite` for it, or leave the word out of the entry",
        )


def _stated(resource: Resource, changed: Sequence[str]) -> Sequence[str]:
    """Those of the changed columns that the entry itself speaks of."""
    entry = resource.entry
    spoken = {_NAMES: entry.name, (OWNER,): entry.owner, (UNIT,): entry.business_unit}
    named = {column for columns, word in spoken.items() if word is not None for column in columns}
    return [column for column in changed if column in named]


def _with_unit(columns: Sequence[str], changed: Collection[str]) -> Sequence[str]:
    """A copy that gets another owner follows into that one's business unit, whatever it was adopted with."""
    follows = OWNER in columns and UNIT in changed
    return tuple(dict.fromkeys((*columns, UNIT) if follows else columns))


def _drift(
    entry: Entry,
    target: TargetSegment,
    desired: State,
    drifted: Sequence[str],
    due: Sequence[str],
    on_drift: OnDrift,
) -> Decision:
    found = differences(_only(entry.applied, drifted), _only(target.state, drifted))
    if on_drift is OnDrift.OVERWRITE:
        return Decision(
            action=Action.UPDATE,
            reason="changed in the target; on_drift: overwrite",
            columns=columns_that_differ(desired, target.state),
            drift=found,
            applied={**target.state, **desired},
        )
    if on_drift is OnDrift.KEEP:
        rest = tuple(column for column in due if column not in drifted)
        applied = {**target.state, **{column: desired[column] for column in rest}}
        action = Action.UPDATE if rest else Action.UNCHANGED
        reason = "changed in the target; on_drift: keep"
        return Decision(action=action, reason=reason, columns=rest, drift=found, applied=applied)
    finding = Finding(
        code="SEG019",
        severity=Severity.ERROR,
        message=f"changed in the target since it was applied: {', '.join(drifted)}",
        fix="set `on_drift: overwrite` or `on_drift: keep` on this entry, or undo the change in the target",
    )
    return Decision(action=Action.BLOCKED, reason="drift", findings=(finding,), drift=found)


def _only(state: State, columns: Sequence[str]) -> State:
    return {column: state.get(column) for column in columns}


def _unrecorded(
    resource: Resource, match: Match, target: TargetSegment, desired: State, changed: Sequence[str]
) -> Decision:
    same = not set(changed) & set(MEANING)
    if same or resource.entry.adopt is Adopt.THEIRS:
        reason = "a copy that means the same" if same else "adopt: theirs"
        stated = _with_unit(_stated(resource, changed), changed)
        return _taken_over(reason, stated, target.state, desired)
    ours = resource.entry.adopt is Adopt.OURS
    if ours or (match.copy and not target.edited(ours=match.ours)):
        reason = "adopt: ours" if ours else "the source has changed since the copy was made"
        return _overwrite(reason, changed, target.state, desired)
    told = "was edited by hand" if match.copy else "neither its id nor its name says it was made from it"
    finding = Finding(
        code="SEG016",
        severity=Severity.ERROR,
        message=f"the copy {target.name!r} differs from the source and {told}",
        fix="name it in the manifest with `adopt: ours` (overwrite it) or `adopt: theirs` (keep it)",
    )
    overwritten = _overwrite("a copy was edited by hand", changed, target.state, desired)
    return replace(overwritten, action=Action.BLOCKED, findings=(finding,))


def _taken_over(reason: str, stated: Sequence[str], found: State, desired: State) -> Decision:
    """As it is, but for what the entry states."""
    if stated:
        return _overwrite(f"{reason}; {_NOT_AS_STATED}", stated, found, desired)
    return Decision(action=Action.ADOPT, reason=reason, applied=found)


def _overwrite(reason: str, columns: Sequence[str], found: State, desired: State) -> Decision:
    applied = {**found, **_only(desired, columns)}
    return Decision(action=Action.UPDATE, reason=reason, columns=tuple(columns), applied=applied)


def _ambiguous(others: Sequence[TargetSegment]) -> Decision:
    told = ", ".join(f"{target.segment_id} ({target.name})" for target in others)
    if len(others) > 1:
        message = f"{len(others)} copies could be meant: {told}"
        fix = "name the one that is meant with `target: {id: …}`"
    else:
        message = f"several sources have the name that this copy was made of: {told}"
        fix = "name it with `target: {id: …}` in the entry that it belongs to"
    finding = Finding(code="SEG017", severity=Severity.ERROR, message=message, fix=fix)
    return Decision(action=Action.BLOCKED, reason="several copies", findings=(finding,))


def _half(told: str) -> Decision:
    finding = Finding(
        code="SEG022",
        severity=Severity.ERROR,
        message=f"{told} any more",
        fix="delete this row in the target, then apply again",
    )
    return Decision(action=Action.BLOCKED, reason="half a pair", findings=(finding,))


def query_diff(before: State | None, after: State | None) -> str | None:
    """What changes in the query, a line a change; None where it keeps its meaning or there is only one."""
    if before is None or after is None or before[QUERY] == after[QUERY]:
        return None
    one, other = _query(before[QUERY]), _query(after[QUERY])
    if one is None or other is None:
        # A text that nobody can read is shown as it is.
        return str(Change(visible(str(before[QUERY] or "")), visible(str(after[QUERY] or ""))))
    return "\n".join(map(str, diff(one, other, Dialect.RTM, bundled_schema()))) or None


def _same_meaning(one: Any, other: Any) -> bool:
    query, compared = _query(one), _query(other)
    return query is not None and compared is not None and same(query, compared)


def _query(text: Any) -> Query | None:
    try:
        return parse(str(text or ""), Dialect.RTM)
    except QueryError:
        return None


def precondition(target: TargetSegment | None) -> str:
    """`absent`, or the digest of the columns `mig` owns; never an ETag: the service writes these rows too."""
    if target is None:
        return "absent"
    return digest({name: value for name, value in target.state.items() if name != REFRESH})
