"""The service's own clockwork: whatever has become due is done before a request is answered."""

from collections.abc import Callable, Mapping
from typing import Final

from mig.sandbox.segmentation import outbound_members, publishing, refreshing, stopping
from mig.sandbox.segmentation.work import Step, Work, is_due, take
from mig.sandbox.world import World

_STEPS: Final[Mapping[Step, Callable[[World, Work], None]]] = {
    Step.EXPORT: publishing.export,
    Step.COMPUTE: publishing.finish,
    Step.STOP: stopping.finish,
    Step.REFRESH: refreshing.refresh,
    Step.MEMBERS: outbound_members.change,
}


def settle(world: World) -> None:
    """Do what has become due since the last request."""
    now = world.clock.now()
    if not is_due(world, now):
        return
    with world.transaction():
        while (work := take(world, now)) is not None:  # another process may have been quicker
            _STEPS[work.step](world, work)
