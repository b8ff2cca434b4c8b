"""Repeats what may be repeated, as `replay` has it, and says whether an earlier try is in doubt."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mig.dataverse import waits
from mig.dataverse.answers import code_of
from mig.dataverse.calls import Call, Reply, Send, Sleep
from mig.dataverse.errors import DataverseError, Dropped, OutcomeUnknown, RequestFailed, Unreachable
from mig.dataverse.replay import Doubt, Replay, doubt, tries

_IN_DOUBT = frozenset({Doubt.UNKNOWN, Doubt.FAILED})


@dataclass(slots=True)
class Retried:
    """Tries a call until it is answered, may not be sent again, or has had its time.

    The last reply is given back, `doubted` where it or a try before it may have been carried out. Where none
    came, `OutcomeUnknown` is raised of a write, and of anything else what the last try raised.
    """

    below: Send
    sleep: Sleep
    now: Callable[[], float]
    share: Callable[[], float]
    heard: bool = field(default=False, init=False)  # a name that never answered is asked once

    async def __call__(self, call: Call) -> Reply:
        """The last reply."""
        attempt, doubted = 0, False
        while True:
            attempt += 1
            wait = waits.growing(attempt, self.share())
            try:
                reply = await self.below(call)
            except DataverseError as error:
                found = _doubt(error)
                doubted |= found in _IN_DOUBT
                if isinstance(error, RequestFailed) or self._is_over(call, attempt, found, wait):
                    if doubted and call.replay is not Replay.READ:
                        raise OutcomeUnknown(str(call), error) from error
                    raise
            else:
                self.heard = True
                found = doubt(reply.status, code_of(reply))
                doubted |= found in _IN_DOUBT
                if self._is_over(call, attempt, found, wait):
                    return replace(reply, doubted=doubted)
                if waits.asked(reply.status, reply.headers) is not None:
                    continue  # it was waited for at the gate
            await self.sleep(wait)

    def _is_over(self, call: Call, attempt: int, found: Doubt, wait: float) -> bool:
        if found is Doubt.NOT_SENT and not self.heard:
            return True
        return attempt >= tries(found, call.replay) or self.now() + wait >= call.ends


def _doubt(error: DataverseError) -> Doubt:
    if isinstance(error, RequestFailed):  # its answer asks for a longer wait than is sat through
        return doubt(error.status, error.error_code)
    if isinstance(error, Dropped):
        return Doubt.UNKNOWN
    return Doubt.NOT_SENT if isinstance(error, Unreachable) else Doubt.NONE
