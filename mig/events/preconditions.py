"""What must be so before an event is moved: reference/events-and-transition.md 1.4. Pure.

P6 to P9 are the official job's, and not asked for here.
"""

from collections.abc import Iterator
from typing import Final

from mig.engine.ledger import Entry
from mig.engine.snapshot import Base
from mig.events.asked import Wanted
from mig.events.left import to_list, unlistable, without_status
from mig.events.match import Match, target_name
from mig.events.rows import Event
from mig.events.standing import Counts, Standing
from mig.events.tables import EVENT
from mig.events.waitlist import BY_HAND
from mig.manifest.model import EventEntry
from mig.model.counted import counted
from mig.model.findings import Finding, Severity

# The target of the official job has none of these (P5); questions do not count.
_ONE: Final = {"passes": "pass", "attendee passes": "attendee pass"}
_OF_A_DRAFT: Final = ("sessions", "passes", "registrations")


def findings_of(
    wanted: Wanted, match: Match, standing: Standing, base: Base, known: Entry | None, *, moving: bool
) -> tuple[Finding, ...]:
    """All that is to be said before it is moved; `known` is what the ledger says of it. `moving`: something
    is left to be moved.
    """
    return (
        *_ownership(wanted, match, base),
        *_reading(standing),
        *_columns(standing),
        *_targets(wanted, match, standing, known),
        *_waitlist(wanted.entry, standing),
        *(_moving(match, standing, known) if moving or match.target is None else ()),
    )


def to_write(entry: EventEntry, standing: Standing) -> int:
    """How many rows are to be made in the target."""
    return standing.lacking + to_list(entry, standing.left)


# --- who and where ----------------------------------------------------------------------------------------


def apart(base: Base) -> bool:
    """Whether source and target are two organisations."""
    return base.source.organization_id != base.target.organization_id


def out_of_reach(base: Base) -> Finding:
    """Why nothing can come from the source: it is another organisation, or a snapshot of this one."""
    fix = "name the environment that has the event as the target, without a `source:`"
    if not apart(base):
        what = f"the source, {base.source.name}, is a snapshot, and registrations are not in it"
        return _error("ENV021", what, fix)
    what = (
        f"registrations move within one organisation; the source, {base.source.name}, is"
        f" {base.source.organization_id}, and the target, {base.target.name}, is"
        f" {base.target.organization_id}"
    )
    return _error("EVT009", what, fix)


def _ownership(wanted: Wanted, match: Match, base: Base) -> Iterator[Finding]:
    for other in base.ledgers.others:
        if wanted.source.id in other.entries or match.id in other.owned:
            yield _error(
                "EVT014",
                f"it belongs to the migration {other.migration!r}",
                "take it out of one of the two manifests",
            )


def _reading(standing: Standing) -> Iterator[Finding]:
    for table, why in standing.gaps.items():
        yield _error(
            "EVT013",
            f"what would move is not known: {table} cannot be read: {why}",
            "give this identity read access to the table",
        )


def _columns(standing: Standing) -> Iterator[Finding]:
    for told in standing.unfit:
        yield _error(
            "EVT019",
            f"a column cannot be carried: {told}",
            "name columns of registrations of one type under `columns:`",
        )


def _targets(wanted: Wanted, match: Match, standing: Standing, known: Entry | None) -> Iterator[Finding]:
    name = target_name(wanted)
    if match.namesake is not None or (match.target and not match.target.real_time):
        found = match.namesake or match.target
        yield _error(
            "EVT004",
            f"the target {name!r} is an outbound event: {found.id if found else ''}",
            "give the target another name: it is made as a draft of real-time journeys",
        )
    if match.others:
        yield _error(
            "EVT008",
            f"{len(match.others)} real-time events are called {name!r}:"
            f" {', '.join(_shown(event) for event in match.others)}",
            "rename all but the one that is meant, or give the target another name",
        )
    target = match.target
    if target is None or not target.real_time:
        return
    ours = known is not None and known.target.get(EVENT.table) == target.id
    if not target.draft and not (ours and target.live):
        yield _error(
            "EVT006",
            f"the target {_shown(target)} is {target.status}, and no draft",
            "make it a draft again, or give the target another name",
        )
    foreign = {kind: count for kind, count in standing.foreign.items() if kind in _OF_A_DRAFT}
    if foreign and not ours:
        yield _error(
            "EVT007",
            f"the target {_shown(target)} has {_of_each(foreign)} of its own, and must have none",
            "take them out of the draft, or give the target another name",
        )


def _waitlist(entry: EventEntry, standing: Standing) -> Iterator[Finding]:
    """Whom nobody can put on the target's waitlist: once moved, reconciling would fail for want of them."""
    stranded = unlistable(entry, standing.left)
    if stranded and standing.compared is None:
        yield _error("EVT032", without_status(stranded), BY_HAND)


# --- what is moved ----------------------------------------------------------------------------------------


def _moving(match: Match, standing: Standing, known: Entry | None) -> Iterator[Finding]:
    source, target = standing.source, match.target
    if not source.draft:
        yield _error(
            "EVT005",
            f"the source is {source.status}: registrations may arrive while they are copied",
            "set its publish status to draft first",
        )
    if match.gone and known is not None:
        yield _warning(
            "EVT018",
            f"the event {known.target.get(EVENT.table)} that it was moved to is gone; it is moved again",
            "see who deleted it, and why",
        )
    if standing.loose and not standing.gaps:
        yield _warning(
            "EVT012",
            f"{_of_each(standing.loose)} cannot be copied, for naming what is no part of the event",
            "see what became of the registrations, sessions and passes that they name",
        )
    if target is not None:
        yield from _existing(target, standing)


def _existing(target: Event, standing: Standing) -> Iterator[Finding]:
    if target.creates_leads:
        yield _warning(
            "EVT010",
            "the target makes leads for registrations: each copy may make one a second time",
            "switch that off in the target until its registrations are moved",
        )
    if target.capacity is not None and target.capacity < standing.there.registrations:
        yield _warning(
            "EVT011",
            f"the target has room for {target.capacity:,} of"
            f" {counted(standing.there.registrations, 'registration')}: some may be refused or wait",
            "leave its capacity empty until its registrations are moved",
        )
    if target.live:
        yield _warning(
            "EVT017",
            "the target is live: journeys that start at a registration run for those that are added",
            "stop those journeys, or let them leave this event out",
        )


def _of_each(counts: Counts) -> str:
    """`3 registrations, 1 answer`."""
    return ", ".join(counted(count, _ONE.get(kind, kind[:-1]), kind) for kind, count in counts.items())


def _shown(event: Event) -> str:
    return f"{event.name!r} ({event.id})"


def _error(code: str, message: str, fix: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, fix=fix)


def _warning(code: str, message: str, fix: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=message, fix=fix)
