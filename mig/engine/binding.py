"""Whether a plan still holds: what it decided, against what planning anew decides.

A plan is bound to the organisations, to the manifest, and to the columns `mig` owns of every row it will
touch. The versions of rows do not count: the service writes them too. A plan whose run died may be taken up
again: then what it was to bring about counts, for some of it is there already, written by that run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from mig.dataverse.errors import DataverseError
from mig.engine.history import Past
from mig.engine.ledger import State
from mig.engine.plan import Action, Change, Plan
from mig.model.outcome import Exit

_SHOWN: Final = 5  # reasons, before the rest is only counted

ByAddress = Mapping[str, Sequence[Change]]


class PlanStale(DataverseError):
    """What the plan was made from has changed before it could be applied."""

    exit = Exit.STALE
    code = "ENV013"
    fix = "look at a new plan, then apply that"

    def __init__(self, reasons: Sequence[str]) -> None:
        more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
        super().__init__(f"the plan does not hold any more: {'; '.join(reasons[:_SHOWN])}{more}")


class PlanUsed(DataverseError):
    """The saved plan was applied before; a plan is applied once."""

    exit = Exit.STALE
    code = "ENV018"
    fix = "make a new plan: `mig plan --out FILE`; `mig history` tells what became of that run"

    def __init__(self, past: Past) -> None:
        super().__init__(
            f"the plan was applied by run {past.run_id}, which ended {past.ended}: {past.counts}"
        )


def unfinished(saved: str, runs: Collection[Past]) -> bool:
    """Whether a run of the plan saved under this id died; `PlanUsed` when one has ended."""
    own = [past for past in runs if past.plan == saved]
    for past in own:
        if past.ended:
            raise PlanUsed(past)
    return bool(own)


def check_holds(reviewed: Plan, found: Plan, *, resumed: bool = False) -> None:
    """Raise `PlanStale` unless the plan found now does what the reviewed one said.

    `resumed`: a run of the reviewed plan died, so that some of it is done.
    """
    reasons = [*_elsewhere(reviewed, found), *_changed(reviewed, found, resumed=resumed)]
    if reasons:
        raise PlanStale(reasons)


def _elsewhere(reviewed: Plan, found: Plan) -> Iterator[str]:
    for side in ("source", "target"):
        before, now = getattr(reviewed, side), getattr(found, side)
        if before.organization_id != now.organization_id:
            was = before.organization_id
            yield f"its {side} is organisation {was}, and {now.name} is {now.organization_id}"
    if reviewed.manifest_digest != found.manifest_digest:
        yield "the manifest is not the one it was made from"


def _changed(reviewed: Plan, found: Plan, *, resumed: bool) -> Iterator[str]:
    before, after = _by_address(reviewed), _by_address(found)
    for address in sorted(before.keys() | after.keys()):
        old, new = before.get(address, ()), after.get(address, ())
        if _decided(old) != _decided(new) and not (resumed and _comes_to_the_same(old, new)):
            yield f"{address}: {_why(old, new)}"


def _by_address(plan: Plan) -> ByAddress:
    found: dict[str, list[Change]] = {}
    for change in plan.changes:
        found.setdefault(str(change.address), []).append(change)
    return found


def _decided(changes: Sequence[Change]) -> object:
    return {
        change.id: (change.precondition, change.before, _end(change), change.depends_on) for change in changes
    }


def _comes_to_the_same(old: Sequence[Change], new: Sequence[Change]) -> bool:
    """Whether nothing stands in the way, nothing is done that was not reviewed, and the end is the same."""
    if any(change.action is Action.BLOCKED for change in new):
        return _decided(old) == _decided(new)
    publishes = [any(change.action is Action.PUBLISH for change in side) for side in (old, new)]
    if publishes == [False, True]:
        return False
    ends = [_end(change) for change in _beside_publishing(old)]
    return all(_end(change) in ends for change in _beside_publishing(new))


def _end(change: Change) -> State | None:
    """What stands there when the plan is done: what is blocked stays, whatever it was to become."""
    return change.before if change.action is Action.BLOCKED else change.after


def _beside_publishing(changes: Sequence[Change]) -> Sequence[Change]:
    return [change for change in changes if change.action is not Action.PUBLISH]


def _why(old: Sequence[Change], new: Sequence[Change]) -> str:
    return ", ".join(_reasons(old, new)) or "depends on others now, or is published otherwise"


def _reasons(old: Sequence[Change], new: Sequence[Change]) -> Iterator[str]:
    before, after = _beside_publishing(old), _beside_publishing(new)
    if [change.action for change in before] != [change.action for change in after] or not before:
        yield f"was {_actions(old)}, is {_actions(new)}"
    for was, now in zip(before, after, strict=False):
        yield from _differences(was, now)


def _differences(was: Change, now: Change) -> Iterator[str]:
    if columns := _differing(was.before, now.before):
        yield f"{columns} changed in the target{_by(now, 'target')}"
    elif columns := _differing(_end(was), _end(now)):
        moved = was.touched.get("source") != now.touched.get("source")
        yield (
            f"{columns} changed in the source{_by(now, 'source')}" if moved else f"{columns} would be another"
        )


def _actions(changes: Sequence[Change]) -> str:
    return (
        " and ".join(f"to {change.action}" if change.steps else change.action for change in changes)
        or "nothing"
    )


def _differing(one: Mapping[str, object] | None, other: Mapping[str, object] | None) -> str:
    one, other = one or {}, other or {}
    return ", ".join(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))


def _by(change: Change, side: str) -> str:
    return f", {change.touched[side]}" if side in change.touched else ""
