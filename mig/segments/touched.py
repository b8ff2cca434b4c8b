"""Who changed the rows of a segment last, and when: for whoever finds that a plan does not hold any more."""

from dataclasses import replace
from datetime import datetime

from mig.dataverse.cells import lookup, moment
from mig.segments.case import Case
from mig.segments.rows import TargetSegment


def with_touched(case: Case) -> Case:
    """The case with both sides' last changes. A user is told by id: names are not shown."""
    source = case.source
    sides = {"source": _told(source.modified, source.modified_by), "target": _newest(case.match.target)}
    touched = {side: told for side, told in sides.items() if told}
    return replace(case, change=replace(case.change, touched=touched))


def _newest(target: TargetSegment | None) -> str:
    """Of its two rows the one that was changed last."""
    rows = (target.segment, target.definition or {}) if target else ()
    changes = ((moment(row.get("modifiedon")), lookup(row, "modifiedby")) for row in rows)
    return max((_told(when, who) for when, who in changes), default="")


def _told(when: datetime | None, who: str | None) -> str:
    """Texts of two moments sort as the moments do."""
    if when is None:
        return ""
    return f"on {when:%Y-%m-%d at %H:%M:%S} UTC" + (f" by user {who}" if who else "")
