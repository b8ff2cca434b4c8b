"""What is left of outbound marketing in each phase of its removal (events-and-transition.md §4.2).

The rows of its tables can be read in all of them. Its services stop, then go; the member lists go with them.
"""

from enum import Enum
from typing import Final

from mig.sandbox.spec import Phase


class Services(Enum):
    """How outbound marketing's actions answer.

    That they fail while hidden, and are unknown names later, is assumed: public sources only say that the
    services stop, then go.
    """

    ANSWER = "answer"
    FAIL = "fail"
    GONE = "gone"


_SERVICES: Final = {
    Phase.LIVE: Services.ANSWER,
    Phase.HIDDEN: Services.FAIL,
    Phase.REMOVED: Services.GONE,
}


def outbound_services(phase: Phase) -> Services:
    """How outbound marketing's actions answer in a phase."""
    return _SERVICES[phase]
