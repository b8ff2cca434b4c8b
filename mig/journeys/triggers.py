"""Which journeys would run because rows of registrations are written, and which would have to be changed.

Rules J13, J14 and J16 of reference/events-and-transition.md 3.5. A trigger is known by the table that it
watches (3.4): that catches those which users made as well. Whether one fires when a row is made, changed or
cancelled is not public, so each counts. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mig.journeys.cues import Cue, Part
from mig.journeys.usage import Gap, Journey
from mig.model.findings import Finding, Severity

# What a move writes; and what else people do about an event.
_WRITTEN: Final = frozenset({"msevtmgt_eventregistration", "msevtmgt_sessionregistration"})
_ABOUT: Final = _WRITTEN | {"msevtmgt_checkin", "msevtmgt_waitlistitem"}

_JOURNEYS: Final = "msdynmkt_journey"

PAUSED: Final = "paused"
# In these nobody enters a journey; in any other, and in one that no source names, somebody may.
_CLOSED: Final = frozenset({"draft", "stopped", "draining", "deleted", "completed"})
_GONE: Final = frozenset({"deleted", "completed"})


@dataclass(frozen=True, slots=True)
class Cued:
    """A journey with the triggers that it waits for. `garbled`: its definition is no JSON."""

    journey: Journey
    cues: tuple[Cue, ...] = ()
    garbled: bool = False

    @property
    def open(self) -> bool:
        """Whether a trigger may bring somebody in, now or when it is resumed."""
        return self.journey.state not in _CLOSED

    def cues_for(self, *parts: Part) -> Iterator[Cue]:
        """Those of some parts."""
        return (cue for cue in self.cues if cue.part in parts)


@dataclass(frozen=True, slots=True)
class Triggers:
    """The journeys that wait for triggers, and the table each trigger watches, by its name in lower case."""

    journeys: tuple[Cued, ...] = ()
    watched: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    def about(self, cue: Cue, tables: frozenset[str]) -> bool:
        """Whether a cue is about one of the tables; one that nobody knows, where its name speaks of them."""
        table = self.watched.get(cue.trigger.lower())
        return table in tables if table else "registration" in cue.trigger.lower()


def lint(triggers: Triggers, source: str, target: str | None) -> Iterator[Finding]:
    """What is to be seen to before rows are written for an event; the ids are those of the two events."""
    gaps = [gap for gap in triggers.gaps if gap.table == _JOURNEYS or any(map(_triggered, triggers.journeys))]
    if gaps:
        yield _unseen(gaps)
    for cued in triggers.journeys:
        yield from _of_journey(triggers, cued, {source, target or source}, source)


def to_rearm(triggers: Triggers, source: str, target: str | None) -> tuple[Journey, ...]:
    """Journeys that registrations for the target start, or did before somebody stopped them."""
    events = {source, target or source}
    return tuple(
        cued.journey
        for cued in triggers.journeys
        if cued.journey.state not in _GONE and any(_starting(triggers, cued, events))
    )


def to_repoint(triggers: Triggers, source: str) -> tuple[Journey, ...]:
    """Journeys that name the source, wherever they do: at its copy they would be blind."""
    return tuple(
        cued.journey
        for cued in triggers.journeys
        if cued.journey.state not in _GONE
        and any(source in cue.events and triggers.about(cue, _ABOUT) for cue in cued.cues)
    )


def _of_journey(triggers: Triggers, cued: Cued, events: set[str], source: str) -> Iterator[Finding]:
    if not cued.open:
        return
    starting = list(_starting(triggers, cued, events))
    if starting:
        yield _starts(cued.journey, starting[0], source)
    elif (unknown := _unknown(triggers, cued)) is not None:
        yield _not_known(cued.journey, unknown)
    others = [
        cue.part
        for cue in cued.cues
        if source in cue.events and triggers.about(cue, _ABOUT) and cue not in starting
    ]
    if others:
        yield _names_source(cued.journey, sorted(set(others)))


def _triggered(cued: Cued) -> bool:
    """Whether a trigger of any kind may start it."""
    return cued.open and (cued.garbled or any(cued.cues_for(Part.START)))


def _starting(triggers: Triggers, cued: Cued, events: set[str]) -> Iterator[Cue]:
    """The cues by which a registration for one of these events starts the journey."""
    for cue in cued.cues_for(Part.START):
        elsewhere = cue.only and events.isdisjoint(cue.events)
        if triggers.about(cue, _WRITTEN) and not elsewhere:
            yield cue


def _unknown(triggers: Triggers, cued: Cued) -> str | None:
    """What makes it impossible to say that registrations do not start it; None where that can be said."""
    if cued.garbled:
        return "its definition is no JSON"
    for cue in cued.cues_for(Part.START):
        if cue.trigger.lower() not in triggers.watched:
            return f"which table its trigger {cue.trigger} watches is not told"
    return None


def _starts(journey: Journey, cue: Cue, source: str) -> Finding:
    which = "of the source event" if cue.only and source in cue.events else "of any event"
    which = "of the target event" if cue.only and source not in cue.events else which
    if journey.state == PAUSED:
        return Finding(
            code="JRN014",
            severity=Severity.ERROR,
            message=f"{journey} is started by registrations {which}: paused, it keeps what arrives and runs "
            "it when it is resumed",
            fix="stop it instead, and keep a duplicate as a draft to publish after the move",
            found=f"trigger {cue.trigger}",
        )
    return Finding(
        code="JRN013",
        severity=Severity.ERROR,
        message=f"{journey} is started by registrations {which}: it would run for every row that is copied",
        fix="stop it (to pause it is not enough) and keep a duplicate as a draft to publish after the move, "
        "or give its trigger a condition that names another event",
        found=f"trigger {cue.trigger}",
    )


def _names_source(journey: Journey, parts: list[Part]) -> Finding:
    return Finding(
        code="JRN016",
        severity=Severity.WARNING,
        message=f"{journey} waits for what people do about the source event ({', '.join(parts)})",
        fix="after the move, point it at the target event: nothing happens at the source any more",
    )


def _not_known(journey: Journey, why: str) -> Finding:
    return Finding(
        code="EVT060",
        severity=Severity.WARNING,
        message=f"whether registrations start {journey} is not known: {why}",
        fix="look at what starts it; if registrations do, stop it before the move",
    )


def _unseen(gaps: Sequence[Gap]) -> Finding:
    told = "; ".join(f"{gap.table} cannot be read: {gap.why}" for gap in gaps)
    return Finding(
        code="EVT060",
        severity=Severity.ERROR,
        message=f"which journeys registrations start is not known: {told}",
        fix="give this identity read access; or see to it that no such journey runs, and waive this",
    )
