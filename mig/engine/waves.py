"""In which order changes run. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mig.engine.graph import levels
from mig.engine.jobs import Job
from mig.engine.plan import Change
from mig.engine.steps import Await, Step


def waves(changes: Sequence[Change], in_flight: Collection[str]) -> Iterator[list[str]]:
    """Ids of changes that run together, each after all it depends on.

    What has to be waited for comes last, with all that depends on it; and last of all jobs of hours, one by
    one, each with what depends on it. `in_flight` has source ids: their jobs are under way, and come first.
    """
    needs = {change.id: change.depends_on for change in changes}
    slow = _with_dependants(needs, {change.id for change in changes if _has(change, Await)})
    jobs = [change for change in changes if _has(change, Job)]
    turns = [
        _with_dependants(needs, {change.id})
        for change in sorted(jobs, key=lambda change: (change.source_id not in in_flight, change.id))
    ]
    hours = set().union(*turns)
    yield from _levels(needs, needs.keys() - slow - hours)
    yield from _levels(needs, slow - hours)
    for number, turn in enumerate(turns):
        yield from _levels(needs, turn.difference(*turns[number + 1 :]))


def _has(change: Change, kind: type[Step]) -> bool:
    return any(isinstance(step, kind) for step in change.steps)


def _with_dependants(needs: Mapping[str, Collection[str]], start: Collection[str]) -> set[str]:
    found = set(start)
    for wave in levels(needs):
        found |= {key for key in wave if not found.isdisjoint(needs[key])}
    return found


def _levels(needs: Mapping[str, Collection[str]], chosen: Collection[str]) -> Sequence[list[str]]:
    return levels({key: needs[key] for key in chosen})
