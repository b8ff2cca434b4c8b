"""In which order changes run. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mig.engine.graph import inverted, levels, reached
from mig.engine.jobs import Job
from mig.engine.plan import Change
from mig.engine.steps import Await, Step


def waves(changes: Sequence[Change], in_flight: Collection[str]) -> Iterator[list[str]]:
    """Ids of changes that run together, each after all it depends on.

    What has to be waited for comes last, with all that depends on it; and last of all jobs of hours, one by
    one, each with what depends on it. `in_flight` has source ids: their jobs are under way, and come first.
    """
    needs = {change.id: change.depends_on for change in changes}
    dependants = inverted(needs)
    slow = reached([change.id for change in changes if _has(change, Await)], dependants)
    jobs = [change for change in changes if _has(change, Job)]
    jobs.sort(key=lambda change: (change.source_id not in in_flight, change.id))
    turns = [reached([job.id], dependants) for job in jobs]
    hours = set().union(*turns)
    yield from _levels(needs, needs.keys() - slow - hours)
    yield from _levels(needs, slow - hours)
    for turn in _once(turns):
        yield from _levels(needs, turn)


def _has(change: Change, kind: type[Step]) -> bool:
    return any(isinstance(step, kind) for step in change.steps)


def _once(turns: Sequence[set[str]]) -> Sequence[set[str]]:
    """What depends on several jobs runs after the last of them."""
    found, later = [], set[str]()
    for turn in reversed(turns):
        found.append(turn - later)
        later |= turn
    return found[::-1]


def _levels(needs: Mapping[str, Collection[str]], chosen: Collection[str]) -> Sequence[list[str]]:
    return levels({key: needs[key] for key in chosen})
