"""How a served sandbox behaves as a server: how far away, how quick, and what it allows."""

from dataclasses import dataclass

from mig.sandbox.limits import Limits


@dataclass(frozen=True, slots=True)
class Conditions:
    """`latency`: seconds on the way, there and back. `row_time`: seconds of work an operation takes; those of
    a batch run in sequence. `dop_hint`: how many requests at once the service recommends.
    """

    latency: float = 0.0
    row_time: float = 0.0
    dop_hint: int = 4
    limits: Limits | None = None

    def busy(self, operations: int) -> float:
        """Seconds that the server works on a request."""
        return self.row_time * operations

    def seconds(self, operations: int) -> float:
        """Seconds from a request to its answer."""
        return self.latency + self.busy(operations)


IDEAL = Conditions()
"""No distance, no work, no limits: a sandbox inside the process."""
