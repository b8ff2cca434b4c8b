"""Both sides of an event, as they were read."""

from collections.abc import Mapping
from dataclasses import dataclass

from mig.events.belongings import Belongings
from mig.events.matching import Matching
from mig.events.rows import Attendance


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """`matching` says which rows are copies of which, `belongings` by table what hangs on registrations."""

    source: Attendance
    target: Attendance
    matching: Matching
    belongings: Mapping[str, Belongings]
